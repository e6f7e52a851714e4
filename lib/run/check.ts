/**
 * Mistakes in an experiment's file, told before anything is run: what is wrong, in which line, and what
 * to do. Deno checks no types when it runs a file, and a hyper-parameter with a letter wrong would else
 * be left out without a word.
 *
 * @module
 */

import { UsageError, UserError } from "../error.ts";
import { BASELINE } from "../configuration.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { didYouMean } from "../nearest.ts";
import { checkConfiguration, checkSetting } from "../parameter.ts";
import { shownPath } from "../paths.ts";
import { list } from "../text.ts";
import { experimentFile, SourceText } from "./source_text.ts";

/** Something wrong, and where that is looked for: the line, or nothing where it is not found. */
interface Mistake {
  readonly message: string;
  readonly line: (source: SourceText) => number | undefined;
}

/** How an experiment is called: also its task, its folder of results and the start of its file. */
export const EXPERIMENT_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The properties of an experiment, and which of them are texts that must be there. */
const TEXTS = ["name", "title", "question", "hypothesis", "expected"] as const;
const PROPERTIES = keysOf<Experiment>({
  ...{ name: 0, title: 0, question: 0, hypothesis: 0, expected: 0, notes: 0 },
  ...{ variants: 0, contrasts: 0, bundled: 0 },
});
const VARIANT_PROPERTIES = keysOf<Variant>({ name: 0, description: 0, changes: 0, control: 0 });
const CONTRAST_PROPERTIES = ["variant", "against"];

/** The names of a type's properties; not compiled where one is missing. */
function keysOf<Type>(keys: Readonly<Record<keyof Required<Type>, 0>>): string[] {
  return Object.keys(keys);
}

/**
 * Refuses an experiment with a mistake in it.
 *
 * @param experiment As its file has it.
 * @param options `file`: where it stands, where that is not the file that runs or the one of its task.
 * @throws {UserError} For the first mistake, with the file and the line where they are found.
 */
export async function checkExperiment(
  experiment: Experiment,
  { file }: { readonly file?: string } = {},
): Promise<void> {
  const mistake = mistakeIn(experiment);
  if (mistake) throw await located(mistake, file ?? await experimentFile(experiment?.name));
}

/**
 * Refuses variants that cannot be configured so, though the command line alone can.
 *
 * @param configure See `ExperimentRequest`.
 * @throws {UserError} For a variant whose changes do not fit each other, with the line.
 * @throws {UsageError} Where the command line is what does not fit.
 */
export async function checkVariants(
  experiment: Experiment,
  variants: readonly Variant[],
  configure: (changes?: Variant["changes"]) => unknown,
): Promise<void> {
  for (const variant of variants) {
    try {
      configure(variant.changes);
    } catch (error) {
      // What no variant does wrong, the command line does: that says so itself.
      if (!(error instanceof UsageError) || !fits(variant.changes, error)) throw error;
      const at = experiment.variants.indexOf(variant);
      throw await located({
        message: `Variant "${variant.name}": ${error.message}`,
        line: (source) => source.variant(namesOf(experiment), at),
      }, await experimentFile(experiment.name));
    }
  }
}

/** Whether a variant cannot be, whatever the command line says. */
function fits(changes: Variant["changes"], error: UsageError): boolean {
  try {
    checkConfiguration({ ...BASELINE, ...changes });
    return false;
  } catch (own) {
    return own instanceof UsageError && own.message === error.message;
  }
}

async function located({ message, line }: Mistake, file: string | undefined): Promise<UserError> {
  if (file === undefined) return new UserError(message);
  const source = await SourceText.read(file);
  const at = source && line(source);
  return new UserError(`${shownPath(file)}${at === undefined ? "" : `:${at}`}: ${message}`);
}

/** The first mistake of an experiment. Nothing is taken for granted: no types were checked. */
function mistakeIn(experiment: Experiment): Mistake | undefined {
  if (!isObject(experiment)) {
    return {
      message: `An experiment is an object with ${list(PROPERTIES)}`,
      line: () => undefined,
    };
  }
  return unknownProperty(experiment, PROPERTIES, "An experiment") ??
    wrongText(experiment) ?? wrongVariants(experiment) ?? wrongContrasts(experiment);
}

function wrongText(experiment: Experiment): Mistake | undefined {
  for (const key of TEXTS) {
    const value: unknown = experiment[key];
    if (typeof value !== "string" || value.trim() === "") {
      return {
        message: value === undefined
          ? `The experiment has no "${key}": add ${key}: "..."`
          : `"${key}" must be a text, not ${shown(value)}`,
        line: (source) => source.key(key),
      };
    }
  }
  const notes: unknown = experiment.notes ?? [];
  if (!Array.isArray(notes) || !notes.every((each) => typeof each === "string")) {
    return {
      message: `"notes" must be a list of texts, not ${shown(notes)}`,
      line: (source) => source.key("notes"),
    };
  }
  const { name } = experiment;
  if (EXPERIMENT_NAME.test(name)) return undefined;
  return {
    message:
      `The experiment's name "${name}" must be of small letters, digits and hyphens, as that ` +
      "of its task: lr-schedule for exp:lr-schedule",
    line: (source) => source.key("name"),
  };
}

