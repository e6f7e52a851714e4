/**
 * From a command line to a checked request: what to run, on which data, with which seeds and
 * hyper-parameters. The same for all experiments.
 *
 * A hyper-parameter has the value of the last of these that names it: the baseline, the variant, the
 * preset, `--epochs` and `--set`. The last two hold for all variants.
 *
 * @module
 */

import { basename } from "node:path";
import { type Configuration, PARAMETERS } from "./configuration.ts";
import { formatShares, parseShares, type SplitShares } from "./dataset/draw.ts";
import { UsageError } from "./error.ts";
import { didYouMean, nearest } from "./nearest.ts";
import {
  checkConfiguration,
  formatValue,
  PARAMETER_TEXTS,
  parseSetting,
  parseWhole,
} from "./parameter.ts";
import { userPath } from "./paths.ts";
import {
  defaultPreset,
  type FaceCounts,
  faceCounts,
  FEWEST_FACES,
  PRESET_NAMES,
  type PresetName,
  PRESETS,
} from "./preset.ts";
import { OWN_RESULTS } from "./report/folders.ts";
import { parseArgs, type ParsedArgs } from "./std/parse_args.ts";

/** The seeds, fixed before any run (Picard 2021); `--seeds 5` are the first five. */
export const SEEDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** What the command line needs to know of an experiment. */
export interface ExperimentDescription {
  /** As in `deno task exp:<name>`. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** What `--variants` can choose from. */
  readonly variants?: readonly { readonly name: string; readonly description?: string }[];
}

/** What {@linkcode parseExperimentArgs} goes by. */
export interface ParseExperimentOptions {
  readonly experiment: ExperimentDescription;
  /** The configuration that variants differ from. */
  readonly base: Configuration;
  /** How many threads there can be (all cores). */
  readonly cores?: number;
}

/** A checked command line. */
export interface ExperimentRequest {
  /** Print {@linkcode helpText} and stop; nothing else of the request was read. */
  readonly help: boolean;
  /** Absolute path to the data set, null for synthetic faces. */
  readonly data: string | null;
  /** Sizes of the synthetic splits, null with a data set. */
  readonly faces: FaceCounts | null;
  readonly seeds: readonly number[];
  readonly preset: PresetName;
  /** What holds for all variants: of the preset, `--epochs` and `--set`. */
  readonly settings: Partial<Configuration>;
  /** Only these variants, null for all. */
  readonly variants: readonly string[] | null;
  /** Absolute path of the folder of the results. */
  readonly out: string;
  /** Run everything again, also what is already done. */
  readonly fresh: boolean;
  /** Refuse to begin: go on with what was begun. */
  readonly resume: boolean;
  /** Say which layer was the first that was not finite, where training diverges. */
  readonly detectAnomalies: boolean;
  readonly threads: number;
  /** Train op by op instead of as one traced graph. */
  readonly eager: boolean;
  readonly skipBad: boolean;
  /** The splits to draw from data that has none, null where it has its own. */
  readonly split: SplitShares | null;
  /** Follow links that lead out of the data's folder. */
  readonly followLinks: boolean;
  readonly show: boolean;
  readonly quiet: boolean;
  /** The command that asks for the same again, without paths of this machine. */
  readonly command: string;
  /**
   * The configuration of a variant, checked and canonical.
   *
   * @param variant What it changes of the base.
   * @throws {UsageError} For a value out of its range.
   */
  configure(variant?: Partial<Configuration>): Configuration;
}

interface Flag {
  readonly name: string;
  /** What stands for its value; a flag without one is boolean. */
  readonly value?: string;
  readonly meaning: string;
}

