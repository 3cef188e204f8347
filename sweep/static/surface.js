// Two things to draw on, a canvas and an SVG, with the same few words. Lines and points are flat: [x, y, x, y, ...].

const FONT = "system-ui, sans-serif";

/** A canvas as large as it is on the screen, ready to be drawn on in the screen's pixels; null where it has no size. */
export function openCanvas(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
  if (!width || !height) return null;
  const ratio = window.devicePixelRatio;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return new CanvasSurface(context, width, height);
}

export class CanvasSurface {
  constructor(context, width, height) {
    Object.assign(this, {context, width, height});
  }

  lines(all, {colour, width = 1, opacity = 1, dash = []}) {
    const {context} = this;
    Object.assign(context, {strokeStyle: colour, lineWidth: width, globalAlpha: opacity, lineJoin: "round"});
    context.setLineDash(dash);
    for (const line of all) {
      context.beginPath();
      context.moveTo(line[0], line[1]);
      for (let i = 2; i < line.length; i += 2) context.lineTo(line[i], line[i + 1]);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  dots(points, {colour, radius, opacity = 1}) {
    const {context} = this;
    Object.assign(context, {fillStyle: colour, globalAlpha: opacity});
    for (let i = 0; i < points.length; i += 2) {
      context.beginPath();
      context.arc(points[i], points[i + 1], radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  box(x, y, width, height, {fill, stroke = null, opacity = 1}) {
    const {context} = this;
    Object.assign(context, {fillStyle: fill, globalAlpha: opacity});
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    if (!stroke) return;
    Object.assign(context, {strokeStyle: stroke, lineWidth: 1});
    context.setLineDash([]);
    context.strokeRect(x, y, width, height);
  }

  /** `anchor` is start, middle or end; `turn` in degrees. `y` is the middle of the letters. */
  text(words, x, y, {colour, size = 12, anchor = "start", turn = 0, bold = false}) {
    const {context} = this;
    const textAlign = {start: "left", middle: "center", end: "right"}[anchor];
    Object.assign(context, {fillStyle: colour, font: `${bold ? 600 : 400} ${size}px ${FONT}`, textAlign, textBaseline: "middle"});
    context.save();
    context.translate(x, y);
    context.rotate((turn * Math.PI) / 180);
    context.fillText(words, 0, 0);
    context.restore();
  }
}

const short = (number) => Number(number.toFixed(2));
const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const showPoints = (line) => Array.from(line, short).join(" ");

export class SvgSurface {
  constructor(width, height, background) {
    Object.assign(this, {width, height, parts: []});
    this.box(0, 0, width, height, {fill: background});
  }

  lines(all, {colour, width = 1, opacity = 1, dash = []}) {
    const drawn = all.map((line) => `<polyline points="${showPoints(line)}"/>`).join("");
    const dashes = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    this.parts.push(`<g fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}" stroke-linejoin="round"${dashes}>${drawn}</g>`);
  }

  dots(points, {colour, radius, opacity = 1}) {
    const drawn = Array.from({length: points.length / 2}, (_, i) => `<circle cx="${short(points[2 * i])}" cy="${short(points[2 * i + 1])}" r="${radius}"/>`);
    this.parts.push(`<g fill="${colour}" fill-opacity="${opacity}">${drawn.join("")}</g>`);
  }

  box(x, y, width, height, {fill, stroke = null, opacity = 1}) {
    const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.parts.push(`<rect ${place} fill="${fill}" fill-opacity="${opacity}"${stroke ? ` stroke="${stroke}"` : ""}/>`);
  }

  text(words, x, y, {colour, size = 12, anchor = "start", turn = 0, bold = false}) {
    const place = `transform="translate(${short(x)} ${short(y)}) rotate(${turn})" text-anchor="${anchor}" dominant-baseline="central"`;
    const look = `font-family="${FONT}" font-size="${size}" font-weight="${bold ? 600 : 400}" fill="${colour}"`;
    this.parts.push(`<text ${place} ${look}>${escapeXml(words)}</text>`);
  }

  write() {
    const {width, height, parts} = this;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts.join("")}</svg>`;
  }
}
