// What the page of a sweep carries, as `carried.py` describes it: a test holds the types here against those in Python.

/**
 * A parameter that varies, or a metric. A text's number is its place among the levels.
 * @typedef {object} CarriedColumn
 * @property {string} name
 * @property {boolean} parameter
 * @property {boolean} numeric
 * @property {boolean} log
 * @property {boolean} percent
 * @property {string[]} levels
 * @property {number[]} at
 * @property {(number | null)[]} values
 */

/**
 * All metrics against a parameter; a position is a value of it, on a line. Columns are meant by their numbers.
 * @typedef {object} CarriedMeans
 * @property {number} parameter
 * @property {number} line
 * @property {number[]} levels
 * @property {number[]} lines
 * @property {number[]} trials
 * @property {(number | null)[][]} mean
 * @property {(number | null)[][]} low
 * @property {(number | null)[][]} high
 */

/**
 * What is known of a data set.
 * @typedef {object} CarriedDataset
 * @property {string} title
 * @property {string[]} classes
 * @property {number} rows
 * @property {number} columns
 */

/**
 * Learning curves of some trials, one after the other.
 * @typedef {object} CarriedCurves
 * @property {number[]} trials
 * @property {number[]} epochs
 * @property {number[]} kept
 * @property {Packed} loss
 * @property {Packed} accuracy
 * @property {Packed} valLoss
 * @property {Packed} valAccuracy
 */

/**
 * Confusion matrices of some trials, one after the other, rows by actual class.
 * @typedef {object} CarriedConfusions
 * @property {number[]} trials
 * @property {number[]} classes
 * @property {Packed} counts
 */

/**
 * Incoming weights of some nodes of some trials: 128 is no weight, 255 and 1 the node's largest.
 * @typedef {object} CarriedPictures
 * @property {number[]} trials
 * @property {number[][]} nodes
 * @property {number[][]} largest
 * @property {Packed} pixels
 */

/**
 * Of a sweep that runs: when this was written, in seconds since 1970.
 * @typedef {object} CarriedProgress
 * @property {number} written
 */

/**
 * Trials are meant by their numbers.
 * @typedef {object} CarriedSweep
 * @property {string} run
 * @property {string[]} trials
 * @property {string[]} status
 * @property {CarriedColumn[]} columns
 * @property {CarriedMeans[]} means
 * @property {CarriedDataset[]} datasets
 * @property {number[]} dataset
 * @property {string[]} colours
 * @property {CarriedCurves} curves
 * @property {CarriedConfusions} confusions
 * @property {CarriedPictures} pictures
 * @property {CarriedProgress} [progress]
 */

/**
 * What the visitor of a sweep's page has chosen, all of it in the address but for `dark` and `words`.
 * @typedef {object} SweepChoices
 * @property {boolean} dark - the colours of the page
 * @property {string} panel - the one that is read
 * @property {number[]} brushes - [column, low, high, column, low, high, ...] of the ranges, in the values of the columns
 * @property {number[]} axes - columns that have an axis
 * @property {number} colouring - the column by which trials are coloured
 * @property {string} sorting - of the table: a column, with a minus before it for the largest first
 * @property {"all" | "brushed" | "done" | "failed" | "running" | "waiting"} listed - trials in the table
 * @property {string} words - that their names have
 * @property {number} metric - the column that is set against the parameters
 * @property {number} line - the column of which each value has a line, from 1 on; 0 for none
 * @property {"valAccuracy" | "accuracy" | "valLoss" | "loss"} measure - of the learning curves
 * @property {number} facet - the column of which each value has a plot of learning curves, from 1 on; 0 for none
 * @property {"yes" | "no"} curveLog - whether their axis is logarithmic
 * @property {number[]} pair - the two trials that stand side by side, from 1 on; 0 for none
 * @property {"yes" | "no"} current - whether the page of a sweep that runs is loaded anew by itself
 */

/** The number of a metric by its name; without it that of the first accuracy, or else of the last column. */
export function findMetric(columns, wanted) {
  const tests = [({name}) => name === wanted, ({name, parameter}) => !parameter && name.endsWith("accuracy")];
  return tests.map((test) => columns.findIndex(test)).find((i) => i >= 0) ?? columns.length - 1;
}

/** Where the part of each trial begins in arrays that hold them one after the other. */
export function findStarts(sizes) {
  let sum = 0;
  return sizes.map((size) => {
    sum += size;
    return sum - size;
  });
}

/** What is carried, its arrays unpacked, with what all panels look up in it. */
export function prepareSweep(unpacked) {
  const {trials, status, columns} = unpacked;
  const every = trials.map((_, trial) => trial);
  const done = every.filter((trial) => status[trial] === "done");
  return {...unpacked, every, done, parameters: columns.flatMap(({parameter}, i) => (parameter ? [i] : []))};
}