const FLAGS: readonly Flag[] = [
  { name: "data", value: "PATH", meaning: "FER2013 as CSV, folder or zip (synthetic faces)" },
  { name: "preset", value: "NAME", meaning: "smoke, small or full (full with --data, else small)" },
  {
    name: "seeds",
    value: "LIST",
    meaning: "1,2,3; or a number for the first so many of 1 to 10 (1)",
  },
  { name: "seed", value: "N", meaning: "Exactly this seed" },
  { name: "epochs", value: "N", meaning: "Passes over Training, as --set epochs=N" },
  {
    name: "set",
    value: "NAME=VALUE",
    meaning: "A hyper-parameter for all variants; may be repeated",
  },
  { name: "variants", value: "A,B", meaning: "Only these variants (all)" },
  { name: "faces", value: "N", meaning: "Synthetic Training faces (by the preset)" },
  { name: "out", value: "DIR", meaning: "Where results go (reports/own)" },
  { name: "fresh", meaning: "Run everything again, also what is already done" },
  { name: "resume", meaning: "Only go on with what was begun; without it, both is done" },
  {
    name: "threads",
    value: "N",
    meaning: "Threads; the count changes the last digits (all cores)",
  },
  { name: "eager", meaning: "Train op by op instead of as one traced graph" },
  { name: "detect-anomalies", meaning: "Where training diverges, name the layer (slow)" },
  { name: "skip-bad", meaning: "Skip bad images and list them in the report" },
  {
    name: "split",
    value: "A/B/C",
    meaning: "Draw Training/PublicTest/PrivateTest, in percent, from class folders",
  },
  { name: "follow-links", meaning: "Follow links that lead out of the data's folder" },
  { name: "show", meaning: "In the end open the figures, or tell the command that does" },
  { name: "quiet", meaning: "Print errors only" },
  { name: "help", meaning: "Print this" },
];

/** The most synthetic Training faces. */
export const MOST_FACES = 1_000_000;

/**
 * Reads an experiment's command line.
 *
 * @param args Usually `Deno.args`.
 * @throws {UsageError} For anything that can't be understood; says what was expected.
 */
export function parseExperimentArgs(
  args: readonly string[],
  options: ParseExperimentOptions,
): ExperimentRequest {
  // They would break the one line of a message, and the command of a report.
  if (args.some((argument) => /\p{Cc}/u.test(argument))) {
    throw new UsageError("The command line holds a line feed or another control character");
  }
  const parsed = parseArgs(args, {
    boolean: FLAGS.filter((flag) => !flag.value).map((flag) => flag.name),
    string: FLAGS.filter((flag) => flag.value && flag.name !== "set").map((flag) => flag.name),
    collect: ["set"],
    alias: { h: "help", q: "quiet" },
  });
  const help = parsed.boolean["help"]!;
  return resolve(help ? parseArgs([], {}) : parsed, options, help);
}

function resolve(
  parsed: ParsedArgs,
  { experiment, base, cores = navigator.hardwareConcurrency }: ParseExperimentOptions,
  help: boolean,
): ExperimentRequest {
  refuseUnknown(parsed);
  const { boolean, string } = parsed;
  const on = (name: string) => boolean[name] === true;
  refuseTogether("--fresh", on("fresh"), "--resume", on("resume"));
  refuseTogether("--seed", "seed" in string, "--seeds", "seeds" in string);
  refuseTogether("--data", "data" in string, "--faces", "faces" in string);

  const dataFlag = text(string, "data");
  const data = dataFlag === undefined ? null : userPath(dataFlag);
  const outFlag = text(string, "out");
  const shares = text(string, "split");
  const split = shares === undefined ? null : parseShares(shares);
  if (data === null && (split !== null || on("follow-links"))) {
    throw new UsageError(
      `--${split !== null ? "split" : "follow-links"} needs --data: synthetic faces are no files`,
    );
  }
  const preset = presetName(text(string, "preset")) ?? defaultPreset(data !== null);
  const seed = wholeFlag(string, "seed", 0, Number.MAX_SAFE_INTEGER);
  const seeds = seed !== undefined ? [seed] : parseSeeds(text(string, "seeds") ?? "1");
  const faces = wholeFlag(string, "faces", FEWEST_FACES, MOST_FACES);
  const threads = wholeFlag(string, "threads", 1, cores);
  const chosen = text(string, "variants");
  const variants = chosen === undefined ? null : variantNames(chosen, experiment);
  const own = ownSettings(string, parsed.collect["set"] ?? []);
  const presetEpochs: number | undefined = (PRESETS[preset] as { epochs?: number }).epochs;
  const settings: Partial<Configuration> = {
    ...presetEpochs === undefined ? {} : { epochs: presetEpochs },
    ...own,
  };

  const words = ["deno", "task", `exp:${experiment.name}`];
  if (data !== null) words.push("--data", basename(data) || "/");
  if (preset !== defaultPreset(data !== null)) words.push("--preset", preset);
  if (faces !== undefined) words.push("--faces", String(faces));
  words.push("--seeds", formatSeeds(seeds));
  if (variants !== null) words.push("--variants", variants.join(","));
  for (const name of PARAMETERS.filter((name) => name in own)) {
    if (name === "epochs") words.push("--epochs", String(own.epochs));
    else words.push("--set", `${name}=${formatValue(own[name]!)}`);
  }
  if (threads !== undefined) words.push("--threads", String(threads));
  if (on("eager")) words.push("--eager");
  if (on("skip-bad")) words.push("--skip-bad");
  if (split !== null) words.push("--split", formatShares(split));
  if (on("follow-links")) words.push("--follow-links");

  return {
    help,
    data,
    faces: data !== null ? null : faces !== undefined ? faceCounts(faces) : PRESETS[preset].faces,
    seeds,
    preset,
    settings,
    variants,
    out: outFlag === undefined ? OWN_RESULTS : userPath(outFlag),
    fresh: on("fresh"),
    resume: on("resume"),
    detectAnomalies: on("detect-anomalies"),
    threads: threads ?? cores,
    eager: on("eager"),
    skipBad: on("skip-bad"),
    split,
    followLinks: on("follow-links"),
    show: on("show"),
    quiet: on("quiet"),
    command: words.map(quoteForShell).join(" "),
    configure: (variant = {}) => checkConfiguration({ ...base, ...variant, ...settings }),
  };
}