function wrongVariants(experiment: Experiment): Mistake | undefined {
  const variants: unknown = experiment.variants;
  if (!Array.isArray(variants) || variants.length === 0) {
    return {
      message:
        "The experiment has no variant: variants are a list, the first of them what the others " +
        'are compared with: { name: "baseline", description: "...", changes: {} }',
      line: (source) => source.key("variants"),
    };
  }
  const names = namesOf(experiment);
  for (const [i, variant] of variants.entries()) {
    const trouble = variantTrouble(variant, i);
    if (trouble) {
      const { message, key } = trouble;
      return { message, line: (source) => source.variant(names, i, key) };
    }
    const same = names.indexOf(variant.name);
    if (same < i) {
      return {
        message: `Two variants are called "${variant.name}": give each a name of its own`,
        line: (source) => source.variant(names, i),
      };
    }
  }
  return equalVariants(experiment);
}

function variantTrouble(
  variant: unknown,
  index: number,
): { readonly message: string; readonly key?: string } | undefined {
  const place = `Variant ${index + 1}`;
  if (!isObject(variant)) {
    return { message: `${place} must be { name, description, changes }, not ${shown(variant)}` };
  }
  const { name, description, changes, control } = variant;
  if (typeof name !== "string" || !/^[^\s,#]+( [^\s,#]+)*$/.test(name)) {
    return {
      message: `${place} must have a name without comma, # and spaces around it, such as ` +
        `name: "dense-0.5"${name === undefined ? "" : `, not ${shown(name)}`}`,
    };
  }
  const what = `Variant "${name}"`;
  const unknown = unknownProperty(variant, VARIANT_PROPERTIES, what);
  const key = Object.keys(variant).find((each) => !VARIANT_PROPERTIES.includes(each));
  if (unknown) return { message: unknown.message, ...key === undefined ? {} : { key } };
  if (typeof description !== "string" || description.trim() === "") {
    return {
      message: `${what} must have a description, a text: description: "..."`,
      key: "description",
    };
  }
  if (!isObject(changes)) {
    return {
      message:
        `${what} must have changes of the baseline: changes: { denseDropout: 0.5 }, or {} for ` +
        "the baseline itself",
      key: "changes",
    };
  }
  if (control !== undefined && control !== true) {
    return { message: `${what}: control is true or left out`, key: "control" };
  }
  for (const [parameter, value] of Object.entries(changes)) {
    try {
      checkSetting(parameter, value);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { message: `${what}: ${error.message}`, key: parameter };
    }
  }
  return undefined;
}

/** Copied, and then not changed: they would be one run under two names. */
function equalVariants(experiment: Experiment): Mistake | undefined {
  const seen = new Map<string, string>();
  for (const [i, { name, changes }] of experiment.variants.entries()) {
    let text: string;
    try {
      text = JSON.stringify(checkConfiguration({ ...BASELINE, ...changes }));
    } catch (error) {
      // Changes that do not fit each other, or only the data of the command line: told later.
      if (error instanceof UsageError) continue;
      throw error;
    }
    const other = seen.get(text);
    if (other !== undefined) {
      return {
        message: `Variants "${other}" and "${name}" are the same network, trained alike: let one ` +
          "change something else",
        line: (source) => source.variant(namesOf(experiment), i),
      };
    }
    seen.set(text, name);
  }
  return undefined;
}

function wrongContrasts(experiment: Experiment): Mistake | undefined {
  const contrasts: unknown = experiment.contrasts ?? [];
  const line = (source: SourceText) => source.key("contrasts");
  if (!Array.isArray(contrasts)) return { message: '"contrasts" must be a list', line };
  const names = namesOf(experiment);
  for (const contrast of contrasts as unknown[]) {
    if (!isObject(contrast)) {
      return { message: `A contrast is { variant, against }, not ${shown(contrast)}`, line };
    }
    const unknown = unknownProperty(contrast, CONTRAST_PROPERTIES, "A contrast");
    if (unknown) return unknown;
    for (const key of CONTRAST_PROPERTIES) {
      const name = contrast[key];
      if (typeof name === "string" && names.includes(name)) continue;
      return {
        message: typeof name === "string"
          ? `A contrast names the variant "${name}", which there is not: ${didYouMean(name, names)}`
          : `A contrast must name a variant with ${key}: "..."`,
        line: (source) => source.contrast(String(name)) ?? line(source),
      };
    }
    if (contrast["variant"] === contrast["against"]) {
      return {
        message: `A contrast of "${contrast["variant"]}" with itself: name two variants`,
        line: (source) => source.contrast(String(contrast["variant"])) ?? line(source),
      };
    }
  }
  return undefined;
}

function unknownProperty(
  value: object,
  properties: readonly string[],
  what: string,
): Mistake | undefined {
  const key = Object.keys(value).find((each) => !properties.includes(each));
  if (key === undefined) return undefined;
  return {
    message: `${what} has no "${key}": ${didYouMean(key, properties)}`,
    line: (source) => source.key(key),
  };
}

function namesOf({ variants }: Experiment): string[] {
  return variants.map((variant) => String(variant?.name));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
