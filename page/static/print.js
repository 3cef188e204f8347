// Plots keep on paper the width that they have on the screen: where that is too wide they are made smaller.

const PAPER = 640; // pixels of the style sheet between the margins of A4
const GAP_BETWEEN = 30; // between two plots side by side

/** Have every plot fit when the page is printed: maps and the like stand in two columns, all others in one. */
export function fitPlotsToPaper() {
  addEventListener("beforeprint", () => {
    for (const plot of document.querySelectorAll(".plot")) {
      const room = plot.closest(".maps:not(.learn)") ? (PAPER - GAP_BETWEEN) / 2 : PAPER;
      plot.style.setProperty("--shrink", Math.min(1, room / plot.offsetWidth));
    }
  });
}
