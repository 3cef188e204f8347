// Reads what the page carries and brings its parts to life; `window.page` is what the tests hold on to.

import {theme} from "./images.js";
import {DrawingCanvas} from "./drawing.js";
import {Network, unpack} from "./network.js";
import {Maps} from "./maps.js";
import {Mistakes} from "./mistakes.js";
import {Nodes} from "./nodes.js";
import {Pixels} from "./pixels.js";

async function readCarried() {
  const packed = JSON.parse(document.getElementById("data").textContent);
  const [values, boxes, network, selected] = await Promise.all([
    unpack(packed.images), unpack(packed.boxes), Network.read(packed.network), Network.read(packed.selected),
  ]);
  const shape = {rows: packed.rows, columns: packed.columns};
  const size = shape.rows * shape.columns;
  const images = packed.index.map((_, i) => values.subarray(i * size, (i + 1) * size));
  return {...packed, shape, images, boxes, network, selected};
}

/** Bokeh's document, and its plots as they stand on the page, each in the element that has the plot's name. */
async function drawPlots() {
  const json = JSON.parse(document.getElementById("plots").textContent);
  const roots = Object.fromEntries(json.roots.map((root) => [root.id, root.attributes.name]));
  const [views] = await window.Bokeh.embed.embed_items({page: json}, [{docid: "page", roots, root_ids: Object.keys(roots)}]);
  return [views.roots[0].model.document, views];
}

/** Bokeh takes the colour of a legend's words from its model, those of axes from the style sheet. */
function colourLegends(plots) {
  const legends = plots.roots().flatMap((root) => root.above.filter(({type}) => type === "Legend"));
  for (const legend of legends) legend.label_text_color = theme("soft");
}

async function start() {
  const carried = await readCarried();
  const [plots, views] = await drawPlots();
  const maps = new Maps(carried, plots, views);
  const nodes = new Nodes(carried, plots, maps);
  const pixels = new Pixels(carried, plots, maps);
  const mistakes = new Mistakes(carried);
  const drawing = new DrawingCanvas(carried, (node) => {
    nodes.choose(node);
    document.getElementById("nodes").scrollIntoView();
  });
  colourLegends(plots);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    maps.colourBy(maps.mode);
    nodes.show(Number(nodes.list.value));
    pixels.paint();
    pixels.showKept();
    pixels.showPair();
    colourLegends(plots);
    drawing.showActivations();
    for (const root of plots.roots()) views.get(root).request_repaint();
  });
  window.page = {Network, unpack, carried, plots, views, maps, nodes, pixels, mistakes, drawing};
  requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = Math.round(performance.now()))));
}

start().catch((error) => {
  document.getElementById("trouble").hidden = false;
  throw error;
});
