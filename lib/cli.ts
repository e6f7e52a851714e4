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
import { readCommandLine } from "./command_line.ts";
import { BASELINE, type Configuration, formatValue, PARAMETERS } from "./configuration.ts";
import { formatShares, parseShares, type SplitShares } from "./dataset/draw.ts";
import { DATA_FLAGS, dataWordsOf, parseDataFlags } from "./data_flags.ts";
import type { DataChoices } from "./dataset/choices.ts";
import { faceForm } from "./emotion.ts";
import { UsageError } from "./error.ts";
import {
  type Command,
  commandHelp,
  flag,
  parseOptions,
  path,
  text,
  texts,
  whole,
} from "./flags.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { checkConfiguration, PARAMETER_TEXTS, parseSetting } from "./parameter.ts";
import { shownPath } from "./paths.ts";
import {
  defaultPreset,
  type FaceCounts,
  faceCounts,
  FEWEST_FACES,
  PRESET_NAMES,
  type PresetName,
  PRESETS,
} from "./preset.ts";
import { isCommitted, OWN_RESULTS } from "./report/folders.ts";
import { EAGER_IS_FLOAT32 } from "./tensorflow/precision.ts";
import type { ParseArgsOptions } from "./std/parse_args.ts";
import { plural, quoteForShell } from "./text.ts";
import { parseWhole } from "./whole.ts";

/** The seeds, fixed before any run (Picard 2021); `--seeds 5` are the first five. */
export const SEEDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const CORES = navigator.hardwareConcurrency;

/** The most synthetic Training faces. */
export const MOST_FACES = 1_000_000;

/** What the command line needs to know of an experiment. */
export interface ExperimentDescription {
  /** As in `deno task exp:<name>`. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** What `--variants` can choose from. */
  readonly variants?: readonly { readonly name: string; readonly description?: string }[];
  /** The data it is about, where these come with the checkout: what runs without `--data`. */
  readonly bundled?: { readonly path: string; readonly meaning: string } | undefined;
}

/** What {@linkcode parseExperimentArgs} goes by. */
export interface ParseExperimentOptions {
  readonly experiment: ExperimentDescription;
  /** The configuration that variants differ from. */
  readonly base: Configuration;
  /** How many threads there can be (all cores). */
  readonly cores?: number;
}

