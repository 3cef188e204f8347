// Brings the panels to life; `window.page` is what the tests hold on to.

import {AddressBar, openAddress} from "./address_bar.js";
import {startWorker} from "./ask.js";
import {prepareCarried, unpackAll} from "./carried.js";
import {theme} from "./images.js";
import {Network} from "./network.js";
import {fitPlotsToPaper} from "./print.js";
import {State} from "./state.js";
import {offerToTakeAlong} from "./take_along.js";

/** Bokeh's document, and its plots as they stand on the page, each in the element that has the plot's name. */
async function drawPlots() {
  const json = JSON.parse(document.getElementById("plots").textContent);
  const roots = Object.fromEntries(json.roots.map((root) => [root.id, root.attributes.name]));
  const [views] = await window.Bokeh.embed.embed_items({page: json}, [{docid: "page", roots, root_ids: Object.keys(roots)}]);
  return [views.roots[0].model.document, views];
}

/** Bokeh takes the colour of a legend's words from its model, those of axes from the style sheet. */
function adoptScheme(scheme, plots) {
  document.documentElement.toggleAttribute("data-dark", scheme.matches);
  const legends = plots.roots().flatMap((root) => root.above.filter(({type}) => type === "Legend"));
  for (const legend of legends) legend.label_text_color = theme("soft");
}

/** What the address can say: all parts of the state for which a panel has a codec, and the panel that is read. */
function describeAddress(kinds, carried, initial) {
  const panels = [...document.querySelectorAll("main > section")].map(({id}) => id);
  const codecs = Object.assign({}, ...Object.values(kinds).map((kind) => kind.address?.(carried)));
  return {run: carried.run, panels, codecs, initial};
}

/** The panels, each made and drawn; `kinds` are their classes by name. */
async function open(kinds) {
  const ask = startWorker();
  const carried = prepareCarried(await ask("open", JSON.parse(document.getElementById("data").textContent)));
  const [plots, views] = await drawPlots();
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const initial = Object.assign({}, ...Object.values(kinds).map((kind) => kind.initial(carried)));
  const shape = describeAddress(kinds, carried, initial);
  const {panel, choices, trouble} = openAddress(shape, location.hash);
  const state = new State({...initial, ...choices, panel: panel ?? shape.panels[0], dark: scheme.matches});
  const panels = {};
  for (const [name, Kind] of Object.entries(kinds)) {
    panels[name] = new Kind({carried, own: carried.panels[name], state, plots, views, ask});
    state.subscribe(panels[name]);
  }
  const address = new AddressBar({state, shape, trouble});
  state.subscribe(address);
  offerToTakeAlong({plots, views, panels: Object.values(panels)});
  fitPlotsToPaper();
  if (panel) address.scrollTo(panel);
  adoptScheme(scheme, plots);
  scheme.addEventListener("change", () => {
    state.set({dark: scheme.matches});
    adoptScheme(scheme, plots);
    for (const root of plots.roots()) views.get(root).request_repaint();
  });
  window.page = {Network, unpackAll, ask, carried, plots, views, state, address, ...panels};
  requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = Math.round(performance.now()))));
}

/** The page's last line calls this, with the panels that `panels/__init__.py` lists. */
export function start(kinds) {
  open(kinds).catch((error) => {
    document.getElementById("trouble").hidden = false;
    throw error;
  });
}
