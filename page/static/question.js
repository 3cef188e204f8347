// The questions that the page opens with: guesses, a curve to draw, and then the answers.

import {integersBelow, numbers, oneOf} from "./codecs.js";
import {element, fixed} from "./images.js";

const HUNDREDTHS = 100; // of an accuracy

/**
 * Questions with what can be guessed, and which guess is correct; accuracy by number of nodes kept.
 * @typedef {object} CarriedQuestion
 * @property {string[]} questions
 * @property {string[][]} options
 * @property {number[]} correct
 * @property {number[]} answers
 * @property {number[]} kept
 * @property {number[]} accuracy
 */

/** The curve with a value at `to`, and on the way there from `from`; a first value stands everywhere. */
export function bendCurve(curve, count, from, to, value) {
  if (!curve.length) return Array.from({length: count}, () => value);
  const [start, steps] = [curve[from], Math.abs(to - from)];
  return curve.map((old, i) => {
    if (i === to) return value;
    const share = (i - from) / (to - from);
    return steps > 1 && share > 0 && share < 1 ? Math.round(start + share * (value - start)) : old;
  });
}

export class Question {
  static initial({panels}) {
    return {guesses: panels.question.questions.map(() => 0), curve: [], answered: "no"};
  }

  static address({panels}) {
    const {questions, kept, options} = panels.question;
    return {
      guesses: integersBelow(questions.map((_, i) => options[i].length + 1)),
      curve: numbers(0, kept.length),
      answered: oneOf(["no", "yes"]),
    };
  }

  constructor({own, state, plots, views}) {
    Object.assign(this, {own, state});
    this.plot = plots.get_model_by_name("plot-few");
    this.view = views.get(this.plot);
    this.guess = plots.get_model_by_name("few-guess-source");
    document.getElementById("guesses").append(...own.questions.map((_, i) => this.ask(i)));
    for (const id of ["skip-guesses", "show-answers"]) {
      document.getElementById(id).addEventListener("click", () => this.answer());
    }
    this.sliders = own.kept.map((nodes, i) => this.slider(nodes, i));
    const place = document.getElementById("plot-few");
    place.addEventListener("pointerdown", (event) => this.start(place, event));
    place.addEventListener("pointermove", (event) => place.hasPointerCapture(event.pointerId) && this.draw(event));
  }

  ask(i) {
    const {questions, options} = this.own;
    const choices = options[i].map((text, k) => {
      const radio = element("input", {type: "radio", name: `guess-${i}`, value: k + 1});
      radio.addEventListener("change", () => this.state.set({guesses: this.state.guesses.with(i, k + 1)}));
      return element("label", {}, radio, ` ${text}`);
    });
    return element("fieldset", {}, element("legend", {text: questions[i]}), ...choices);
  }

  slider(nodes, i) {
    const slider = element("input", {type: "range", min: 0, max: HUNDREDTHS, value: 0});
    slider.addEventListener("input", () => this.bend(i, i, Number(slider.value)));
    const label = element("label", {}, `${nodes} ${nodes === 1 ? "node" : "nodes"} `, slider);
    document.getElementById("curve-sliders").append(label);
    return slider;
  }

  answer() {
    this.state.set({answered: "yes"});
    document.getElementById("answers").scrollIntoView({block: "nearest"});
  }

  start(place, event) {
    event.preventDefault();
    place.setPointerCapture(event.pointerId);
    this.last = this.nearest(event);
    this.draw(event);
  }

  /** The place among the numbers of nodes at which the pointer is. */
  nearest(event) {
    const {x} = this.position(event);
    const distances = this.own.kept.map((nodes) => Math.abs(Math.log(nodes) - Math.log(Math.max(x, 0.5))));
    return distances.indexOf(Math.min(...distances));
  }

  position({clientX, clientY}) {
    const box = this.view.el.getBoundingClientRect();
    const {x_scale: across, y_scale: up} = this.view.frame;
    return {x: across.invert(clientX - box.left), y: up.invert(clientY - box.top)};
  }

  draw(event) {
    const to = this.nearest(event);
    const value = Math.round(HUNDREDTHS * Math.min(1, Math.max(0, this.position(event).y)));
    this.bend(this.last, to, value);
    this.last = to;
  }

  bend(from, to, value) {
    this.state.set({curve: bendCurve(this.state.curve, this.own.kept.length, from, to, value)});
  }

  redraw(changed) {
    if (changed.has("guesses")) this.showGuesses();
    if (changed.has("curve")) this.showCurve();
    if (["guesses", "curve", "answered"].some((name) => changed.has(name))) this.showAnswers();
  }

  showGuesses() {
    this.state.guesses.forEach((guess, i) => {
      for (const radio of document.getElementsByName(`guess-${i}`)) radio.checked = Number(radio.value) === guess;
    });
  }

  showCurve() {
    const {curve} = this.state;
    const accuracy = this.own.kept.map((_, i) => (curve.length ? curve[i] / HUNDREDTHS : NaN));
    this.guess.data = {...this.guess.data, accuracy};
    this.sliders.forEach((slider, i) => (slider.value = curve[i] ?? 0));
  }

  showAnswers() {
    const {answered, guesses, curve} = this.state;
    const shown = answered === "yes";
    document.getElementById("answers").hidden = !shown;
    for (const id of ["skip-guesses", "show-answers"]) document.getElementById(id).hidden = shown;
    for (const drawn of this.plot.renderers) if (drawn.name !== "few-guess") drawn.visible = shown;
    if (!shown) return;
    const {options, correct, answers, accuracy} = this.own;
    guesses.forEach((guess, i) => {
      const verdict = guess - 1 === correct[i] ? "correct" : `it is: ${options[i][correct[i]]}`;
      document.querySelector(`[data-guess="${answers[i]}"]`).textContent =
        guess ? `Your guess: ${options[i][guess - 1]}; ${verdict}.` : "";
    });
    if (!curve.length) return;
    const off = curve.reduce((sum, value, i) => sum + Math.abs(value - 100 * accuracy[i]), 0) / curve.length;
    document.getElementById("curve-text").textContent = `Your line is off by ${fixed(off, 0)} percentage points on average.`;
  }
}
