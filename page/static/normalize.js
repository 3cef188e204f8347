// A drawing becomes an image as MNIST's digits were made (`drawing: mnist` in the description of a data set).

const BOX = 20; // MNIST's digits fill a box of 20 x 20 pixels

/** The mean value of each of `count` equal strips that `length` positions from `start` are cut into. */
function shrink(values, start, length, count) {
  return Array.from({length: count}, (_, strip) => {
    const [from, to] = [start + (strip * length) / count, start + ((strip + 1) * length) / count];
    let sum = 0;
    for (let i = Math.floor(from); i < to; i++) sum += values[i] * (Math.min(i + 1, to) - Math.max(i, from));
    return sum / (to - from);
  });
}

/**
 * An image of `rows` x `columns` pixels as MNIST's 28 x 28 were made: the drawing's bounding box shrunk to fit 20 x 20, its
 * proportions kept, values averaged; then its centre of mass put in the middle. `read(x, y)` is 0 to 255 on a square of
 * `size`. On MNIST's own digits, enlarged, this gives back the original.
 */
export function normalizeDigit(read, size, {rows, columns}) {
  const image = new Uint8Array(rows * columns);
  const lines = Array.from({length: size}, (_line, y) => Array.from({length: size}, (_place, x) => read(x, y)));
  const drawnRows = lines.flatMap((line, y) => (line.some((value) => value > 0) ? [y] : []));
  if (!drawnRows.length) return image;
  const drawnColumns = lines[0].flatMap((_, x) => (drawnRows.some((y) => lines[y][x] > 0) ? [x] : []));
  const [top, left] = [drawnRows[0], drawnColumns[0]];
  const [height, width] = [drawnRows.at(-1) - top + 1, drawnColumns.at(-1) - left + 1];
  const scale = BOX / Math.max(height, width);
  const [high, wide] = [height, width].map((length) => Math.max(1, Math.round(length * scale)));
  const narrow = lines.map((line) => shrink(line, left, width, wide));
  const small = Array.from({length: wide}, (_, x) => shrink(narrow.map((line) => line[x]), top, height, high));
  let [mass, middleX, middleY] = [0, 0, 0];
  small.forEach((column, x) =>
    column.forEach((value, y) => {
      mass += value;
      middleX += value * (x + 0.5);
      middleY += value * (y + 0.5);
    }),
  );
  // Rounded up, as in all of MNIST's images.
  const offsetX = Math.ceil(columns / 2 - middleX / mass);
  const offsetY = Math.ceil(rows / 2 - middleY / mass);
  small.forEach((column, x) =>
    column.forEach((value, y) => {
      const [toX, toY] = [x + offsetX, y + offsetY];
      if (Math.min(toX, toY) >= 0 && toX < columns && toY < rows) image[toY * columns + toX] = Math.round(value);
    }),
  );
  return image;
}
