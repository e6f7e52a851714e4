/**
 * What each hyper-parameter means, what values it takes, and how they are written on a command line.
 *
 * @module
 */

import { classSize } from "./augmentation/balance.ts";
import { augmentedForm, parsePipeline } from "./augmentation/pipeline.ts";
import {
  type Configuration,
  formatValue,
  PARAMETERS,
  type RecordedConfiguration,
  wholeConfiguration,
} from "./configuration.ts";
import { FACE } from "./emotion.ts";
import { className, nameTrouble } from "./dataset/class_names.ts";
import { orderClasses } from "./dataset/form.ts";
import { parseTrainingSplit, SPLIT_SIGNATURES } from "./dataset/hold_out.ts";
import { UsageError } from "./error.ts";
import { signatureText } from "./expression.ts";
import { networkRefusal, NETWORKS, parseNetwork } from "./model/network.ts";
import { didYouMean } from "./nearest.ts";
import { type SampleForm, SYNTHETIC_PHYSIOLOGY } from "./sample.ts";
import { parseSchedule } from "./training/schedule.ts";
import { parseWhole, wholeText } from "./whole.ts";

/** One hyper-parameter on the command line. */
export interface ParameterText<Value> {
  /** One line for `--help`. */
  readonly meaning: string;
  /** What values there are, for `--help` and messages: `a whole number from 1 to 4096`. */
  readonly takes: string;
  /** The value of a text. Returns nothing, or throws a SyntaxError that says why, for a wrong one. */
  readonly parse: (text: string) => Value | undefined;
  /**
   * The same values in a record, as JSON Schema: the published one is made of these. Ranges may only
   * become wider, or records made before could not be read any more.
   */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Every hyper-parameter, in the order of the reports. */
export const PARAMETER_TEXTS: {
  readonly [K in keyof Configuration]: ParameterText<Configuration[K]>;
} = {
  epochs: whole("Passes over Training", 1, 10_000),
  batchSize: whole("Images per step", 1, 4096),
  // How many fit into an image is for the network to say.
  filters: wholeList("Filters of each block or stage of 3x3 convolutions", 8, 1, 1024),
  denseUnits: whole("Units of the dense layer before the output", 1, 8192),
  batchNorm: yesNoOr("Batch normalisation after each convolution, or all layers", "all"),
  convDropout: real("Share dropped after each block's pooling", 0, 0.95),
  denseDropout: real("Share dropped before the output layer", 0, 0.95),
  optimizer: oneOf("The optimizer", ["adam", "sgd"]),
  learningRate: real("The rate the schedule starts from", 1e-8, 10),
  schedule: call("The learning rate over time", "a schedule", (text) => parseSchedule(text).text),
  beta1: real("Adam's decay of the first moment", 0, 0.999999),
  beta2: real("Adam's decay of the second moment", 0, 0.999999),
  epsilon: real("Adam's constant against division by zero", 1e-12, 1),
  momentum: real("Nesterov momentum of SGD", 0, 0.9999),
  weightDecay: real("Decoupled weight decay of kernels", 0, 1),
  clipNorm: real("Largest global norm of the gradient, 0 for any", 0, 1e6),
  labelSmoothing: real("Share of the target spread over all classes", 0, 0.9),
  classWeights: oneOf("Weighs the loss by class", ["none", "balanced"]),
  balanceClasses: classNames("Classes increased with augmented copies"),
  balanceTo: real("Their size, as a multiple of the mean class", 0.1, 10),
  balanceWith: call(
    "What makes the copies",
    "operations",
    (text) => parsePipeline(text, { copies: true }).text,
  ),
  augment: call(
    "Drawn anew for every image and step",
    "operations",
    (text) => parsePipeline(text).text,
  ),
  dedupe: yesOrNo("Leave out Training images that are also in a test split"),
  mirrorPrediction: yesOrNo("Average predictions over image and mirror image"),
  balanceEach: classSizes("Sizes of single balanceClasses, in place of balanceTo"),
  cropPrediction: oneOf("Where augment crops, the crops to predict by: the centre, or five", [
    "center",
    "five",
  ]),
  downsampling: oneOf("How blocks halve the image: max-pooling or strided convolution", [
    "pooled",
    "strided",
  ]),
  ema: real("Momentum of the weights' moving average, 0 for none", 0, 0.999999),
  groupDuplicates: yesOrNo("Where split splits anew, keep images with equal pixels together"),
  head: oneOf("Before the output layer: a dense layer, or the average over the image", [
    "dense",
    "average",
  ]),
  initializer: oneOf("How kernels start", ["glorot-uniform", "he-normal", "dirac"]),
  mixup: real("Mixup's alpha: trains on means of two samples, 0 for none", 0, 100),
  modalities: names("What it gets of samples with modalities, none for all"),
  modalityDropout: real("Chance of a modality to be missing at a step", 0, 0.95),
  network: call(
    `The network: ${alternatives(NETWORKS.map(signatureText))}`,
    alternatives(NETWORKS.map((network) => `${signatureText(network)} (${network.meaning})`)),
    (text) => parseNetwork(text).text,
  ),
  patience: whole("Stops after so many epochs without a better PublicTest; 0 never", 0, 10_000),
  precision: oneOf("What training multiplies in: bfloat16 is faster, where the CPU has it", [
    "float32",
    "bfloat16",
  ]),
  selectOn: oneOf("Where split splits anew, what the epoch is chosen on", [
    "validation",
    "held-out",
  ]),
  shuffleModality: call("A control: swapped among samples; none for none", "one name", oneName),
  shuffleWithinClass: yesOrNo("Swaps it among the samples of one class only"),
  split: call(
    "Training split anew, for a claim beside PrivateTest",
    alternatives(SPLIT_SIGNATURES.map(signatureText)),
    (text) => parseTrainingSplit(text)?.text ?? "given",
  ),
  squeezeExcitation: whole("Squeeze-and-excitation's reduction ratio, 0 for none", 0, 64),
  syntheticBits: realOrNone(
    "Bits that a synthetic physiological channel tells, none for no channel",
    0,
    8,
  ),
  votesAs: oneOf("What it gets of votes or probabilities", ["values", "shares", "logShares"]),
};

function alternatives(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

/**
 * Reads `name=value`.
 *
 * @returns The hyper-parameter and its value; schedules and operations in their canonical text.
 * @throws {UsageError} For an unknown name (with the nearest) or a value out of its range.
 */
export function parseSetting(text: string): { name: keyof Configuration; value: unknown } {
  const [, name, value] = /^\s*([^=]*?)\s*=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--set needs name=value, such as --set batchSize=32, not "${text}"`);
  }
  return { name: parameterName(name), value: parseValue(parameterName(name), value.trim()) };
}

/**
 * Checks a configuration that a program put together or a record holds, and writes its schedule,
 * operations and network the canonical way, so that equal settings have equal digests. What a record
 * leaves out is filled in.
 *
 * @param options `sample`: what it is to be trained on, FER2013's faces unless given.
 * @throws {UsageError} For a value out of its range, or values that do not fit each other.
 */
export function checkConfiguration(
  configuration: RecordedConfiguration,
  { sample = FACE }: { readonly sample?: SampleForm } = {},
): Configuration {
  const whole = wholeConfiguration(configuration);
  const checked = Object.fromEntries(
    PARAMETERS.map((name) => [name, parseValue(name, formatValue(whole[name]))]),
  ) as unknown as Configuration;
  if (
    checked.cropPrediction !== "center" && parsePipeline(checked.augment).cropSide === undefined
  ) {
    throw new UsageError(
      `cropPrediction=${checked.cropPrediction} cannot be: augment=${checked.augment} crops nothing, ` +
        "as crop(40) would",
    );
  }
  const idle = idleSetting(checked);
  if (idle !== undefined) throw new UsageError(idle);
  const unmixable = mixupRefusal(checked);
  if (unmixable !== undefined) {
    throw new UsageError(`mixup=${checked.mixup} cannot be: ${unmixable}`);
  }
  const reason = networkRefusal(checked, augmentedForm(sample, checked.augment));
  if (reason !== undefined) throw new UsageError(`network=${checked.network} cannot be: ${reason}`);
  return checked;
}

/**
 * Checks a hyper-parameter that an experiment's file sets, where {@linkcode parseSetting} is for what
 * somebody typed: a number written as a text is none.
 *
 * @throws {UsageError} For an unknown name, a value of another type, or one out of its range.
 */
export function checkSetting(name: string, value: unknown): void {
  const known = parameterName(name);
  const shown = typeof value === "string" ? `the text "${value}"` : inspected(value);
  const isList = Array.isArray(value);
  const writable = isList || ["string", "number", "boolean"].includes(typeof value);
  const parsed = writable
    ? parseValue(known, formatValue(value as string | readonly string[]), shown)
    : undefined;
  const typesOf = (one: unknown) =>
    Array.isArray(one) ? `list of ${one.map((item) => typeof item)}` : typeof one;
  if (writable && typesOf(parsed) === typesOf(value)) return;
  throw new UsageError(`"${known}" must be ${PARAMETER_TEXTS[known].takes}, not ${shown}`);
}

function inspected(value: unknown): string {
  return (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));
}

/** What is set and would do nothing, because of what else is set; nothing where all of it counts. */
function idleSetting(checked: Configuration): string | undefined {
  const { split, selectOn, groupDuplicates, balanceEach, balanceClasses } = checked;
  if (split === "given" && (selectOn !== "validation" || groupDuplicates)) {
    const setting = groupDuplicates ? "groupDuplicates=true" : `selectOn=${selectOn}`;
    return `${setting} cannot be: split=given leaves Training whole, before-copies(0.1) would split it`;
  }
  const { modalities, syntheticBits } = checked;
  const { name: channel } = SYNTHETIC_PHYSIOLOGY;
  if (syntheticBits !== "none" && modalities.length > 0 && !modalities.includes(channel)) {
    return `syntheticBits=${syntheticBits} cannot be: modalities=${
      formatValue(modalities)
    } leaves the ` +
      `channel out, which is called ${channel}`;
  }
  const unknown = balanceEach.find((text) => !balanceClasses.includes(classSize(text).name));
  return unknown === undefined
    ? undefined
    : `balanceEach=${formatValue(balanceEach)} cannot be: balanceClasses=${
      formatValue(balanceClasses)
    } has no ${classSize(unknown).name}; --set balanceEach=none leaves it out`;
}

/** Why samples cannot be mixed; nothing where they can, or are not. */
function mixupRefusal({ mixup, batchSize, modalityDropout }: Configuration): string | undefined {
  if (mixup === 0) return undefined;
  if (batchSize === 1) return "in a batch of one sample there is none to mix it with";
  if (modalityDropout > 0) {
    return `a modality that modalityDropout=${modalityDropout} takes from one sample of two would be ` +
      "there by half";
  }
  return undefined;
}

/** The hyper-parameter of that name. */
function parameterName(name: string): keyof Configuration {
  const found = PARAMETERS.find((parameter) => parameter === name);
  if (found === undefined) {
    throw new UsageError(`Unknown hyper-parameter "${name}": ${didYouMean(name, PARAMETERS)}`);
  }
  return found;
}

function parseValue(name: keyof Configuration, text: string, shown = `"${text}"`): unknown {
  const { parse, takes } = PARAMETER_TEXTS[name];
  let reason = "";
  try {
    const value = parse(text);
    if (value !== undefined) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reason = ` (${error.message})`;
  }
  throw new UsageError(`"${name}" must be ${takes}, not ${shown}${reason}`);
}

function whole(meaning: string, minimum: number, maximum: number): ParameterText<number> {
  return {
    meaning,
    takes: wholeText(minimum, maximum),
    parse: (text) => parseWhole(text, minimum, maximum),
    schema: { type: "integer", minimum, maximum },
  };
}

function real(meaning: string, minimum: number, maximum: number): ParameterText<number> {
  return {
    meaning,
    takes: `a number from ${minimum} to ${maximum}`,
    parse(text) {
      if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
      const value = Number(text);
      return value >= minimum && value <= maximum ? value : undefined;
    },
    schema: { type: "number", minimum, maximum },
  };
}

/** A number, or `none`, which is not 0. */
function realOrNone(
  meaning: string,
  minimum: number,
  maximum: number,
): ParameterText<number | "none"> {
  const { takes, parse, schema } = real(meaning, minimum, maximum);
  return {
    meaning,
    takes: `none or ${takes}`,
    parse: (text) => text === "none" ? text : parse(text),
    schema: { anyOf: [{ const: "none" }, schema] },
  };
}

function wholeList(
  meaning: string,
  most: number,
  minimum: number,
  maximum: number,
): ParameterText<readonly number[]> {
  return {
    meaning,
    takes: `1 to ${most} whole numbers from ${minimum} to ${maximum}, such as 32,64,128`,
    parse(text) {
      const values = text.split(",").map((part) => parseWhole(part.trim(), minimum, maximum));
      return values.length <= most && values.every((value) => value !== undefined)
        ? values
        : undefined;
    },
    schema: {
      type: "array",
      items: { type: "integer", minimum, maximum },
      minItems: 1,
      maxItems: most,
    },
  };
}

function yesOrNo(meaning: string): ParameterText<boolean> {
  return {
    meaning,
    takes: "true or false",
    parse: (text) => text === "true" ? true : text === "false" ? false : undefined,
    schema: { type: "boolean" },
  };
}

/** Yes, no, or one name for more than yes. */
function yesNoOr<Name extends string>(meaning: string, name: Name): ParameterText<boolean | Name> {
  const { parse } = yesOrNo(meaning);
  return {
    meaning,
    takes: `true, false or ${name}`,
    parse: (text) => text === name ? name : parse(text),
    schema: { enum: [false, true, name] },
  };
}

function oneOf<Name extends string>(
  meaning: string,
  names: readonly Name[],
): ParameterText<Name> {
  return {
    meaning,
    takes: names.join(" or "),
    parse: (text) => names.find((name) => name === text),
    schema: { enum: names },
  };
}

function classNames(meaning: string): ParameterText<readonly string[]> {
  return {
    meaning,
    takes: "none or classes, such as disgust,surprise",
    // Which classes there are, the data say, before anything is trained.
    parse(text) {
      if (text === "none" || text === "") return [];
      const names = text.split(",").map(className);
      for (const name of names) {
        const trouble = nameTrouble(name);
        if (trouble !== undefined) throw new SyntaxError(trouble);
      }
      return orderClasses(names);
    },
    schema: { type: "array", items: { type: "string", pattern: "^[^,]+$" } },
  };
}

/** Class names with numbers, in the order of the classes; see {@linkcode classSize}. */
function classSizes(meaning: string): ParameterText<readonly string[]> {
  return {
    meaning,
    takes: "none or classes with multiples of the mean class, such as disgust:1.1,surprise:1.2",
    parse(text) {
      if (text === "none" || text === "") return [];
      const sizes = text.split(",").map((each) => classSize(each));
      const to = new Map(sizes.map(({ name, to }) => [className(name), to]));
      if (to.size < sizes.length) throw new SyntaxError("a class is named twice");
      return orderClasses([...to.keys()]).map((name) => `${name}:${to.get(name)}`);
    },
    schema: { type: "array", items: { type: "string", pattern: "^[^,]+:[^,:]+$" } },
  };
}

function names(meaning: string): ParameterText<readonly string[]> {
  return {
    meaning,
    takes: "none or names, such as voice,face",
    parse(text) {
      if (text === "none" || text === "") return [];
      const found = text.split(",").map((name) => oneName(name.trim()));
      return new Set(found).size === found.length ? found : undefined;
    },
    schema: { type: "array", items: { type: "string", pattern: "^[^,]+$" } },
  };
}

function oneName(text: string): string {
  if (!/^[\w-]+$/.test(text)) throw new SyntaxError(`"${text}" is not a name`);
  return text;
}

function call(
  meaning: string,
  what: string,
  canonical: (text: string) => string,
): ParameterText<string> {
  return { meaning, takes: what, parse: canonical, schema: { type: "string", minLength: 1 } };
}
