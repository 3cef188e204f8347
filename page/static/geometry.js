// Places on a map, whose square is 0 to 1 in both directions, y upwards. `places` has x and y of each point in turn.

/** Whether a place lies within a polygon, x and y of each corner in turn (by the even-odd rule). */
export function isInside(x, y, polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** The first `count` points that lie within a polygon. */
export function findInside(places, polygon, count) {
  const found = [];
  for (let i = 0; i < count; i++) if (isInside(places[2 * i], places[2 * i + 1], polygon)) found.push(i);
  return found;
}

/** The point of `order` that is nearest to a place, and at most `limit` away; -1 if there is none. */
export function findNearest(places, order, x, y, limit) {
  let [best, least] = [-1, limit * limit];
  for (const i of order) {
    const distance = (places[2 * i] - x) ** 2 + (places[2 * i + 1] - y) ** 2;
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

/** About `count` round numbers between `low` and `high`. */
export function chooseTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough);
  const first = Math.ceil(low / step);
  return Array.from({length: Math.floor(high / step) - first + 1}, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The part of a map that is shown: its middle, and how many times it is enlarged; never beyond the map's edges. */
export function limitView({x, y, scale}, largest) {
  const limited = Math.min(Math.max(scale, 1), largest);
  const within = (middle) => Math.min(Math.max(middle, 0.5 / limited), 1 - 0.5 / limited);
  return {x: within(x), y: within(y), scale: limited};
}

/** The view enlarged by `factor`, in which the place (x, y) stays where it is on the screen. */
export function zoomAbout(view, x, y, factor, largest) {
  const scale = Math.min(Math.max(view.scale * factor, 1), largest);
  const rate = view.scale / scale;
  return limitView({x: x + (view.x - x) * rate, y: y + (view.y - y) * rate, scale}, largest);
}
