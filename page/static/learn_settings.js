// The settings of a network that learns in the page: read from their fields, in the address, as a line for the pipeline.

import {numberBetween, oneOf} from "./codecs.js";

export const NUMBERS = ["nodes", "l2", "learningRate", "seed"];
export const WORDS = ["activation", "pixels"];

/** The settings as the fields of the form have them. */
export function readSettings({elements, dataset}) {
  const numbers = NUMBERS.map((name) => [name, Number(elements[name].value)]);
  const words = WORDS.map((name) => [name, elements[name].value]);
  return {...Object.fromEntries([...numbers, ...words]), batchSize: Number(dataset.batch)};
}

/** The settings in an address: numbers and words in a fixed order, within what the fields allow. @returns {Codec} */
export function settingsWithin({elements, dataset}) {
  const numbers = NUMBERS.map((name) => {
    const {min, max, step} = elements[name];
    return numberBetween(Number(min), Number(max), step === "1");
  });
  const codecs = [...numbers, ...WORDS.map((name) => oneOf([...elements[name].options].map(({value}) => value)))];
  const names = [...NUMBERS, ...WORDS];
  return {
    encode: (settings) => names.map((name, i) => codecs[i].encode(settings[name])).join(","),
    decode: (text) => {
      const texts = text.split(",");
      if (texts.length !== names.length) throw new RangeError("not all settings");
      return {...Object.fromEntries(names.map((name, i) => [name, codecs[i].decode(texts[i])])), batchSize: Number(dataset.batch)};
    },
  };
}

/** The command that trains the same network in the pipeline; `run` says what the page's own run was. */
export function writeCommand({nodes, activation, l2, learningRate, pixels, seed, batchSize}, run) {
  const settings = {
    dataset: run.dataset, seed, hidden: nodes, "train.activation": activation, "train.l2": l2, "train.optimizer": "rmsprop",
    "train.learning_rate": learningRate, "train.batch_size": batchSize,
    ...(pixels === "selected" ? {"retrain_selected.pixels": run.kept, "retrain_selected.ranking": run.ranking} : {}),
  };
  return ["dvc exp run", ...Object.entries(settings).map(([name, value]) => `-S ${name}=${value}`)].join(" ");
}
