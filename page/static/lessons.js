// The tour's steps and the quiz's questions: what is asked, and when it is done.

const SHARE = 0.05; // of the images, those that a node answers to most
const MODULUS = 2147483647;

/** The place of the largest of some numbers. */
const placeOfLargest = (values) => values.reduce((best, value, i) => (value !== null && !(value <= values[best]) ? i : best), 0);

/**
 * A step of the tour.
 * @typedef {object} Step
 * @property {string} panel - where it is done
 * @property {string} text - what it asks for
 * @property {Function} done - of the state, and of what the state was when the step began
 * @property {string} found - what to see then
 */

/** The steps that make sense for what the page carries, six at most. @returns {Step[]} */
export function listSteps(carried) {
  const {panels, shape} = carried;
  const {information, twin} = panels.known;
  const best = placeOfLargest(information);
  const steps = [
    {
      panel: "question",
      text: "Make a guess, or skip them, and show the answers.",
      done: (state) => state.answered === "yes",
      found: "Each answer has a control: without it a number says little.",
    },
    {
      panel: "known",
      text: "Sort the table by information and open the node that tells most about the class.",
      done: (state) => state.node === best && state.sorting === "-information",
      found: `It is node ${best}. How much accuracy is lost without it? Little: knowing is not yet mattering.`,
    },
    twin.some((other, node) => node === best && other >= 0) && {
      panel: "nodes",
      text: "Open the twin of the node that is open.",
      done: (state, before) => before.node >= 0 && state.node === twin[before.node],
      found: "Two nodes that answer alike: when one is off, the other still tells what it told.",
    },
    panels.off && {
      panel: "off",
      text: "Switch some nodes off and look at the test accuracy.",
      done: (state) => state.off.length > 0,
      found: "Which images are newly wrong? Undo, and take others.",
    },
    {
      panel: "maps",
      text: "Colour the maps by correct or misclassified.",
      done: (state) => state.colouring === "correct",
      found: "Mistakes lie between the groups, where images of two classes look alike to the method.",
    },
    {
      panel: "draw",
      text: "Draw something, or try a test image, and see what both networks take it for.",
      done: (state) => state.drawn?.some((value) => value > 0),
      found: "Your drawing was centred and scaled first, as the training images were.",
      needs: "drawn",
    },
    {
      panel: "pixels",
      text: "Keep ten pixels or fewer, the most important.",
      done: (state) => state.kept <= Math.min(10, shape.rows * shape.columns - 1),
      found: "Could you still tell what the image shows?",
    },
    {
      panel: "mistakes",
      text: "Open another cell of the table beside its diagonal.",
      done: (state, before) => state.cell[0] !== state.cell[1] && String(state.cell) !== String(before.cell),
      found: "Would you have known better?",
    },
  ];
  return steps.filter((step) => step && (!step.needs || carried.drawable)).slice(0, 6);
}

/** Numbers from 0 to 1, the same for the same seed (Park and Miller's generator). */
export function drawNumbers(seed) {
  let number = (seed * 7919 + 12_345) % MODULUS;
  const next = () => (number = (number * 48_271) % MODULUS) / MODULUS;
  for (let i = 0; i < 3; i++) next(); // the first ones of neighbouring seeds are alike
  return next;
}

/**
 * A question of the quiz: two images, one of which is among those that a node answers to most, as its sentence says it
 * ("lower": with the smallest activations). The same number gives the same question.
 * @returns {{node: number, images: number[], more: number} | null} `more` is the place of the image with the larger activation
 */
export function askQuestion(number, {nodes, sentences, activationsOf}) {
  const random = drawNumbers(number);
  const pick = (values) => values[Math.floor(random() * values.length)];
  const node = pick(nodes);
  const activations = activationsOf(node);
  const sign = sentences[node].startsWith("lower") ? -1 : 1;
  const order = Array.from(activations, (_, i) => i).toSorted((a, b) => sign * (activations[b] - activations[a]) || a - b);
  const strong = pick(order.slice(0, Math.max(1, Math.round(SHARE * order.length))));
  const others = order.filter((i) => activations[i] !== activations[strong]);
  if (!others.length) return null;
  const images = [strong, pick(others)];
  if (random() < 0.5) images.reverse();
  return {node, images, more: activations[images[0]] > activations[images[1]] ? 0 : 1};
}

/** How probable at least so many correct answers are by guessing one of two. */
export function chanceOf(correct, asked) {
  let [ways, sum] = [1, 0];
  for (let k = 0; k <= asked; k++) {
    if (k >= correct) sum += ways;
    ways = (ways * (asked - k)) / (k + 1);
  }
  return sum / 2 ** asked;
}
