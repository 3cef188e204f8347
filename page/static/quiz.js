// A quiz: a node's sentence, and which of two images activates the node more.

import {element, fixed, paintImage, percent} from "./images.js";
import {askQuestion, chanceOf} from "./lessons.js";

const QUESTIONS = 1000;

export class Quiz {
  constructor(carried, state) {
    Object.assign(this, {carried, state, correct: 0, answered: 0});
    const {sentences, auc, precision, leastAuc} = carried.panels.known;
    this.nodes = sentences.map((_, node) => node).filter((node) => auc[node] >= leastAuc && precision[node] !== null);
    this.tests = carried.images.slice(carried.training);
    document.getElementById("quiz-next").addEventListener("click", () => state.set({asked: (state.asked + 1) % QUESTIONS}));
  }

  /** The question of the number in the state. */
  ask() {
    const {network, panels, shape} = this.carried;
    const {sentences} = panels.known;
    const activationsOf = (node) => network.activationsOf(node, this.tests);
    this.question = this.nodes.length ? askQuestion(this.state.asked, {nodes: this.nodes, sentences, activationsOf}) : null;
    const place = document.getElementById("quiz-sentence");
    document.getElementById("quiz-verdict").textContent = "";
    if (!this.question) {
      place.textContent = this.nodes.length ? "This node tells none of the images apart: on to the next." : "No sentence describes a node of this network.";
      document.getElementById("quiz-images").replaceChildren();
      return;
    }
    const {node, images} = this.question;
    this.activations = activationsOf(node);
    place.textContent = `Node ${node}: ${sentences[node]}. Which image activates it more?`;
    document.getElementById("quiz-images").replaceChildren(
      ...images.map((image, which) => {
        const canvas = element("canvas", {class: "grey", "aria-hidden": "true"});
        paintImage(canvas, this.tests[image], shape);
        const name = ["left", "right"][which];
        const button = element("button", {type: "button", "aria-label": `the ${name} image: ${this.describe(image)}`}, canvas, element("span", {text: name}));
        button.addEventListener("click", () => this.answer(which));
        return button;
      }),
    );
  }

  describe(image) {
    const {actual, classes, training} = this.carried;
    return classes[actual[training + image]];
  }

  answer(which) {
    const {images, more, node} = this.question;
    const right = which === more;
    this.answered += 1;
    this.correct += right ? 1 : 0;
    [...document.querySelectorAll("#quiz-images button")].forEach((button, i) => {
      button.disabled = true;
      button.classList.add(i === more ? "correct" : "wrong");
    });
    const values = images.map((image) => fixed(this.activations[image], 2));
    document.getElementById("quiz-verdict").textContent =
      `${right ? "Correct" : "No"}: node ${node} has an activation of ${values[0]} for the left image, ${values[1]} for the right.`;
    document.getElementById("quiz-score").textContent =
      `${this.correct} of ${this.answered} correct. At least as many by guessing: ${percent(chanceOf(this.correct, this.answered), 0)}.`;
    document.getElementById("quiz-next").focus();
  }
}