/** One run of an experiment. */
export interface RunName {
  readonly variant: string;
  readonly seed: number;
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
  /** Only this run, and no report; null for all. */
  readonly only: RunName | null;
  /** Absolute path of the folder of the results. */
  readonly out: string;
  /** Run everything again, also what is already done. */
  readonly fresh: boolean;
  /** Refuse to begin: go on with what was begun. */
  readonly resume: boolean;
  /** Say which layer was the first that was not finite, where training diverges. */
  readonly detectAnomalies: boolean;
  /** Say where the time of each run goes, and write a trace of it. */
  readonly profile: boolean;
  /** Keep histograms of weights and gradients every so many epochs, null for none. */
  readonly histograms: number | null;
  readonly threads: number;
  /** Train op by op instead of as one traced graph. */
  readonly eager: boolean;
  readonly skipBad: boolean;
  /** The splits to draw from data that has none, null where it has its own. */
  readonly split: SplitShares | null;
  /** Follow links that lead out of the data's folder. */
  readonly followLinks: boolean;
  /** What is chosen of the data. */
  readonly choices: DataChoices;
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

/** Any seed; also the largest is a whole number that JSON keeps. */
const ANY_SEED = [0, Number.MAX_SAFE_INTEGER] as const;

/** What every experiment's command line can be. */
function experimentCommand({ experiment, base, cores = CORES }: ParseExperimentOptions) {
  const task = `deno task exp:${experiment.name}`;
  const variants = experiment.variants ?? [];
  return {
    name: `exp:${experiment.name}`,
    summary: `${experiment.title}\n${experiment.question}`,
    flags: {
      data: experiment.bundled
        ? path("PATH", "Data of the same form", experiment.bundled.meaning)
        : path("PATH", "FER2013 as CSV, folder or zip", "synthetic faces"),
      preset: text("NAME", "smoke, small or full", "full with --data, else small"),
      seeds: text("LIST", "1,2,3; or a number for the first so many of 1 to 10", "1"),
      seed: whole("N", "Exactly this seed", { range: ANY_SEED }),
      epochs: text("N", "Passes over Training, as --set epochs=N"),
      set: texts("NAME=VALUE", "A hyper-parameter for all variants; may be repeated"),
      variants: text("A,B", "Only these variants", "all"),
      only: text(
        "VARIANT:SEED",
        "Only this run of these, and no report (what deno task sweep starts)",
      ),
      faces: whole("N", "Synthetic Training faces", {
        range: [FEWEST_FACES, MOST_FACES],
        otherwise: "by the preset",
      }),
      out: path("DIR", "Where results go", "reports/own"),
      fresh: flag("Run everything again, also what is already done"),
      resume: flag("Only go on with what was begun; without it, both is done"),
      threads: whole("N", "Threads; the count changes the last digits", {
        range: [1, cores],
        otherwise: "all cores",
      }),
      eager: flag("Train op by op instead of as one traced graph, in float32"),
      "detect-anomalies": flag("Where training diverges, name the layer (slow)"),
      profile: flag("Tell where the time goes, and write a trace for Perfetto beside each run"),
      histograms: whole(
        "N",
        "Keep histograms of weights and gradients every N epochs, for TensorBoard",
        {
          otherwise: "none",
        },
      ),
      "skip-bad": flag("Skip bad images and list them in the report"),
      split: text("A/B/C", "Draw Training/PublicTest/PrivateTest, in percent, from class folders"),
      "follow-links": flag("Follow links that lead out of the data's folder"),
      ...DATA_FLAGS,
      show: flag("In the end open the figures, or tell the command that does"),
      quiet: flag("Print errors only"),
    },
    exclusive: [["fresh", "resume"], ["seed", "seeds"], ["data", "faces"], ["only", "show"], [
      "profile",
      "eager",
    ]],
    hint: settingMeant,
    sections: [
      {
        title: "Presets",
        rows: PRESET_NAMES.map((name) => {
          const { faces, meaning } = PRESETS[name];
          const epochs = (PRESETS[name] as { epochs?: number }).epochs ?? base.epochs;
          return [name, `${meaning} (${epochs} epochs; ${faces.Training} synthetic faces)`];
        }),
      },
      {
        title: "Variants",
        rows: variants.map(({ name, description = "" }) => [name, description]),
      },
      {
        title: "Hyper-parameters, for --set",
        rows: PARAMETERS.map((name) => [
          `${name}=${formatValue(base[name])}`,
          PARAMETER_TEXTS[name].meaning,
        ]),
      },
    ],
    examples: [
      `${task} --preset smoke`,
      `${task} --data data/fer2013.zip --seeds 3`,
      `${task} --epochs 5 --set filters=16,32,64 --set "schedule=cosine(2)"`,
    ],
    notes: [
      "A hyper-parameter has the value of the last of these that names it: the baseline, the " +
      "variant, the preset, --epochs and --set.",
    ],
  } as const satisfies Command;
}

/** The flags of every experiment, for `parseArgs()`. */
export const EXPERIMENT_FLAGS: Required<ParseArgsOptions> = parseOptions(
  experimentCommand({ experiment: { name: "<name>", title: "", question: "" }, base: BASELINE }),
);

/** Where somebody wrote a hyper-parameter as a flag, or without one: how it is set. */
function settingMeant(argument: string): string | undefined {
  if (!argument.startsWith("-")) {
    const isSetting = PARAMETERS.some((name) => argument.startsWith(`${name}=`));
    return isSetting ? `did you mean --set "${argument}"?` : undefined;
  }
  const meant = nearest(argument.replace(/^-+/, "").replace(/=[^]*$/, ""), PARAMETERS);
  return meant === undefined ? undefined : `hyper-parameters are set with --set ${meant}=...`;
}

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
  const { experiment, base, cores = CORES } = options;
  const { help, flags } = readCommandLine(args, experimentCommand(options));
  const { seed, faces, threads, eager, "skip-bad": skipBad } = flags;
  const { bundled } = experiment;
  if (bundled && faces !== undefined) throw new UsageError(`${experiment.name} draws no faces`);
  const data = flags.data ?? bundled?.path ?? null;
  const followLinks = flags["follow-links"];
  const split = flags.split === undefined ? null : parseShares(flags.split);
  if (data === null && (split !== null || followLinks)) {
    throw new UsageError(
      `--${split !== null ? "split" : "follow-links"} needs --data: synthetic faces are no files`,
    );
  }
  const out = flags.out ?? OWN_RESULTS;
  if (flags.profile) refuseCommitted(out, "--profile writes a trace");
  if (flags.histograms !== undefined) refuseCommitted(out, "--histograms writes a file");
  const choices = parseDataFlags(flags, { hasData: data !== null });
  const preset = presetName(flags.preset) ?? defaultPreset(data !== null);
  const seeds = seed !== undefined ? [seed] : parseSeeds(flags.seeds ?? "1");
  const variants = flags.variants === undefined ? null : variantNames(flags.variants, experiment);
  const own = ownSettings(flags.epochs, flags.set);
  const only = runName(flags.only, { experiment, variants, seeds });
  const presetEpochs: number | undefined = (PRESETS[preset] as { epochs?: number }).epochs;
  const settings: Partial<Configuration> = {
    ...presetEpochs === undefined ? {} : { epochs: presetEpochs },
    ...own,
  };

