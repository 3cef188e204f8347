// The ranges as fields: two choices for a column with few values, two numbers for any other.

import {element} from "../../page/static/images.js";
import {describeAxis} from "./axes.js";
import {listBrushes, setBrush} from "./brushed.js";

export class RangeFields {
  constructor({columns}, state) {
    Object.assign(this, {columns, state, place: document.getElementById("range-fields")});
    this.fields = columns.map((column, i) => this.makeField(column, i));
    this.place.append(...this.fields.map(({set}) => set));
  }

  makeField(column, i) {
    const ends = ["from", "to"].map((word) => {
      const label = {"aria-label": `${column.name} ${word}`};
      const end = column.levels.length
        ? element("select", label, element("option", {value: "", text: word}), ...column.levels.map((text, k) => element("option", {value: column.at[k], text})))
        : element("input", {...label, type: "number", step: "any", placeholder: word});
      end.addEventListener("change", () => this.change(i));
      return end;
    });
    return {ends, set: element("fieldset", {}, element("legend", {text: column.name}), ...ends)};
  }

  /** Take over what stands in the fields of a column. */
  change(i) {
    const [from, to] = this.fields[i].ends.map(({value}) => value);
    const {low, high} = describeAxis(this.columns[i]);
    const range = from === "" && to === "" ? null : [from === "" ? low : Number(from), to === "" ? high : Number(to)];
    this.state.set({brushes: setBrush(this.state.brushes, i, range)});
  }

  show(axes, brushes) {
    for (const [i, {set}] of this.fields.entries()) set.hidden = !axes.includes(i);
    const all = new Map(listBrushes(brushes).map((brush) => [brush.column, brush]));
    for (const [i, {ends}] of this.fields.entries()) {
      const brush = all.get(i);
      const {levels, at} = this.columns[i];
      // Of a column with few values, those that the range takes in.
      const within = brush && levels.length ? at.filter((value) => value >= brush.low && value <= brush.high) : null;
      const shown = !brush ? ["", ""] : within ? [within[0] ?? "", within.at(-1) ?? ""] : [brush.low, brush.high];
      ends.forEach((end, k) => {
        if (end !== document.activeElement || !brush) end.value = shown[k];
      });
    }
  }
}
