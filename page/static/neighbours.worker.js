// The worker's part of the neighbours: distances to all images that the page carries, and places of test images.

import {activationDistances, findSmallest, pixelDistances, project} from "./nearest.js";
import {rememberActivationsOf} from "./remembered.js";
import {handle} from "./serve.worker.js";

const NEAREST = 10;

/** Squared distances from `own`, the activations for an image, to those for all images. */
function distancesToAll(own, carried, report) {
  const share = carried.training / carried.images.length; // of the work
  const training = rememberActivationsOf("training", carried, (done) => report(share * done));
  const tests = rememberActivationsOf("tests", carried, (done) => report(share + (1 - share) * done));
  const all = new Float64Array(carried.images.length);
  all.set(activationDistances(training, own));
  all.set(activationDistances(tests, own), carried.training);
  return all;
}

/** The nearest of an image, by its position, or of a drawing: positions and distances in pixels and in activations. */
handle("neighbours", ({i, drawing}, {carried, report}) => {
  const {images, network} = carried;
  const image = drawing ?? images[i];
  const own = Float32Array.from(network.activations(image));
  return [pixelDistances(images, image), distancesToAll(own, carried, report)].map((distances) => {
    const nearest = findSmallest(distances, NEAREST, drawing ? -1 : i);
    return {nearest, distances: nearest.map((each) => Math.sqrt(distances[each]))};
  });
});

/** The places of the test images on each map of PCA that has them, by the map's name, in the units of its axes. */
handle("project", (_, {carried, report}) => {
  const {maps, images, training} = carried;
  const tests = images.slice(training);
  const read = {
    pixels: () => (i, pixel) => tests[i][pixel] / 255,
    activations: () => {
      const activations = rememberActivationsOf("tests", carried, report);
      return (i, node) => activations[node * tests.length + i];
    },
  };
  const placed = Object.entries(maps).filter(([, map]) => map.axes);
  return Object.fromEntries(placed.map(([name, map]) => [name, project(map, read[map.values](), tests.length)]));
});
