// Points by WebGL 2: one drawing surface for all maps, whose picture is copied to the map that asked for it.

import {SpritePainter} from "./sprites.js";

const MARK = 64; // pixels of a mark in the texture
const VERTEX = `#version 300 es
in vec2 place; in vec4 colour; in float mark; in float size;
uniform vec3 view; uniform float ratio;
out vec4 tint; flat out float which;
void main() {
  gl_Position = vec4((place - view.xy) * view.z * 2.0, 0, 1);
  gl_PointSize = size * ratio * 14.0 / 12.0; // as the marks have room at their edges
  tint = vec4(colour.rgb * colour.a, colour.a);
  which = mark;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 tint; flat in float which;
uniform sampler2D marks; uniform float count;
out vec4 pixel;
void main() {
  pixel = tint * texture(marks, vec2((which + gl_PointCoord.x) / count, gl_PointCoord.y)).a;
}`;

/** The marks side by side, white on nothing. */
function drawMarks(paths) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [MARK * paths.length, MARK];
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  const marks = paths.map((path) => new Path2D(path));
  marks.forEach((_, i) => {
    context.setTransform(MARK / 14, 0, 0, MARK / 14, (i + 0.5) * MARK, MARK / 2); // a seventh is left free
    context.fill(marks[i]);
  });
  return canvas;
}

function link(gl) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}

/** Draws points of `marks`, a list of SVG paths; as `SpritePainter`. */
export class WebglPainter {
  static get name() {
    return "WebGL";
  }

  /** Null where the browser has no WebGL 2. */
  static open(marks) {
    const canvas = document.createElement("canvas");
    const gl = canvas.getContext("webgl2", {alpha: true, antialias: false, preserveDrawingBuffer: true, failIfMajorPerformanceCaveat: true});
    return gl && new WebglPainter(gl, canvas, marks);
  }

  constructor(gl, canvas, marks) {
    Object.assign(this, {gl, canvas, marks, count: marks.length, quick: true});
    this.program = link(gl);
    this.buffers = new WeakMap();
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, drawMarks(marks));
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** An array's copy on the graphics card, made once. */
  bufferOf(array, target) {
    const {gl, buffers} = this;
    if (!buffers.has(array)) {
      buffers.set(array, gl.createBuffer());
      gl.bindBuffer(target, buffers.get(array));
      gl.bufferData(target, array, gl.STATIC_DRAW);
    }
    gl.bindBuffer(target, buffers.get(array));
  }

  attribute(name, array, width, type, normalized) {
    const {gl, program} = this;
    const place = gl.getAttribLocation(program, name);
    this.bufferOf(array, gl.ARRAY_BUFFER);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, width, type, normalized, 0, 0);
  }

  paint(target, {places, looks, order}, view, size, ratio) {
    const {gl, program, canvas} = this;
    if (gl.isContextLost()) {
      this.substitute ??= new SpritePainter(this.marks);
      this.substitute.paint(target, {places, looks, order}, view, size, ratio);
      return;
    }
    if (canvas.width !== size) [canvas.width, canvas.height] = [size, size];
    gl.viewport(0, 0, size, size);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program);
    this.attribute("place", places, 2, gl.FLOAT, false);
    this.attribute("colour", looks.colours, 4, gl.UNSIGNED_BYTE, true);
    this.attribute("mark", looks.marks, 1, gl.UNSIGNED_BYTE, false);
    this.attribute("size", looks.sizes, 1, gl.UNSIGNED_BYTE, false);
    gl.uniform3f(gl.getUniformLocation(program, "view"), view.x, view.y, view.scale);
    gl.uniform1f(gl.getUniformLocation(program, "ratio"), ratio);
    gl.uniform1f(gl.getUniformLocation(program, "count"), this.count);
    this.bufferOf(order, gl.ELEMENT_ARRAY_BUFFER);
    gl.drawElements(gl.POINTS, order.length, gl.UNSIGNED_INT, 0);
    target.drawImage(canvas, 0, 0);
  }
}
