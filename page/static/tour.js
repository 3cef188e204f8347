// A tour of six steps, each of which asks for something and sees it done.

import {integerBelow} from "./codecs.js";
import {listSteps} from "./lessons.js";
import {Quiz} from "./quiz.js";

const LAST = 6; // steps at most

export class Tour {
  static initial() {
    return {step: 0, asked: 0};
  }

  static address() {
    return {step: integerBelow(LAST + 2), asked: integerBelow(1000)};
  }

  constructor({carried, state}) {
    this.state = state;
    this.steps = listSteps({...carried, drawable: document.getElementById("draw") !== null});
    this.card = document.getElementById("tour-card");
    this.quiz = new Quiz(carried, state);
    const clicks = {
      "start-tour": () => this.go(1),
      "tour-there": () => document.getElementById(this.step.panel).scrollIntoView(),
      "tour-next": () => this.go(state.step + 1),
      "tour-end": () => this.go(0),
    };
    for (const [id, act] of Object.entries(clicks)) document.getElementById(id).addEventListener("click", act);
  }

  get step() {
    return this.steps[this.state.step - 1];
  }

  go(step) {
    this.state.set({step});
    if (step === 0) document.getElementById("start-tour").focus({preventScroll: true});
    else if (this.step) document.getElementById(this.step.panel).scrollIntoView();
  }

  redraw(changed) {
    const {step} = this.state;
    if (changed.has("step")) {
      this.before = {...this.state};
      this.done = false;
      this.card.hidden = step === 0;
    }
    if (changed.has("asked") || changed.has("dark")) this.quiz.ask();
    if (step) this.show();
  }

  show() {
    const {step} = this;
    const count = this.steps.length;
    document.getElementById("tour-count").textContent = step ? `Step ${this.state.step} of ${count}` : "The end";
    const there = document.getElementById("tour-there");
    const next = document.getElementById("tour-next");
    there.hidden = next.hidden = !step;
    if (!step) {
      this.say("That was the tour. The quiz and the state to copy are yours.");
      return;
    }
    this.done ||= Boolean(step.done(this.state, this.before));
    next.textContent = this.done ? "Next" : "Skip";
    this.say(this.done ? `✓ Done. ${step.found}` : step.text);
  }

  /** Put a text on the card, if it is another, as it is announced. */
  say(text) {
    const place = document.getElementById("tour-text");
    if (place.textContent !== text) place.textContent = text;
  }
}
