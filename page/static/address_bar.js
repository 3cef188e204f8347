// Keeps the state in the browser's address and history, and sends it: copied here, opened there.

import {BadAddress, readAddress, writeAddress} from "./address.js";

const PAUSE = 400; // milliseconds without a change, after which the state counts as one to come back to
const SETTLED = 1500; // milliseconds, after which what is drawn only when it is seen has its size
const IN_VIEW = "-25% 0px -74% 0px"; // the panel that crosses this line of the window is the one that is read

const choicesOf = (fragment) => fragment.split("?")[1];

/** What a fragment says, or the page as it is at first and what is wrong with the fragment. */
export function openAddress(shape, fragment) {
  try {
    return {...readAddress(shape, fragment), trouble: ""};
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    const names = Object.keys(shape.codecs);
    const choices = Object.fromEntries(names.map((name) => [name, shape.initial[name]]));
    return {panel: shape.panels[0], choices, trouble: error.message};
  }
}

export class AddressBar {
  /** `shape` is an `AddressShape`; `trouble` what was wrong with the address that the page was opened with. */
  constructor({state, shape, trouble}) {
    Object.assign(this, {state, shape});
    this.note = document.getElementById("state-note");
    this.note.textContent = trouble;
    this.text = document.getElementById("state-text");
    this.links = [...document.querySelectorAll("nav a")];
    history.replaceState(null, "", this.fragment);
    addEventListener("popstate", () => this.open(location.hash));
    document.getElementById("copy-state").addEventListener("click", () => this.copy());
    document.getElementById("open-state").addEventListener("submit", (event) => {
      event.preventDefault();
      // An address of another computer means nothing here, but for its fragment.
      this.open(this.text.value.trim().replace(/^[^#]*/, "") || "#?");
      this.scrollTo(this.state.panel);
    });
    for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => this.growth?.disconnect(), {passive: true});
    addEventListener("keydown", ({key}) => key === "Escape" && this.links.find(({ariaCurrent}) => ariaCurrent).focus());
    const sections = new IntersectionObserver((entries) => this.follow(entries), {rootMargin: IN_VIEW});
    for (const panel of shape.panels) sections.observe(document.getElementById(panel));
  }

  get fragment() {
    return writeAddress(this.shape, this.state).fragment;
  }

  redraw(changed) {
    if (changed.has("panel")) {
      for (const link of this.links) link.ariaCurrent = link.hash === `#${this.state.panel}` ? "true" : null;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), PAUSE);
  }

  /** The address of the state as it is now; going back leads to the one before, wherever that was read. */
  write() {
    const {fragment} = this;
    if (fragment === location.hash) return;
    if (choicesOf(fragment) === choicesOf(location.hash)) history.replaceState(null, "", fragment);
    else history.pushState(null, "", fragment);
  }

  /** Take over the state of a fragment; one that only names a panel, as links do, leaves the state as it is. */
  open(fragment) {
    const {panel, choices, trouble} = openAddress(this.shape, fragment);
    this.note.textContent = trouble;
    this.state.set({...choices, ...(panel && {panel})});
    if (choices !== null) return;
    history.replaceState(null, "", this.fragment);
    if (panel) this.scrollTo(panel);
  }

  /** Bring a panel into view, and again when panels above it grow as they are seen, until the visitor does something. */
  scrollTo(panel) {
    this.growth?.disconnect();
    const place = document.getElementById(panel);
    place.scrollIntoView();
    let begun = false;
    this.growth = new ResizeObserver(() => {
      if (begun) place.scrollIntoView({behavior: "instant"});
      begun = true;
    });
    this.growth.observe(document.querySelector("main"));
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.growth.disconnect(), SETTLED);
  }

  /** The panel that is read has come into view. */
  follow(entries) {
    const entry = entries.findLast(({isIntersecting}) => isIntersecting);
    if (entry) this.state.set({panel: entry.target.id});
  }

  async copy() {
    const {fragment, omitted} = writeAddress(this.shape, this.state);
    this.text.value = fragment;
    const missing = omitted.length ? `, without ${omitted.join(" and ")}, for which there is no room` : "";
    try {
      await navigator.clipboard.writeText(fragment);
      this.note.textContent = `The state is copied${missing}. On another computer, open this page and paste it at "Open a state".`;
    } catch {
      // Without the right to the clipboard, the visitor copies what is marked.
      this.text.select();
      this.note.textContent = `The state is in the field "Open a state"${missing}: copy it from there.`;
    }
  }
}
