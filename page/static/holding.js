// Which nodes are held, and at what: {off, offAt, levels} of the state, where `levels` are pairs of node and value.

import {readRanges, writeRanges} from "./codecs.js";

/** A value a node at which it is held, NaN where it is free. `means` are those of the nodes. */
export function heldValues({off, offAt, levels}, means) {
  const held = new Float64Array(means.length).fill(NaN);
  for (const node of off) held[node] = offAt === "mean" ? means[node] : 0;
  for (let i = 0; i < levels.length; i += 2) held[levels[i]] = levels[i + 1];
  return held;
}

/** Some nodes out of `count`, ascending: as "3-17, 20" names them. Throws RangeError for anything else. */
export function readNodes(text, count) {
  return [...new Set(readRanges(text.replaceAll(/\s/g, ""), count))].toSorted((a, b) => a - b);
}

/** So many of `count` nodes at random, ascending. */
export function drawNodes(number, count, random = Math.random) {
  const nodes = Array.from({length: count}, (_, node) => node);
  for (let i = 0; i < Math.min(number, count); i++) {
    const other = i + Math.floor(random() * (count - i));
    [nodes[i], nodes[other]] = [nodes[other], nodes[i]];
  }
  return nodes.slice(0, number).toSorted((a, b) => a - b);
}

const without = (nodes, others) => {
  const gone = new Set(others);
  return nodes.filter((node) => !gone.has(node));
};

/** `levels` without those of some nodes. */
export function freeLevels(levels, nodes) {
  const gone = new Set(nodes);
  return levels.filter((_, i) => !gone.has(levels[i - (i % 2)]));
}

/**
 * What the state becomes when some `nodes` out of `count` are switched: "off", "on", or "only" these are kept on. A node
 * that is set counts as on until it is switched off.
 */
export function switchNodes({off, levels}, nodes, how, count) {
  const all = Array.from({length: count}, (_, node) => node);
  if (how === "on") return {off: without(off, nodes), levels: freeLevels(levels, nodes)};
  const gone = how === "only" ? without(all, nodes) : nodes;
  const others = how === "only" ? [] : off;
  return {off: [...new Set([...others, ...gone])].toSorted((a, b) => a - b), levels: freeLevels(levels, gone)};
}

/** What the state becomes when a node is held at a value, or let free by null. */
export function setLevel({off, levels}, node, value) {
  const others = freeLevels(levels, [node]);
  return {off: without(off, [node]), levels: value === null ? others : [...others, node, value]};
}

/** What the held nodes are, in words. */
export function describeHeld({off, offAt, levels}) {
  const many = off.length === 1 ? `Node ${off[0]} is` : `Nodes ${writeRanges(off).replaceAll(",", ", ")} are`;
  const words = off.length ? [off.length > 12 ? `${off.length} nodes are` : many, `off, at ${offAt === "mean" ? "the mean" : "zero"}`] : [];
  const set = levels.flatMap((node, i) => (i % 2 ? [] : [`node ${node} at ${levels[i + 1]}`]));
  if (set.length) words.push(`${off.length ? "; " : ""}set: ${set.slice(0, 6).join(", ")}${set.length > 6 ? " and more" : ""}`);
  return words.length ? `${words.join(" ").replace(" ;", ";")}.` : "All nodes are on.";
}
