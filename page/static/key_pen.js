// A pen that arrow keys move over a canvas, and that the space bar lowers and raises.

const STEP = 1 / 28; // of the canvas's width
const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

export class KeyPen {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} mark - where the pen is
   * @param {object} answers
   * @param {Function} answers.stroke - called with where the pen came from and where it is, x and y each
   * @param {Function} answers.clear
   * @param {Function} answers.say - called with words
   */
  constructor(canvas, mark, {stroke, clear, say}) {
    Object.assign(this, {canvas, mark, stroke, clear, say, place: [0.5, 0.5], down: false});
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.show());
    canvas.addEventListener("blur", () => (mark.hidden = true));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in WAYS) this.move(WAYS[event.key]);
    else if (event.key === " ") this.lower(!this.down);
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    this.show();
  }

  lower(down) {
    this.down = down;
    if (down) this.draw(this.place);
    const [across, from] = this.place.map((share) => Math.round(100 * share));
    this.say(`Pen ${down ? "down" : "up"}, ${across} % from the left, ${from} % from the top.`);
  }

  move(way) {
    const before = this.place;
    this.place = before.map((share, i) => Math.min(1, Math.max(0, share + STEP * way[i])));
    if (this.down) this.draw(before);
  }

  draw(before) {
    const {width, height} = this.canvas;
    const scale = ([x, y]) => [x * width, y * height];
    this.stroke(scale(before), scale(this.place));
  }

  show() {
    this.mark.hidden = !this.canvas.matches(":focus-visible");
    this.mark.classList.toggle("down", this.down);
    [this.mark.style.left, this.mark.style.top] = this.place.map((share) => `${100 * share}%`);
  }
}
