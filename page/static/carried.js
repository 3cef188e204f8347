// What the page carries, as `carried.py` describes it: a test holds the types here against those in Python.

import {Network, unpack} from "./network.js";

/**
 * An array's numbers as text: zlib-compressed, little-endian, base64.
 * @typedef {object} Packed
 * @property {string} type
 * @property {string} data
 */

/**
 * A network: `hidden` is (inputs, nodes), `output` (nodes, classes); `pixels` are its inputs if not all are.
 * @typedef {object} CarriedNetwork
 * @property {string} activation
 * @property {number} nodes
 * @property {Packed} hidden
 * @property {Packed} hiddenBias
 * @property {Packed} output
 * @property {Packed} outputBias
 * @property {number[]} [pixels]
 */

/**
 * Images are the training images shown on the maps, then the test images.
 * @typedef {object} Carried
 * @property {string} run
 * @property {number} rows
 * @property {number} columns
 * @property {string[]} classes
 * @property {string} noun
 * @property {CarriedNetwork} network
 * @property {CarriedNetwork} selected
 * @property {Packed} images
 * @property {number[]} index
 * @property {number[]} actual
 * @property {number[]} predicted
 * @property {number} training
 * @property {Object<string, object>} maps
 * @property {number[]} ranked
 * @property {number[]} etaSquared
 * @property {Packed} boxes
 * @property {string[]} colours
 * @property {Object<string, object>} panels
 */

/** A carried value with every packed array in it unpacked. */
export async function unpackAll(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value;
  if (typeof value.data === "string" && "type" in value) return unpack(value);
  const entries = Object.entries(value).map(async ([name, inner]) => [name, await unpackAll(inner)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** The activations of a node for the training images, computed once a node. */
function rememberActivations(network, images) {
  const known = new Map();
  return (node) => {
    if (!known.has(node)) known.set(node, network.activationsOf(node, images));
    return known.get(node);
  };
}

/** What the page carries, its arrays unpacked: an array an image, both networks ready, and `activationsOf(node)`. */
export function prepareCarried(unpacked) {
  const shape = {rows: unpacked.rows, columns: unpacked.columns};
  const size = shape.rows * shape.columns;
  const images = unpacked.index.map((_, i) => unpacked.images.subarray(i * size, (i + 1) * size));
  const [network, selected] = [new Network(unpacked.network), new Network(unpacked.selected)];
  const activationsOf = rememberActivations(network, images.slice(0, unpacked.training));
  return {...unpacked, shape, images, network, selected, activationsOf};
}
