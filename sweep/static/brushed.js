// Which trials lie in the ranges that the visitor has drawn.

const DIGITS = 5; // significant ones of the ends of a range, as many as an address keeps
const last = {carried: null, brushes: null, inside: null};

export const roundEnd = (value) => Number(value.toPrecision(DIGITS));

/** The ranges [column, low, high, ...] one by one. */
export function listBrushes(brushes) {
  return Array.from({length: brushes.length / 3}, (_, i) => {
    const [column, low, high] = brushes.slice(3 * i, 3 * i + 3);
    return {column, low, high};
  });
}

/** The ranges with one set, or dropped where `range` is null. */
export function setBrush(brushes, column, range) {
  const others = listBrushes(brushes).filter((brush) => brush.column !== column);
  if (range) others.push({column, low: roundEnd(Math.min(...range)), high: roundEnd(Math.max(...range))});
  return others.toSorted((a, b) => a.column - b.column).flatMap(({column: which, low, high}) => [which, low, high]);
}

/** Of each trial, whether it has a value in every range: 1 or 0. */
export function flagInside(columns, count, brushes) {
  const inside = new Uint8Array(count).fill(1);
  for (const {column, low, high} of listBrushes(brushes)) {
    const {values} = columns[column];
    for (let i = 0; i < count; i++) if (values[i] === null || values[i] < low || values[i] > high) inside[i] = 0;
  }
  return inside;
}

/** The same for the state's ranges, found once. */
export function insideOf(carried, {brushes}) {
  if (last.carried !== carried || last.brushes !== brushes) {
    Object.assign(last, {carried, brushes, inside: flagInside(carried.columns, carried.trials.length, brushes)});
  }
  return last.inside;
}

/** The mean of a column's values over some trials; null without any. */
export function meanOf({values}, trials) {
  const found = trials.map((trial) => values[trial]).filter((value) => value !== null);
  return found.length ? found.reduce((sum, value) => sum + value, 0) / found.length : null;
}

/** Do something a moment after the last time it was asked for: what takes longer than a picture. */
export function afterwards(act, pause = 120) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, pause);
  };
}
