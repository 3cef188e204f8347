// What the page shows, saved: plots as SVG and PNG, maps as PNG, both at twice their size, tables as CSV.

import {element, theme} from "./images.js";

const ENLARGED = 2; // times, of pictures in pixels

const quote = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Lines of cells as CSV: cells with commas, quotes or line ends stand in quotes. */
export function writeCsv(lines) {
  return lines.map((line) => `${line.map(quote).join(",")}\n`).join("");
}

/** What a cell says: `data-value`, where its text is shortened, or its words, with a plain minus. */
function readCell(cell) {
  const {value} = cell.querySelector("[data-value]")?.dataset ?? cell.dataset;
  return value ?? cell.textContent.replace(/\s+/g, " ").trim().replaceAll("−", "-");
}

const readTable = (table) => [...table.rows].map((row) => [...row.cells].map(readCell));

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const toPng = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

/** A plot of Bokeh as SVG, on the colour of the page. */
function drawSvg(view) {
  const text = view.export("svg").ctx.get_serialized_svg(true);
  return text.replace(/^<svg[^>]*>/, (start) => `${start}<rect width="100%" height="100%" fill="${theme("background")}"/>`);
}

/** An SVG as a canvas, enlarged. */
async function rasterize(svg) {
  const picture = new Image();
  const address = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
  picture.src = address;
  await picture.decode();
  URL.revokeObjectURL(address);
  const canvas = element("canvas", {width: ENLARGED * picture.width, height: ENLARGED * picture.height});
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** What is drawn on nothing, on the colour of the page. */
function fillBackground(canvas) {
  const context = canvas.getContext("2d");
  context.resetTransform();
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = theme("background");
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}

export function saveText(text, name, type) {
  save(new Blob([text], {type}), name);
}

/** Buttons that save something; `saves` are functions by the kind of file. */
export function offer(place, what, saves) {
  const buttons = Object.entries(saves).map(([kind, act]) => {
    const button = element("button", {type: "button", text: kind, "aria-label": `${kind}: save ${what}`});
    button.addEventListener("click", act);
    return button;
  });
  place.after(element("p", {class: "take"}, ...buttons));
}

/** Offer a drawing as SVG and PNG: `name()` is that of its file, `draw()` gives the SVG. */
export function offerSvg(place, what, name, draw) {
  offer(place, what, {
    SVG: () => saveText(draw(), `${name()}.svg`, "image/svg+xml"),
    PNG: async () => save(await toPng(await rasterize(draw())), `${name()}.png`),
  });
}

function offerPlot(plot, view) {
  const place = document.getElementById(plot.name);
  const [what, name] = [place.closest("figure").querySelector("figcaption").textContent, plot.name.replace(/^plot-/, "")];
  offerSvg(place, what, () => name, () => drawSvg(view));
}

export function offerTable(table) {
  const what = table.caption?.textContent ?? table.closest("figure")?.querySelector("figcaption").textContent ?? "the table";
  const CSV = () => saveText(writeCsv(readTable(table)), `${table.id || "table"}.csv`, "text/csv");
  offer(table.closest(".wide") ?? table, what.trim(), {CSV});
}

/**
 * Offer all plots and tables, and what panels draw themselves: a panel's `drawings()` are {place, name, draw}, where
 * `draw(times)` gives a canvas of its own, enlarged so many times.
 */
export function offerToTakeAlong({plots, views, panels}) {
  for (const plot of plots.roots()) offerPlot(plot, views.get(plot));
  for (const table of document.querySelectorAll("main table")) offerTable(table);
  for (const {place, name, draw} of panels.flatMap((panel) => panel.drawings?.() ?? [])) {
    const what = place.closest("figure").querySelector("figcaption").textContent;
    offer(place, what, {PNG: async () => save(await toPng(fillBackground(draw(ENLARGED))), `${name}.png`)});
  }
}
