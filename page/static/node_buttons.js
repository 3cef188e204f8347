// The nodes as buttons that are switched, of which one is reached with the tab key and arrow keys walk to the others.

import {element} from "./images.js";

const NODE_ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

export class NodeButtons {
  /** `toggle(node, on)` is called with the node that is pressed, and whether it is on. */
  constructor(place, count, toggle) {
    this.place = place;
    this.buttons = Array.from({length: count}, (_, node) => element("button", {type: "button", text: node, tabindex: -1}));
    this.shown = this.buttons.map(() => null);
    place.addEventListener("click", ({target}) => {
      const node = this.buttons.indexOf(target);
      if (node < 0) return;
      this.focusable(node);
      toggle(node, target.ariaPressed === "false");
    });
    place.addEventListener("keydown", (event) => this.move(event));
  }

  /** Put the nodes in an order. */
  order(nodes) {
    this.nodes = nodes;
    this.place.replaceChildren(...nodes.map((node) => this.buttons[node]));
    this.focusable(nodes[0]);
  }

  focusable(node) {
    this.buttons.forEach((button, each) => (button.tabIndex = each === node ? 0 : -1));
  }

  move(event) {
    const at = this.nodes.indexOf(this.buttons.indexOf(event.target));
    if (!NODE_ARROWS[event.key] || at < 0) return;
    event.preventDefault();
    const across = getComputedStyle(this.place).gridTemplateColumns.split(" ").length;
    const node = this.nodes[at + NODE_ARROWS[event.key][0] + across * NODE_ARROWS[event.key][1]];
    if (node === undefined) return;
    this.focusable(node);
    this.buttons[node].focus();
  }

  /** Which nodes are off, and which are set. */
  show({off}, held) {
    const gone = new Set(off);
    this.buttons.forEach((button, node) => {
      const is = gone.has(node);
      const set = !is && !Number.isNaN(held[node]);
      const shown = set ? `set at ${held[node].toFixed(2)}` : is ? "off" : "on";
      if (shown === this.shown[node]) return;
      this.shown[node] = shown;
      button.ariaPressed = is;
      button.classList.toggle("set", set);
      button.ariaLabel = `node ${node}, ${shown}`;
    });
  }
}
