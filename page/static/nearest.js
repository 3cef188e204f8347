// The images that are nearest to one of them, or to a drawing.

/** Squared distances in pixel values, 0 to 1, from `image` to each of `images`; sums of whole numbers, so equal ones are equal. */
export function pixelDistances(images, image) {
  return Float64Array.from(images, (other) => {
    let sum = 0;
    for (let pixel = 0; pixel < image.length; pixel++) sum += (image[pixel] - other[pixel]) ** 2;
    return sum / 255 ** 2;
  });
}

/** Squared distances from `own`, the activations for an image, to those of each image: `activations` is (nodes, images). */
export function activationDistances(activations, own) {
  const count = activations.length / own.length;
  const sums = new Float64Array(count);
  own.forEach((value, node) => {
    const start = node * count;
    for (let i = 0; i < count; i++) sums[i] += (activations[start + i] - value) ** 2;
  });
  return sums;
}

/** The positions of the `count` smallest distances, ascending, equal ones in their order; `except` is left out. */
export function findSmallest(distances, count, except = -1) {
  const found = [];
  distances.forEach((distance, i) => {
    if (i === except || (found.length === count && distance >= distances[found.at(-1)])) return;
    const place = found.findIndex((other) => distance < distances[other]);
    found.splice(place < 0 ? found.length : place, 0, i);
    if (found.length > count) found.pop();
  });
  return found;
}

/** Where values of images lie on a map of PCA: x and y in turn of (value - mean) x axes; `values(i, feature)` for `count`. */
export function project({mean, axes}, values, count) {
  const places = new Float32Array(2 * count);
  const features = mean.length;
  for (let i = 0; i < count; i++) {
    let [x, y] = [0, 0];
    for (let feature = 0; feature < features; feature++) {
      const value = values(i, feature) - mean[feature];
      x += value * axes[feature];
      y += value * axes[features + feature];
    }
    [places[2 * i], places[2 * i + 1]] = [x, y];
  }
  return places;
}
