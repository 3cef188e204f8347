// Which test images are classified as what, with nodes held: the worker's part of the panel "Nodes off".

import {rememberActivationsOf} from "./remembered.js";
import {HeldScores} from "./scores.js";
import {handle} from "./serve.worker.js";

const prepared = {scores: null};

// `held` as in scores.js; the answer is a class a test image. The first question takes a while, and tells its progress.
handle("predict", (held, {carried, report}) => {
  prepared.scores ??= new HeldScores(carried.network, rememberActivationsOf("tests", carried, report));
  return prepared.scores.predict(held);
});
