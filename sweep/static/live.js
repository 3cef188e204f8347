// The page of a sweep that runs: loaded anew by itself, from disk, where nobody is at work on it.

const EVERY = 4000; // milliseconds between two loadings
const QUIET = 2000; // milliseconds without a key or the mouse before one
const AT_WORK = 20_000; // the same where something on the page has the focus
const DEAD = 180; // seconds, after which a sweep that runs would have written the page again

export class Live {
  static initial() {
    return {current: "yes"};
  }

  constructor({carried, state, address}) {
    Object.assign(this, {state, address, touched: performance.now() - QUIET});
    this.age = Date.now() / 1000 - carried.progress.written;
    this.box = document.getElementById("keep-current");
    this.note = document.getElementById("live");
    this.box.addEventListener("change", () => state.set({current: this.box.checked ? "yes" : "no"}));
    document.getElementById("reload").addEventListener("click", () => this.reload());
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "scroll"]) {
      addEventListener(kind, () => (this.touched = performance.now()), {passive: true});
    }
    if (this.mayReload) setTimeout(() => this.look(), EVERY);
  }

  /** Only a file is loaded anew, which asks nobody; and only while somebody writes it. */
  get mayReload() {
    return location.protocol === "file:" && this.age < DEAD;
  }

  redraw(changed) {
    if (!changed.has("current")) return;
    this.box.checked = this.state.current === "yes";
    this.box.disabled = !this.mayReload;
    this.note.textContent = this.describe();
  }

  describe() {
    const minutes = Math.round(this.age / 60);
    if (this.age >= DEAD) return `Written ${minutes} minutes ago: the sweep seems to have ended without a word. The same command goes on with it.`;
    if (!this.mayReload) return "A page from a server is not loaded anew by itself.";
    return this.state.current === "yes" ? "The sweep runs, and this page follows it." : "The sweep runs; this page stays as it was.";
  }

  get isQuiet() {
    const still = performance.now() - this.touched;
    const idle = document.activeElement === document.body || still > AT_WORK;
    return this.state.current === "yes" && !document.hidden && still > QUIET && idle && !this.state.words;
  }

  look() {
    if (this.isQuiet) this.reload();
    else setTimeout(() => this.look(), QUIET);
  }

  /** What the address does not say, where the visitor has scrolled to, is left with the entry of the history. */
  reload() {
    this.address.write();
    history.replaceState({scroll: scrollY}, "", location.hash);
    location.reload();
  }
}
