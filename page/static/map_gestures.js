// What a mouse, fingers, a pen, a wheel and keys do to a map: it is moved, enlarged, pointed at, opened, encircled.

const STILL = 4; // screen pixels that a pointer may move in a click
const KEY_STEP = 1 / 8; // of what is shown, that an arrow key moves it
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};

const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

export class MapGestures {
  /** @param {PointMap} map */
  constructor(map) {
    this.map = map;
    this.pointers = new Map(); // that are pressed, by their numbers: where they are on the screen
    this.lasso = null; // x and y of each corner so far
    const handle = (kind, answer) => map.canvas.addEventListener(kind, answer, {passive: false});
    handle("pointerdown", (event) => this.press(event));
    handle("pointermove", (event) => this.move(event));
    handle("pointerup", (event) => this.release(event));
    handle("pointercancel", (event) => this.release(event, false));
    handle("pointerleave", () => map.owner.onPoint(-1));
    handle("wheel", (event) => this.wheel(event));
    handle("keydown", (event) => this.key(event));
  }

  press(event) {
    if (event.button) return;
    this.map.canvas.setPointerCapture(event.pointerId);
    this.map.canvas.focus({preventScroll: true, focusVisible: false});
    const spot = [event.clientX, event.clientY];
    this.pointers.set(event.pointerId, spot);
    this.start = {spot, still: this.pointers.size === 1};
    const encircles = this.pointers.size === 1 && (event.shiftKey || this.map.owner.tool() === "lasso");
    this.lasso = encircles ? [...this.map.placeAt(event)] : null;
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) {
      this.map.owner.onPoint(this.map.pointAt(event));
      return;
    }
    const before = [...this.pointers.values()];
    const spot = [event.clientX, event.clientY];
    const last = this.pointers.get(event.pointerId);
    if (distance(this.start.spot, spot) > STILL) this.start.still = false;
    if (this.start.still) return;
    this.map.owner.onPoint(-1);
    this.pointers.set(event.pointerId, spot);
    if (this.lasso) {
      this.lasso.push(...this.map.placeAt(event));
      this.map.request();
      return;
    }
    // Two fingers move the map by the mean of their ways.
    const reach = this.map.canvas.getBoundingClientRect().width * before.length;
    this.map.move((last[0] - spot[0]) / reach, (spot[1] - last[1]) / reach);
    if (before.length === 2) {
      const [one, other] = this.pointers.values();
      const middle = {clientX: (one[0] + other[0]) / 2, clientY: (one[1] + other[1]) / 2};
      this.map.enlarge(distance(one, other) / (distance(...before) || 1), ...this.map.placeAt(middle));
    }
  }

  release(event, completes = true) {
    if (!this.pointers.delete(event.pointerId)) return;
    const {lasso} = this;
    this.lasso = null;
    if (completes && this.start.still) {
      const i = this.map.pointAt(event);
      if (i >= 0) this.map.owner.onOpen(i);
    } else if (completes && lasso) {
      this.map.owner.onLasso(lasso);
    } else {
      this.map.owner.onView(this.map.view);
    }
    this.map.settle();
  }

  /** The wheel enlarges the map that has the focus, or with the control key, as a pinch on a touch pad comes; else it scrolls the page. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.map.canvas) return;
    event.preventDefault();
    this.map.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), ...this.map.placeAt(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      this.map.move(...ARROWS[event.key].map((way) => way * KEY_STEP));
      this.map.owner.onView(this.map.view);
    } else if (event.key === "+" || event.key === "=") this.map.step(1);
    else if (event.key === "-") this.map.step(-1);
    else if (event.key === "0") this.map.reset();
    else if (event.key === "Enter") {
      const i = this.map.middle();
      if (i >= 0) this.map.owner.onOpen(i);
    } else return;
    event.preventDefault();
  }
}
