// The trial whose line the pointer is at: marked, named, and opened by a click.

import {element, theme} from "../../page/static/images.js";
import {showValue} from "./axes.js";

const NEAR = 12; // pixels from a line

/** The line, flat [x, y, ...], that is nearest above or below a place, among those within NEAR; -1 for none. */
export function findLine(lines, x, y) {
  let [best, least] = [-1, NEAR];
  for (const [number, line] of lines.entries()) {
    let i = 0;
    while (i + 2 < line.length && line[i + 2] < x) i += 2;
    if (i + 3 >= line.length || x < line[0]) continue;
    const share = (x - line[i]) / (line[i + 2] - line[i]);
    const far = Math.abs(line[i + 1] + share * (line[i + 3] - line[i + 1]) - y);
    if (far < least) [best, least] = [number, far];
  }
  return best;
}

export class ParallelTip {
  /** `owner` is the panel of parallel coordinates. */
  constructor(owner) {
    Object.assign(this, {owner, trial: -1, tip: element("div", {id: "tip", hidden: ""})});
    document.body.append(this.tip);
    const {plot} = owner;
    plot.addEventListener("pointermove", (event) => this.look(event));
    plot.addEventListener("pointerleave", () => this.point(-1));
    plot.addEventListener("click", ({target}) => {
      if (this.trial >= 0 && !target.closest(".strip")) owner.state.set({pair: [this.trial + 1, 0]});
    });
  }

  look(event) {
    const {within, plot, drawn, polylines} = this.owner;
    if (!drawn || event.buttons || event.pointerType === "touch") {
      this.point(-1);
      return;
    }
    const {left, top} = plot.getBoundingClientRect();
    const found = findLine(within.map((trial) => polylines[drawn.get(trial)]), event.clientX - left, event.clientY - top);
    this.point(found < 0 ? -1 : within[found]);
    const right = Math.min(event.clientX + 14, innerWidth - this.tip.offsetWidth - 8);
    this.tip.style.transform = `translate(${right}px, ${event.clientY + 14}px)`;
  }

  point(trial) {
    if (trial === this.trial) return;
    this.trial = trial;
    this.tip.hidden = trial < 0;
    if (trial >= 0) this.tip.replaceChildren(this.describe(trial));
    this.owner.request();
  }

  /** Its name, and what stands on the axes that are shown. */
  describe(trial) {
    const {columns, trials} = this.owner.carried;
    const values = this.owner.state.axes.map((i) => element("span", {text: `${columns[i].name}: ${showValue(columns[i], columns[i].values[trial])}`}));
    return element("p", {}, element("strong", {text: trials[trial]}), ...values);
  }

  /** Draw its line once more, so that it stands out. */
  mark(surface) {
    if (this.trial < 0) return;
    const line = this.owner.polylines[this.owner.drawn.get(this.trial)];
    surface.lines([line], {colour: theme("background"), width: 6, opacity: 0.8});
    surface.lines([line], {colour: theme("text"), width: 2.5});
  }
}
