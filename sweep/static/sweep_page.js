// Brings the panels of a sweep's page to life; `window.page` is what the tests hold on to.

import {AddressBar, openAddress} from "../../page/static/address_bar.js";
import {unpackAll} from "../../page/static/carried.js";
import {oneOf} from "../../page/static/codecs.js";
import {State} from "../../page/static/state.js";
import {offerSvg, offerTable} from "../../page/static/take_along.js";
import {Live} from "./live.js";
import {prepareSweep} from "./sweep_carried.js";

/** What the address can say, and the state as it is at first. */
function describeSweepAddress(kinds, carried) {
  const all = Object.values(kinds);
  const initial = Object.assign(Live.initial(), ...all.map((kind) => kind.initial(carried)));
  const codecs = Object.assign({current: oneOf(["yes", "no"])}, ...all.map((kind) => kind.address(carried)));
  const panels = [...document.querySelectorAll("main > section")].map(({id}) => id);
  return {run: carried.run, panels, codecs, initial};
}

/** Offer tables and drawings to be saved; the table of trials has a button of its own. */
function offerAll(panels) {
  for (const table of document.querySelectorAll("main > section > .wide > table:not(#trial-table), details table")) offerTable(table);
  for (const {place, name, draw} of panels.flatMap((panel) => panel.drawings?.() ?? [])) {
    offerSvg(place, place.closest("figure").querySelector("figcaption").textContent, () => name, draw);
  }
}

async function openSweep(kinds) {
  const scroll = history.state?.scroll;
  const carried = prepareSweep(await unpackAll(JSON.parse(document.getElementById("data").textContent)));
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const shape = describeSweepAddress(kinds, carried);
  const {panel, choices, trouble} = openAddress(shape, location.hash);
  const state = new State({...shape.initial, ...choices, panel: panel ?? shape.panels[0], dark: scheme.matches});
  const panels = Object.fromEntries(Object.entries(kinds).map(([name, Kind]) => [name, new Kind({carried, state})]));
  for (const one of Object.values(panels)) state.subscribe(one);
  const address = new AddressBar({state, shape, trouble});
  state.subscribe(address);
  const live = carried.progress ? new Live({carried, state, address}) : null;
  if (live) state.subscribe(live);
  offerAll(Object.values(panels));
  if (scroll !== undefined) scrollTo({top: scroll, behavior: "instant"});
  else if (panel) address.scrollTo(panel);
  scheme.addEventListener("change", () => state.set({dark: scheme.matches}));
  window.page = {carried, state, address, live, ...panels};
  requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = Math.round(performance.now()))));
}

/** The page's last line calls this, with the panels that `report.py` lists. */
export function start(kinds) {
  openSweep(kinds).catch((error) => {
    document.getElementById("trouble").hidden = false;
    throw error;
  });
}
