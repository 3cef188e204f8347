// The worker's part in learning: it has the training under way, of which there is one.

import {Course} from "./course.js";
import {handle} from "./serve.worker.js";

const current = {course: null};

/** How far the training is, with the weights if they are asked for: as many as `Float32Array` holds, for the pictures. */
function tell(course, {weights, ...question}) {
  const news = course.advance(question);
  if (!weights) return news;
  const found = Object.entries(course.learner.weights).map(([name, values]) => [name, Float32Array.from(values)]);
  return {...news, weights: Object.fromEntries(found)};
}

handle("learn-begin", (settings, {carried}) => {
  current.course = new Course(carried, settings);
  return tell(current.course, {batches: 0, measure: true, weights: true});
});

handle("learn-on", (question) => tell(current.course, question));
