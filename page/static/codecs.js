// How parts of the state are written in an address and read again. Only letters, digits and "-_.,!" are written.

/**
 * `decode` throws a RangeError for what is no such value; another text for the same value is for its caller to refuse.
 * @typedef {object} Codec
 * @property {Function} encode - the value as a text
 * @property {Function} decode - the text as a value
 */

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SIGNIFICANT = 5; // significant ones, of numbers that are no integers
const LONGEST_RUN = 255;

function refuse(text, allowed) {
  throw new RangeError(`${text.slice(0, 20)} is not ${allowed}`);
}

/** An integer, 0 to `limit` - 1. @returns {Codec} */
export function integerBelow(limit) {
  return {
    encode: String,
    decode: (text) => (/^\d+$/.test(text) && Number(text) < limit ? Number(text) : refuse(text, `an integer below ${limit}`)),
  };
}

/** As many integers as there are `limits`, each from 0 to its limit - 1. @returns {Codec} */
export function integersBelow(limits) {
  const codecs = limits.map(integerBelow);
  return {
    encode: (values) => values.join(","),
    decode: (text) => {
      const texts = text.split(",");
      return texts.length === limits.length ? texts.map((one, i) => codecs[i].decode(one)) : refuse(text, `${limits.length} integers`);
    },
  };
}

/** One of some words, each of letters and digits. @returns {Codec} */
export function oneOf(words) {
  return {encode: String, decode: (text) => (words.includes(text) ? text : refuse(text, "one of the choices"))};
}

/** A number from `low` to `high`, neither below 0; a whole one, if it must be. @returns {Codec} */
export function numberBetween(low, high, whole = false) {
  const fits = (value) => value >= low && value <= high && (!whole || Number.isInteger(value));
  return {
    encode: String,
    decode: (text) => (/^\d+(\.\d+)?(e-\d+)?$/.test(text) && fits(Number(text)) ? Number(text) : refuse(text, `a number from ${low} to ${high}`)),
  };
}

/** `least` to `most` finite numbers, kept to five digits: a zoom, or the corners of a polygon. @returns {Codec} */
export function numbers(least, most) {
  return {
    encode: (values) => values.map((value) => Number(value.toPrecision(SIGNIFICANT)).toString().replace("e+", "e")).join(","),
    decode: (text) => {
      const values = text ? text.split(",").map((one) => (/^-?\d+(\.\d+)?(e-?\d+)?$/.test(one) ? Number(one) : NaN)) : [];
      const fits = values.length >= least && values.length <= most && values.every(Number.isFinite);
      return fits ? values : refuse(text, "a list of numbers");
    },
  };
}

/** Bytes as base64 with "-" and "_", without "=" at the end. */
export function toBase64(bytes) {
  const digits = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const three = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0].slice(0, bytes.length - i + 1)) digits.push(CHARACTERS[(three >> shift) & 63]);
  }
  return digits.join("");
}

/** The bytes that `toBase64` wrote. */
export function fromBase64(text) {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  for (let i = 0; i < text.length; i += 4) {
    const digits = [0, 1, 2, 3].map((place) => CHARACTERS.indexOf(text[i + place] ?? "A"));
    if (digits.includes(-1)) refuse(text, "base64");
    const three = digits.reduce((sum, digit) => sum * 64 + digit, 0);
    for (const [place, shift] of [16, 8, 0].entries()) bytes[(i / 4) * 3 + place] = (three >> shift) & 255;
  }
  return bytes;
}

/** Ascending integers as ranges: "3-5,9". */
export function writeRanges(values) {
  const ranges = [];
  for (const value of values) {
    if (ranges.length && ranges.at(-1)[1] === value - 1) ranges.at(-1)[1] = value;
    else ranges.push([value, value]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

export function readRanges(text, limit) {
  if (!text) return [];
  const {decode} = integerBelow(limit);
  return text.split(",").flatMap((range) => {
    const [from, to = from, ...rest] = range.split("-").map(decode);
    if (rest.length || to < from) refuse(range, "a range");
    return Array.from({length: to - from + 1}, (_, i) => from + i);
  });
}

function writeBits(values, limit) {
  const bytes = new Uint8Array(Math.ceil(limit / 8));
  for (const value of values) bytes[value >> 3] |= 1 << (value & 7);
  return `!${toBase64(bytes)}`;
}

function readBits(text, limit) {
  const bytes = fromBase64(text.slice(1));
  if (bytes.length !== Math.ceil(limit / 8)) refuse(text, `a set of integers below ${limit}`);
  return Array.from({length: 8 * bytes.length}, (_, i) => i).filter((i) => (bytes[i >> 3] >> (i & 7)) & 1);
}

/** A set of integers from 0 to `limit` - 1, as an ascending array: ranges or bits, whichever is shorter. @returns {Codec} */
export function subsetBelow(limit) {
  return {
    encode: (values) => {
      const [ranges, bits] = [writeRanges(values), writeBits(values, limit)];
      return ranges.length <= bits.length ? ranges : bits;
    },
    decode: (text) => {
      const values = text.startsWith("!") ? readBits(text, limit) : readRanges(text, limit);
      return values.every((value, i) => value < limit && !(value <= values[i - 1])) ? values : refuse(text, "a set");
    },
  };
}

/** An image of `length` bytes: a 0 is followed by how many there are, at most 255, and the whole is base64. @returns {Codec} */
export function imageOf(length) {
  return {
    encode: (image) => {
      const bytes = [];
      for (let i = 0; i < length; ) {
        let end = i;
        while (end < length && image[end] === 0 && end - i < LONGEST_RUN) end++;
        if (end > i) bytes.push(0, end - i);
        else bytes.push(image[end++]);
        i = end;
      }
      return toBase64(bytes);
    },
    decode: (text) => {
      const bytes = fromBase64(text);
      const values = [];
      for (let i = 0; i < bytes.length; i++) {
        if (bytes[i]) values.push(bytes[i]);
        else values.push(...new Uint8Array(bytes[++i]));
      }
      return values.length === length ? Uint8Array.from(values) : refuse(text, `${length} bytes`);
    },
  };
}
