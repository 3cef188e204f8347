// What a `PointMap` has besides its points: pictures, ticks, rings, the lasso.

import {chooseTicks} from "./geometry.js";
import {theme} from "./images.js";

const PICTURE = 28; // screen pixels of a picture in place of a point
const TICKS = 4; // on an axis, about
const RING = 8; // screen pixels, around points that are marked

/** Pictures in place of points: one at most in each cell of a grid, which moves with the map. */
export function drawPictures(map, context) {
  const {places, looks} = map.layer;
  const cell = PICTURE / (map.size / map.ratio) / map.view.scale;
  const taken = new Set();
  context.setTransform(map.ratio, 0, 0, map.ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  context.fillStyle = theme("raised");
  for (const i of map.inView().toReversed()) {
    const key = Math.floor(places[2 * i] / cell) * 65536 + Math.floor(places[2 * i + 1] / cell);
    if (taken.has(key)) continue;
    taken.add(key);
    const picture = map.owner.pictureOf(i);
    if (!picture) continue;
    const [x, y] = map.screen((Math.floor(places[2 * i] / cell) + 0.5) * cell, (Math.floor(places[2 * i + 1] / cell) + 0.5) * cell);
    const [r, g, b, opacity] = looks.colours.subarray(4 * i, 4 * i + 4);
    context.globalAlpha = Math.max(0.3, opacity / 255); // what is not selected is pale
    context.fillRect(x - PICTURE / 2 + 1, y - PICTURE / 2 + 1, PICTURE - 2, PICTURE - 2);
    const scale = (PICTURE - 2) / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.drawImage(picture, x - width / 2, y - height / 2, width, height);
    context.strokeStyle = `rgb(${r} ${g} ${b})`;
    context.lineWidth = 2;
    context.strokeRect(x - PICTURE / 2 + 1, y - PICTURE / 2 + 1, PICTURE - 2, PICTURE - 2);
    context.globalAlpha = 1;
  }
}

export function drawTicks(map) {
  const {context, view} = map;
  const [left, right, bottom, top] = map.axes.frame;
  const width = map.size / map.ratio;
  const half = 0.5 / view.scale;
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = theme("soft");
  context.lineWidth = 1;
  const stroke = (...ends) => {
    context.beginPath();
    context.moveTo(ends[0], ends[1]);
    context.lineTo(ends[2], ends[3]);
    context.stroke();
  };
  const within = (low, high, middle) => chooseTicks(low + (middle - half) * (high - low), low + (middle + half) * (high - low), TICKS);
  context.textAlign = "center";
  for (const tick of within(left, right, view.x)) {
    const [x] = map.screen((tick - left) / (right - left), 0);
    if (x < 24 || x > width - 12) continue;
    stroke(x, width, x, width - 5);
    context.fillText(String(tick), x, width - 8);
  }
  context.textAlign = "left";
  for (const tick of within(bottom, top, view.y)) {
    const [, y] = map.screen(0, (tick - bottom) / (top - bottom));
    if (y < 8 || y > width - 24) continue;
    stroke(0, y, 5, y);
    context.fillText(String(tick), 8, y + 4);
  }
}

export function drawRings(map) {
  const {context} = map;
  const {places} = map.layer;
  for (const {i, colour} of map.rings) {
    if (2 * i >= places.length || Number.isNaN(places[2 * i])) continue;
    const [x, y] = map.screen(places[2 * i], places[2 * i + 1]);
    for (const [stroke, width] of [[theme("background"), 5], [colour, 2.5]]) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, RING, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

export function drawLasso(map) {
  const {context} = map;
  context.beginPath();
  const {lasso} = map.gestures;
  for (let i = 0; i < lasso.length; i += 2) context.lineTo(...map.screen(lasso[i], lasso[i + 1]));
  context.closePath();
  context.fillStyle = `color-mix(in srgb, ${theme("accent")} 15%, transparent)`;
  context.fill();
  context.strokeStyle = theme("accent");
  context.lineWidth = 2;
  context.stroke();
}
