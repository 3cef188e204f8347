// A range drawn along an axis: dragged anew, moved, changed at an end, or dropped by a click.

const END = 8; // pixels around an end within which it is meant
const CLICK = 3; // pixels that a click may move

/**
 * Have a strip answer the mouse, fingers and pens.
 * @param {HTMLElement} strip - along the axis, from its lower to its upper end
 * @param {object} axis - as `describeAxis` gives it
 * @param {{read: Function, set: Function}} owner - the range, and what is told the new one, or null
 */
export function takeGestures(strip, axis, owner) {
  const gestures = new BrushGestures(strip, axis, owner);
  strip.addEventListener("pointerdown", (event) => gestures.begin(event));
  strip.addEventListener("pointermove", (event) => gestures.move(event));
  for (const kind of ["pointerup", "pointercancel"]) strip.addEventListener(kind, () => gestures.end());
}

class BrushGestures {
  constructor(strip, axis, owner) {
    Object.assign(this, {strip, axis, owner, drag: null});
  }

  /** The share of the axis at which the pointer is. */
  shareAt({clientY}) {
    const {bottom, height} = this.strip.getBoundingClientRect();
    return Math.min(1, Math.max(0, (bottom - clientY) / height));
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.strip.setPointerCapture(event.pointerId);
    const share = this.shareAt(event);
    this.drag = {start: share, y: event.clientY, moved: false, ...this.grasp(share)};
  }

  /** What a drag from there changes: `fixed` is the end that stays; or the whole range, `whole`. */
  grasp(share) {
    const brush = this.owner.read();
    if (!brush) return {fixed: share};
    const [low, high] = [this.axis.place(brush.low), this.axis.place(brush.high)];
    const near = END / this.strip.clientHeight;
    if (Math.abs(share - high) < near) return {fixed: low};
    if (Math.abs(share - low) < near) return {fixed: high};
    return share > low && share < high ? {whole: [low, high]} : {fixed: share};
  }

  move(event) {
    const {drag} = this;
    if (!drag) return;
    if (Math.abs(event.clientY - drag.y) > CLICK) drag.moved = true;
    if (!drag.moved) return;
    const share = this.shareAt(event);
    const {value} = this.axis;
    if (drag.whole) {
      const [low, high] = drag.whole;
      const by = Math.min(1 - high, Math.max(-low, share - drag.start));
      this.owner.set([value(low + by), value(high + by)]);
    } else this.owner.set([value(drag.fixed), value(share)]);
  }

  end() {
    if (this.drag && !this.drag.moved) this.owner.set(null);
    this.drag = null;
  }
}