/**
 * Reads `--seeds`: `3` for the first three of {@linkcode SEEDS}, `7,8` for these, `7,` for 7 alone.
 *
 * @throws {UsageError} For no list of different whole numbers, or more than there are.
 */
export function parseSeeds(text: string): number[] {
  const count = parseWhole(text.trim(), 1, SEEDS.length);
  if (count !== undefined) return SEEDS.slice(0, count);
  const parts = text.trim().replace(/,$/, "").split(",");
  const seeds = parts.map((part) => parseWhole(part.trim(), 0, Number.MAX_SAFE_INTEGER));
  if (!text.includes(",") || seeds.includes(undefined)) {
    throw new UsageError(
      `--seeds must be a list such as 1,2,3, or a number from 1 to ${SEEDS.length} for the first so ` +
        `many, not "${text}" (one seed alone: --seed 7)`,
    );
  }
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) < i);
  if (twice !== undefined) throw new UsageError(`--seeds names ${twice} twice`);
  return seeds as number[];
}

/** Writes seeds so that {@linkcode parseSeeds} reads the same. */
export function formatSeeds(seeds: readonly number[]): string {
  const [only] = seeds;
  return seeds.length === 1 && only !== 1 ? `${only},` : seeds.join(",");
}

/** The text of a flag, nothing where it was not given. */
function text(given: ParsedArgs["string"], name: string): string | undefined {
  const value = given[name];
  if (value !== undefined && value.trim() === "") {
    const flag = FLAGS.find((flag) => flag.name === name)!;
    throw new UsageError(`--${name} needs a value: --${name} ${flag.value}`);
  }
  return value;
}

function wholeFlag(
  given: ParsedArgs["string"],
  name: string,
  minimum: number,
  maximum: number,
): number | undefined {
  const written = text(given, name);
  if (written === undefined) return undefined;
  const value = parseWhole(written, minimum, maximum);
  if (value === undefined) {
    const range = minimum === maximum
      ? `${minimum}`
      : `a whole number from ${minimum} to ${maximum}`;
    throw new UsageError(`--${name} must be ${range}, not "${written}"`);
  }
  return value;
}

function presetName(written: string | undefined): PresetName | undefined {
  if (written === undefined) return undefined;
  const found = PRESET_NAMES.find((name) => name === written);
  if (!found) {
    throw new UsageError(`Unknown preset "${written}": ${didYouMean(written, PRESET_NAMES)}`);
  }
  return found;
}

function variantNames(written: string, { name, variants = [] }: ExperimentDescription): string[] {
  const known = variants.map((variant) => variant.name);
  const asked = written.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (asked.length === 0) throw new UsageError(`--variants needs names: ${known.join(", ")}`);
  for (const variant of asked) {
    if (!known.includes(variant)) {
      throw new UsageError(
        `Unknown variant "${variant}" of ${name}: ${didYouMean(variant, known)}`,
      );
    }
  }
  // In the experiment's order, each once.
  return known.filter((variant) => asked.includes(variant));
}