  const words = ["deno", "task", `exp:${experiment.name}`];
  if (data !== null && data !== bundled?.path) words.push("--data", basename(data) || "/");
  if (preset !== defaultPreset(data !== null)) words.push("--preset", preset);
  if (faces !== undefined) words.push("--faces", String(faces));
  words.push("--seeds", formatSeeds(seeds));
  if (variants !== null) words.push("--variants", variants.join(","));
  for (const name of PARAMETERS.filter((name) => name in own)) {
    if (name === "epochs") words.push("--epochs", String(own.epochs));
    else words.push("--set", `${name}=${formatValue(own[name]!)}`);
  }
  if (threads !== undefined) words.push("--threads", String(threads));
  if (eager) words.push("--eager");
  if (skipBad) words.push("--skip-bad");
  if (split !== null) words.push("--split", formatShares(split));
  if (followLinks) words.push("--follow-links");
  words.push(...dataWordsOf(choices));

  return {
    help,
    data,
    faces: data !== null ? null : faces !== undefined ? faceCounts(faces) : PRESETS[preset].faces,
    seeds,
    preset,
    settings,
    variants,
    only,
    out,
    fresh: flags.fresh,
    resume: flags.resume,
    detectAnomalies: flags["detect-anomalies"],
    profile: flags.profile,
    histograms: flags.histograms ?? null,
    threads: threads ?? cores,
    eager,
    skipBad,
    split,
    followLinks,
    choices,
    show: flags.show,
    quiet: flags.quiet,
    command: words.map(quoteForShell).join(" "),
    configure: (variant = {}) => {
      const configuration = checkConfiguration(
        { ...base, ...variant, ...settings },
        { sample: faceForm(choices.size) },
      );
      const { histograms = 1 } = flags;
      if (histograms > configuration.epochs) {
        throw new UsageError(
          `--histograms ${histograms} keeps none of ${plural(configuration.epochs, "epoch")}: ` +
            `choose at most ${configuration.epochs}`,
        );
      }
      if (eager && configuration.precision === "bfloat16") {
        throw new UsageError(`precision=bfloat16 cannot be: ${EAGER_IS_FLOAT32}`);
      }
      return configuration;
    },
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

/** Refuses to write what is no part of the results where these are committed. */
function refuseCommitted(out: string, what: string): void {
  if (!isCommitted(out)) return;
  throw new UsageError(
    `${what} beside each run, and what is in ${shownPath(out)} is for git: choose ` +
      "--out reports/own",
  );
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

/** Reads `--only`; nothing where it is not given. */
function runName(
  written: string | undefined,
  { experiment, variants, seeds }: {
    readonly experiment: ExperimentDescription;
    readonly variants: readonly string[] | null;
    readonly seeds: readonly number[];
  },
): RunName | null {
  if (written === undefined) return null;
  const known = variants ?? (experiment.variants ?? []).map(({ name }) => name);
  const [, variant, seed] = /^(.+):(\d+)$/.exec(written) ?? [];
  if (variant === undefined || !known.includes(variant) || !seeds.includes(Number(seed))) {
    throw new UsageError(
      `--only must be a variant and a seed of these runs, such as ${known[0]}:${seeds[0]}, not ` +
        `"${written}" (variants: ${known.join(", ")}; seeds: ${seeds.join(", ")})`,
    );
  }
  return { variant, seed: Number(seed) };
}

/** What `--epochs` and `--set` ask for. */
function ownSettings(
  epochs: string | undefined,
  settings: readonly string[],
): Partial<Configuration> {
  const own = new Map<string, unknown>();
  const written = epochs === undefined ? settings : [`epochs=${epochs}`, ...settings];
  for (const setting of written) {
    const { name, value } = parseSetting(setting);
    if (own.has(name)) throw new UsageError(`"${name}" is set twice: leave one of them out`);
    own.set(name, value);
  }
  return Object.fromEntries(own) as Partial<Configuration>;
}

/**
 * An experiment's `--help`.
 *
 * @param options The experiment and the configuration whose values are shown as defaults.
 */
export function helpText(options: ParseExperimentOptions): string {
  const { flags: { variants, only, ...others }, ...command } = experimentCommand(options);
  // `exp:all` has none to choose from.
  const flags = options.experiment.variants ? { ...others, variants, only } : others;
  return commandHelp({ ...command, flags });
}
