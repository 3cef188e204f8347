// The worker's side of `ask`: each question goes to the handler of its kind.

import {prepareCarried, unpackAll} from "./carried.js";

const HANDLERS = new Map();
const opened = {carried: null};

/** Have `answer(data, {carried, report})` answer a kind of question; it may be async, and `report` progress meanwhile. */
export function handle(kind, answer) {
  HANDLERS.set(kind, answer);
}

// The first question of all: unpack what the page carries, for both sides.
handle("open", async (packed) => {
  const unpacked = await unpackAll(packed);
  opened.carried = prepareCarried(unpacked);
  return unpacked;
});

self.addEventListener("message", async ({data: {id, kind, data}}) => {
  const report = (progress) => self.postMessage({id, progress});
  try {
    self.postMessage({id, answer: await HANDLERS.get(kind)(data, {carried: opened.carried, report})});
  } catch (error) {
    self.postMessage({id, error: `${kind}: ${error}`});
  }
});
