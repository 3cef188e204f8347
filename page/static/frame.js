// A drawing becomes an image as MNIST's digits were made.

import {SIDE} from "./digits.js";

const BOX = 20; // MNIST's digits fill a box of 20 x 20 pixels

/** The mean ink of each of `count` equal strips that `length` positions from `start` are cut into. */
function shrink(values, start, length, count) {
  return Array.from({length: count}, (_, strip) => {
    const [from, to] = [start + (strip * length) / count, start + ((strip + 1) * length) / count];
    let sum = 0;
    for (let i = Math.floor(from); i < to; i++) sum += values[i] * (Math.min(i + 1, to) - Math.max(i, from));
    return sum / (to - from);
  });
}

/**
 * An image of 784 levels as MNIST's were made: the drawing's bounding box shrunk to fit 20 x 20, its proportions kept,
 * levels averaged; then its centre of mass put in the middle of 28 x 28. `ink(x, y)` is 0 to 255 on a square of `size`.
 * On MNIST's own digits, enlarged, this gives back the original.
 */
export function frameDigit(ink, size) {
  const image = new Uint8Array(SIDE * SIDE);
  const rows = Array.from({length: size}, (_row, y) => Array.from({length: size}, (_column, x) => ink(x, y)));
  const inked = rows.flatMap((row, y) => (row.some((level) => level > 0) ? [y] : []));
  if (!inked.length) return image;
  const columns = rows[0].flatMap((_, x) => (inked.some((y) => rows[y][x] > 0) ? [x] : []));
  const [top, left] = [inked[0], columns[0]];
  const [height, width] = [inked.at(-1) - top + 1, columns.at(-1) - left + 1];
  const scale = BOX / Math.max(height, width);
  const [high, wide] = [height, width].map((length) => Math.max(1, Math.round(length * scale)));
  const narrow = rows.map((row) => shrink(row, left, width, wide));
  const small = Array.from({length: wide}, (_, x) => shrink(narrow.map((row) => row[x]), top, height, high));
  let [mass, middleX, middleY] = [0, 0, 0];
  small.forEach((column, x) =>
    column.forEach((level, y) => {
      mass += level;
      middleX += level * (x + 0.5);
      middleY += level * (y + 0.5);
    }),
  );
  // Rounded up, as in all of MNIST's images.
  const [offsetX, offsetY] = [middleX, middleY].map((moment) => Math.ceil(SIDE / 2 - moment / mass));
  small.forEach((column, x) =>
    column.forEach((level, y) => {
      const [column28, row28] = [x + offsetX, y + offsetY];
      if (Math.min(column28, row28) >= 0 && Math.max(column28, row28) < SIDE) {
        image[row28 * SIDE + column28] = Math.round(level);
      }
    }),
  );
  return image;
}
