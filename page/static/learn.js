// The panel in which a small network learns: the worker trains it, slice by slice, and this shows how far it is.

import {count, element, percent} from "./images.js";
import {NUMBERS, WORDS, readSettings, settingsWithin, writeCommand} from "./learn_settings.js";
import {LearnedWeights} from "./learned_weights.js";
import {LossCurve} from "./loss_curve.js";

const SLICE = 20; // milliseconds of training between two messages, so that the worker stays free for other questions
const REFRESH = 120; // milliseconds between two pictures of the weights, at least
const CALM = 1500; // the same for those who want little motion
const DRAWING = 4; // times as long as drawing takes, the page has for other things
const MOST_EPOCHS = 30; // after which the training pauses by itself

export class Learn {
  static initial() {
    return {learning: readSettings(document.getElementById("learn-settings"))};
  }

  static address() {
    return {learning: settingsWithin(document.getElementById("learn-settings"))};
  }

  constructor({carried, state, plots, ask}) {
    Object.assign(this, {carried, state, ask, running: false, version: 0, begun: null, due: 0});
    this.find = (name) => document.getElementById(`learn-${name}`);
    this.form = this.find("settings");
    this.curve = new LossCurve(plots);
    this.weights = new LearnedWeights(carried);
    this.run = plots.get_model_by_name("learn-run");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.form.addEventListener("change", ({target}) => this.choose(target));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.find("start").addEventListener("click", () => (this.running ? this.pause() : this.train()));
    this.find("step").addEventListener("click", () => this.stop("One batch trained", 1));
    this.find("reset").addEventListener("click", () => this.begin("The network is as it was before its first batch."));
    this.find("copy").addEventListener("click", () => this.copy());
    this.find("table").closest("details").addEventListener("toggle", () => this.weights.tabulate());
    this.beginWhenSeen();
  }

  /** The first weights are drawn when the visitor comes near. */
  beginWhenSeen() {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        if (!this.begun) this.begin();
      },
      {rootMargin: "300px"},
    );
    observer.observe(this.form.closest("section"));
  }

  redraw(changed) {
    if (!changed.has("learning")) return;
    const {learning} = this.state;
    const {dataset, elements} = this.form;
    for (const name of [...NUMBERS, ...WORDS]) elements[name].value = learning[name];
    const selected = learning.pixels === "selected";
    this.run.location = Number(selected ? dataset.selected : dataset.all);
    this.find("run").textContent = `Dashed: the run's own network${selected ? " on these pixels" : ""}, ${percent(this.run.location, 2)} of all test images.`;
    this.find("command").textContent = writeCommand(learning, dataset);
    this.find("metric").textContent = selected ? "selected_accuracy" : "test_accuracy";
    if (this.begun) this.begin("New settings: the network begins anew.");
  }

  /** Take over a setting, or say what it may be and keep the one before. */
  choose(field) {
    const {min, max, step, value, name, validity} = field;
    const trouble = this.find("trouble");
    trouble.hidden = validity.valid;
    if (validity.valid) return this.state.set({learning: readSettings(this.form)});
    field.value = this.state.learning[name];
    const kind = step === "1" ? "a whole number" : "a number";
    const label = field.labels[0].textContent.trim();
    trouble.textContent = `${label} must be ${kind} from ${min} to ${max}. Found ${value || "none"}; it stays ${field.value}.`;
  }

  say(text) {
    this.find("said").textContent = text;
  }

  setRunning(running) {
    this.running = running;
    this.find("start").textContent = running ? "Pause" : "Start";
    this.find("step").disabled = running;
  }

  /** Draw first weights; a training under way ends. */
  begin(words = "") {
    const version = ++this.version;
    const {nodes, pixels} = this.state.learning;
    this.setRunning(false);
    this.curve.clear();
    this.find("epochs").tBodies[0].replaceChildren();
    this.weights.prepare(nodes, pixels === "selected" ? this.carried.selected.pixels : null);
    this.begun = this.ask("learn-begin", this.state.learning).then((news) => {
      if (version !== this.version) return;
      this.take(news);
      this.say(words);
    });
  }

  /** Train until paused, or for so many epochs. */
  async train() {
    if (!this.begun) this.begin();
    const {version} = this;
    this.setRunning(true);
    await this.begun;
    if (version !== this.version) return;
    this.say("Training.");
    const last = this.news.epoch + MOST_EPOCHS;
    let reason = "";
    do {
      // oxlint-disable-next-line no-await-in-loop -- one slice after the other is the point
      const news = await this.ask("learn-on", {milliseconds: SLICE, weights: performance.now() > this.due});
      if (version !== this.version) return;
      this.take(news);
      if (!Number.isFinite(news.loss)) reason = "Diverged: the loss is no longer a number, lower the learning rate. Stopped";
      else if (news.epoch === last && news.done === news.perEpoch) reason = `${MOST_EPOCHS} epochs trained, Start trains on. Paused`;
    } while (this.running && !reason);
    this.setRunning(false);
    await this.stop(reason || "Paused", 0);
  }

  pause() {
    this.running = false;
  }

  /** Train so many batches more, classify the held-out images, show everything, and say where the training is. */
  async stop(words, batches) {
    if (!this.begun) this.begin();
    const {version} = this;
    await this.begun;
    const news = await this.ask("learn-on", {batches, measure: true, weights: true});
    if (version !== this.version) return;
    this.take(news);
    const {epoch, done, perEpoch, loss, accuracy} = news;
    this.say(`${words} in epoch ${epoch}, after batch ${done} of ${perEpoch}: loss ${loss.toFixed(4)}, ${percent(accuracy)} of the held-out images correct.`);
  }

  /** Show what the worker found. */
  take(news) {
    this.news = news;
    this.accuracy = news.accuracy ?? this.accuracy;
    this.curve.add(news);
    if (news.losses.length && news.done === news.perEpoch) this.addEpoch(news);
    if (!news.weights) return;
    const start = performance.now();
    this.curve.draw();
    this.showFigures(news);
    this.weights.show(news.weights);
    const end = performance.now();
    this.due = end + Math.max(this.calm.matches ? CALM : REFRESH, DRAWING * (end - start));
  }

  addEpoch({epoch, loss, trained, accuracy}) {
    const cells = [loss.toFixed(4), percent(trained), percent(accuracy)].map((text) => element("td", {text}));
    this.find("epochs").tBodies[0].append(element("tr", {}, element("th", {scope: "row", text: epoch}), ...cells));
  }

  showFigures({epoch, done, perEpoch, seen, loss}) {
    const figures = {
      Epoch: count(epoch), Batch: `${count(seen && done)} of ${count(perEpoch)}`,
      "Loss in this epoch": seen ? loss.toFixed(4) : "–", "Held-out images correct": percent(this.accuracy),
    };
    const entries = Object.entries(figures).map(([name, text]) => element("div", {}, element("dt", {text: name}), element("dd", {text})));
    this.find("figures").replaceChildren(...entries);
  }

  /** The line into the clipboard, or marked where the browser keeps that closed. */
  async copy() {
    const line = this.find("command");
    try {
      await navigator.clipboard.writeText(line.textContent);
      this.find("copied").textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(line);
      this.find("copied").textContent = "The line is marked: copy it from there.";
    }
  }
}
