// Points on a canvas without WebGL: each kind of point is drawn once, and copied from then on.

const MOST_ACROSS = 2048; // pixels of the canvas with all kinds

/**
 * What points look like, `n` of them.
 * @typedef {object} Looks
 * @property {Uint8Array} colours - red, green, blue, opacity of each
 * @property {Uint8Array} marks - positions in a list of SVG paths, in a box from -6 to 6
 * @property {Uint8Array} sizes - pixels of the style sheet
 */

/** The kinds of points there are: which has each point, and a point of each. */
function sortKinds({colours, marks, sizes}) {
  const known = new Map();
  const kinds = new Uint32Array(marks.length);
  const examples = [];
  const packed = new Uint32Array(colours.buffer, colours.byteOffset, marks.length);
  for (let i = 0; i < marks.length; i++) {
    const key = packed[i] * 65536 + marks[i] * 256 + sizes[i];
    if (!known.has(key)) known.set(key, examples.push(i) - 1);
    kinds[i] = known.get(key);
  }
  return {kinds, examples};
}

/** Draws points of `marks`, a list of SVG paths. */
export class SpritePainter {
  static get name() {
    return "canvas 2D";
  }

  constructor(marks) {
    this.paths = marks.map((mark) => new Path2D(mark));
    this.count = marks.length;
    this.sheets = new WeakMap();
    this.quick = false; // too slow to draw all points at each move of the pointer
  }

  /** All kinds of points on one canvas. */
  sheetOf(looks, ratio) {
    const known = this.sheets.get(looks);
    if (known?.ratio === ratio) return known;
    const {kinds, examples} = sortKinds(looks);
    const cell = Math.ceil((Math.max(1, ...examples.map((i) => looks.sizes[i])) + 2) * ratio);
    const across = Math.max(1, Math.min(examples.length, Math.floor(MOST_ACROSS / cell)));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [across * cell, Math.max(1, Math.ceil(examples.length / across)) * cell];
    const context = canvas.getContext("2d");
    examples.forEach((i, kind) => {
      const [r, g, b, a] = looks.colours.subarray(4 * i, 4 * i + 4);
      const scale = (looks.sizes[i] * ratio) / 12;
      context.setTransform(scale, 0, 0, scale, ((kind % across) + 0.5) * cell, (Math.floor(kind / across) + 0.5) * cell);
      context.fillStyle = `rgb(${r} ${g} ${b} / ${a / 255})`;
      context.fill(this.paths[looks.marks[i]]);
    });
    const sheet = {canvas, cell, across, kinds, ratio};
    this.sheets.set(looks, sheet);
    return sheet;
  }

  /** Draw the points of `order`, the last on top, on a square of `size` pixels, `ratio` to one of the style sheet. */
  paint(target, {places, looks, order}, view, size, ratio) {
    const {canvas, cell, across, kinds} = this.sheetOf(looks, ratio);
    const step = view.scale * size;
    const [left, top] = [size / 2 - view.x * step - cell / 2, size / 2 + view.y * step - cell / 2];
    for (const i of order) {
      const [x, y] = [left + places[2 * i] * step, top - places[2 * i + 1] * step];
      if (x < -cell || y < -cell || x > size || y > size) continue;
      const kind = kinds[i];
      target.drawImage(canvas, (kind % across) * cell, Math.floor(kind / across) * cell, cell, cell, Math.round(x), Math.round(y), cell, cell);
    }
  }
}