/** What `--epochs` and `--set` ask for. */
function ownSettings(
  given: ParsedArgs["string"],
  settings: readonly string[],
): Partial<Configuration> {
  const own = new Map<string, unknown>();
  const epochs = text(given, "epochs");
  const written = epochs === undefined ? settings : [`epochs=${epochs}`, ...settings];
  for (const setting of written) {
    const { name, value } = parseSetting(setting);
    if (own.has(name)) throw new UsageError(`"${name}" is set twice: leave one of them out`);
    own.set(name, value);
  }
  return Object.fromEntries(own) as Partial<Configuration>;
}

function refuseUnknown({ unknown, rest }: ParsedArgs): void {
  const [flag] = unknown;
  if (flag !== undefined) {
    const name = flag.replace(/^-+/, "").replace(/=[^]*$/, "");
    const names = FLAGS.map((known) => known.name);
    const parameter = nearest(name, names) === undefined ? nearest(name, PARAMETERS) : undefined;
    throw new UsageError(
      parameter !== undefined
        ? `Unknown flag "${flag}": hyper-parameters are set with --set ${parameter}=...`
        : `Unknown flag "${flag}": ${
          nearest(name, names) ? `did you mean "--${nearest(name, names)}"?` : "--help lists them"
        }`,
    );
  }
  const [word] = rest;
  if (word !== undefined) {
    const isSetting = PARAMETERS.some((name) => word.startsWith(`${name}=`));
    throw new UsageError(
      `Unexpected "${word}": ${
        isSetting ? `did you mean --set "${word}"?` : "--help lists the flags"
      }`,
    );
  }
}

function refuseTogether(a: string, hasA: boolean, b: string, hasB: boolean): void {
  if (hasA && hasB) {
    throw new UsageError(`${a} and ${b} contradict each other: leave one of them out`);
  }
}

/** A word as a POSIX shell reads it back. */
function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * An experiment's `--help`, at most 100 columns wide.
 *
 * @param options The experiment and the configuration whose values are shown as defaults.
 */
export function helpText({ experiment, base }: ParseExperimentOptions): string {
  const task = `deno task exp:${experiment.name}`;
  const variants = experiment.variants ?? [];
  const flags = FLAGS.filter(({ name }) => name !== "variants" || variants.length > 0);
  const flag = ({ name, value }: Flag) => `--${name}${value ? ` ${value}` : ""}`;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
  return [
    ...wrap(experiment.title),
    ...wrap(experiment.question),
    "",
    `Usage: ${task} [flags]`,
    ...section("Flags", table(flags.map((one) => [flag(one), one.meaning]))),
    ...section(
      "Presets",
      table(PRESET_NAMES.map((name) => {
        const { faces, meaning } = PRESETS[name];
        const epochs = (PRESETS[name] as { epochs?: number }).epochs ?? base.epochs;
        return [name, `${meaning} (${epochs} epochs; ${faces.Training} synthetic faces)`];
      })),
    ),
    ...section(
      "Variants",
      table(variants.map(({ name, description = "" }) => [name, description])),
    ),
    ...section(
      "Hyper-parameters, for --set",
      table(PARAMETERS.map((name) => [
        `${name}=${formatValue(base[name])}`,
        PARAMETER_TEXTS[name].meaning,
      ])),
    ),
    ...section("Examples", [
      `${task} --preset smoke`,
      `${task} --data data/fer2013.zip --seeds 3`,
      `${task} --epochs 5 --set filters=16,32,64 --set "schedule=cosine(2)"`,
    ]),
    "",
    ...wrap(
      "A hyper-parameter has the value of the last of these that names it: the baseline, the " +
        "variant, the preset, --epochs and --set.",
    ),
  ].join("\n");
}

const HELP_COLUMNS = 100;

/** Two columns, the second wrapped. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(46, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, HELP_COLUMNS - width - 4);
    const below = left.length > width;
    return [
      ...below ? [left] : [],
      ...lines.map((line, i) => `${(i > 0 || below ? "" : left).padEnd(width)}  ${line}`.trimEnd()),
    ];
  });
}

/** Words in lines of at most so many characters. */
function wrap(text: string, columns: number = HELP_COLUMNS): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
