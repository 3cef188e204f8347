// The worker's part of the neighbours: distances to all images that the page carries, and places of test images.

import {activationDistances, findSmallest, pixelDistances, project} from "./nearest.js";
import {activateAll} from "./scores.js";
import {handle} from "./serve.worker.js";

const NEAREST = 10;
const known = {activations: null};

/** The activations (nodes, images) for all images, computed once. */
function activationsOfAll({network, images}, report) {
  known.activations ??= activateAll(network, images, report);
  return known.activations;
}

/** The nearest of an image, by its position, or of a drawing: positions and distances in pixels and in activations. */
handle("neighbours", ({i, drawing}, {carried, report}) => {
  const {images, network} = carried;
  const activations = activationsOfAll(carried, report);
  const image = drawing ?? images[i];
  const own = Float32Array.from(network.activations(image));
  return [pixelDistances(images, image), activationDistances(activations, own)].map((distances) => {
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
      const activations = activationsOfAll(carried, report);
      return (i, node) => activations[node * images.length + training + i];
    },
  };
  const placed = Object.entries(maps).filter(([, map]) => map.axes);
  return Object.fromEntries(placed.map(([name, map]) => [name, project(map, read[map.values](), tests.length)]));
});
