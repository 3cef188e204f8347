// What the visitor has chosen, owned by one object.

const isRecord = (value) => value?.constructor === Object;

/** Equal values, or arrays or records of equal values. */
function same(one, other) {
  if (isRecord(one) && isRecord(other)) return same(Object.entries(one).flat(), Object.entries(other).flat());
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, i) => value === other[i]);
  return one === other;
}

/**
 * The state of the page. A panel brings its part of it along (`static initial`), reads all of it, changes it by `set`, and
 * redraws in `redraw(changed)`, where `changed` has the names of what is new. What stands in the address, `static address`
 * names, each part with its codec.
 * @typedef {object} Choices
 * @property {boolean} dark - the colours of the page
 * @property {string} panel - the one that is read
 * @property {number} step - of the tour, from 1 on; 0 before it begins
 * @property {number} asked - the number of the quiz's question
 * @property {number[]} guesses - of each question the option, from 1 on; 0 for none
 * @property {number[]} curve - the guessed accuracy, in hundredths, with so many nodes kept; empty if none is
 * @property {"no" | "yes"} answered - whether the answers are shown
 * @property {string} sorting - of the table of nodes: a column, with a minus before it for the largest first
 * @property {string} kind - of the nodes that are listed
 * @property {string} words - that their sentences have
 * @property {number} node - the hidden node that is open
 * @property {number} image - the image that is open, one of those that the page carries; -1 is the drawing
 * @property {number[]} off - hidden nodes that are off, ascending
 * @property {"mean" | "zero"} offAt - at what they are held
 * @property {number[]} levels - nodes that are set, each followed by its value
 * @property {number} measure - by which nodes are the best: which of the list
 * @property {"class" | "correct" | "node" | "trustworthiness" | "continuity" | "kept"} colouring - of the points on the maps
 * @property {number[]} images - selected training images, which follow from `made`
 * @property {number[]} made - how the images were selected: [map, x, y, x, y, ...] of a lasso, in thousandths of the map; [-1, class, ...]
 * @property {number[]} views - x and y of the middle (0 to 1) and the enlargement of each map in turn; empty where all is shown
 * @property {boolean} tests - whether maps show test images
 * @property {number} pointed - the image that is pointed at on a map; -1 for none
 * @property {number[]} cell - of the confusion matrix: the actual and the predicted class
 * @property {number[]} pixels - the two that are set against each other
 * @property {number} kept - how many of the most important pixels
 * @property {number} shown - the image whose pixels are kept
 * @property {LearnSettings} learning - of the network that learns in the page
 * @property {Uint8Array} drawn - the drawing as an image of the data set
 */
export class State {
  #panels = [];

  /** Takes everything's first value. */
  constructor(choices) {
    Object.assign(this, choices);
  }

  subscribe(panel) {
    this.#panels.push(panel);
    panel.redraw(new Set(Object.keys(this)));
  }

  /** Take over some new values. */
  set(choices) {
    const changed = new Set(Object.keys(choices).filter((name) => !same(this[name], choices[name])));
    Object.assign(this, choices);
    if (changed.size) for (const panel of this.#panels) panel.redraw(changed);
  }
}
