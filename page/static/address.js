// The state of the page as the fragment of an address: "#PANEL?1&RUN&NAME=VALUE&...", what is as at first left out.

const VERSION = "1"; // of this shape
const ANY_RUN = "any"; // in an address that is written by hand, in place of a run
const LONGEST = 1500; // characters of a fragment
const DAMAGED = "The state in the address is damaged: this is the page as it opens without one.";
const FOREIGN = "The state in the address is of another run: this is the page as it opens without one.";

/** An address that cannot be opened; its message is a sentence for the visitor. */
export class BadAddress extends Error {}

/**
 * What an address can say.
 * @typedef {object} AddressShape
 * @property {string} run - a short hash of what the page carries
 * @property {string[]} panels - names, of which an address has one
 * @property {Object<string, Codec>} codecs - by the names of the parts of the state that an address has
 * @property {object} initial - the state as it is at first
 */

/**
 * The fragment of a state, and the names of what did not fit into it, the longest first.
 * @param {AddressShape} shape
 * @param {object} state
 */
export function writeAddress({run, codecs, initial}, state) {
  let parts = Object.entries(codecs).flatMap(([name, codec]) => {
    const text = codec.encode(state[name]);
    return text === codec.encode(initial[name]) ? [] : [`${name}=${text}`];
  });
  const omitted = [];
  const join = () => `#${state.panel}?${[VERSION, run, ...parts].join("&")}`;
  while (join().length > LONGEST) {
    const longest = parts.reduce((one, other) => (other.length > one.length ? other : one));
    omitted.push(longest.split("=")[0]);
    parts = parts.filter((part) => part !== longest);
  }
  return {fragment: join(), omitted};
}

/** The value of one part; throws RangeError. */
function readPart(codecs, part) {
  const [name, text, ...more] = part.split("=");
  if (!Object.hasOwn(codecs, name) || text === undefined || more.length) throw new RangeError("not a part of the state");
  const value = codecs[name].decode(text);
  if (codecs[name].encode(value) !== text) throw new RangeError("not as it is written");
  return [name, value];
}

/**
 * What a fragment says: `panel`, and `choices`, every part of the state that an address has. A fragment that is no more than
 * a link to a panel has no choices, and an empty one neither.
 * @param {AddressShape} shape
 * @param {string} fragment
 * @throws {BadAddress} if it is of another run, or not of this shape
 */
export function readAddress({run, panels, codecs, initial}, fragment) {
  const [panel, rest] = fragment.replace(/^#/, "").split("?", 2);
  if (rest === undefined) return {panel: panels.includes(panel) ? panel : null, choices: null};
  try {
    // Programs that send letters write some characters in another way.
    const [version, found, ...parts] = decodeURIComponent(rest).split("&");
    if (version !== VERSION || !found || fragment.length > LONGEST || !panels.includes(panel)) throw new RangeError("not of this shape");
    if (found !== run && found !== ANY_RUN) throw new BadAddress(FOREIGN);
    const choices = Object.fromEntries(Object.keys(codecs).map((name) => [name, initial[name]]));
    return {panel, choices: Object.assign(choices, Object.fromEntries(parts.map((part) => readPart(codecs, part))))};
  } catch (error) {
    if (error instanceof RangeError || error instanceof URIError) throw new BadAddress(DAMAGED, {cause: error});
    throw error;
  }
}
