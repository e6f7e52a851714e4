/**
 * Which of the runs on disk somebody means: by name, by what they are, and in what order.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import {
  type Configuration,
  formatValue,
  PARAMETERS,
  wholeConfiguration,
} from "../configuration.ts";
import { shortDigest } from "../digest.ts";
import { UsageError, UserError } from "../error.ts";
import { isFolder } from "../file.ts";
import { didYouMean } from "../nearest.ts";
import { parseSetting } from "../parameter.ts";
import { userPath } from "../paths.ts";
import { findResults, isCommitted } from "../report/folders.ts";
import { readPlan } from "./plan_file.ts";
import { type ListedRun, listRuns, resultsFolders, STANDINGS } from "./runs.ts";
import { isDigest, runsIn, seedOf } from "./state.ts";

/** What a run is called: the beginning of its digest, and its seed; such as `0301c9b/1`. */
export function runName({ digest, seed }: Pick<ListedRun, "digest" | "seed">): string {
  return `${shortDigest(digest)}/${seed}`;
}

/** The experiment of what a run is planned as: `dropout` of `dropout#none`. */
export function experimentOf(planned: string): string {
  return planned.replace(/#.*$/, "");
}

/** Some runs that were named. */
interface NamedRuns {
  readonly typed: string;
  /** Where they lie. */
  readonly results: readonly string[];
  readonly includes: (run: Pick<ListedRun, "folder" | "digest" | "seed">) => boolean;
}

/**
 * The runs that are named, all where none is.
 *
 * @param words Each a run's name (`0301c9b/1`, or `0301c9b` for all its seeds), or the folder of a run, a
 *   report or a data set's results.
 * @param options As for `listRuns`.
 * @throws {UserError} Where a name names nothing.
 */
export async function findRuns(
  words: readonly string[],
  options: Parameters<typeof listRuns>[1] = {},
): Promise<ListedRun[]> {
  if (words.length === 0) return await listRuns(await resultsFolders(), options);
  const named = await Promise.all(words.map(nameRuns));
  const results = [...new Set(named.flatMap((each) => each.results))];
  const runs = await listRuns(results, options);
  const empty = named.find(({ includes }) => !runs.some(includes));
  if (empty && options.wanted === undefined) {
    throw new UserError(
      `${empty.typed}: No run of that name: deno task runs without a name lists all of them`,
    );
  }
  return runs.filter((run) => named.some(({ includes }) => includes(run)));
}

async function nameRuns(typed: string): Promise<NamedRuns> {
  const [, start, seed] = /^([0-9a-f]{4,16})(?:\/(-?\d+))?$/.exec(typed) ?? [];
  if (start !== undefined) {
    return {
      typed,
      results: await resultsFolders(),
      includes: (run) =>
        run.digest.startsWith(start) && (seed === undefined || run.seed === Number(seed)),
    };
  }
  const missing = "Neither a run's name, such as 0301c9b/1, nor a folder of runs or of a report";
  const path = await findResults(userPath(typed), typed, { missing });
  if (!await isFolder(path)) throw new UserError(`${typed}: ${missing}`);
  const [parent, above] = [dirname(path), dirname(dirname(path))];
  if (seedOf(basename(path)) !== undefined && runsIn(dirname(above)) === above) {
    return { typed, results: [dirname(above)], includes: ({ folder }) => folder === path };
  }
  if (runsIn(above) === parent && isDigest(basename(path))) {
    return { typed, results: [above], includes: ({ folder }) => dirname(folder) === path };
  }
  if (await isFolder(runsIn(path))) {
    return { typed, results: [path], includes: ({ folder }) => isWithin(folder, path) };
  }
  const plan = await readPlan(path);
  if (plan) {
    return {
      typed,
      results: [parent],
      includes: ({ folder, digest, seed }) =>
        isWithin(folder, parent) && plan.seeds.includes(seed) &&
        plan.variants.some((variant) => variant.digest === digest),
    };
  }
  const results = await resultsFolders([path]);
  return { typed, results, includes: ({ folder }) => results.some((one) => isWithin(folder, one)) };
}

function isWithin(folder: string, results: string): boolean {
  return folder.startsWith(join(runsIn(results), "/"));
}

// --------------------------------------------------------------------------------------- conditions

/** What a run can be chosen by beside its hyper-parameters, and what of it is compared. */
const QUALITIES: Readonly<Record<string, (run: ListedRun) => readonly string[]>> = {
  state: ({ state }) => [state],
  data: ({ data }) => [data],
  seed: ({ seed }) => [String(seed)],
  experiment: ({ variants }) => variants.map(experimentOf),
  variant: ({ variants }) => variants.flatMap((name) => [name, name.replace(/^.*?#/, "")]),
  tag: ({ notes }) => notes.tags,
  commit: ({ git }) => git ? [git.commit, shortDigest(git.commit)] : [],
  dirty: ({ git }) => git ? [git.patch === null ? "no" : "yes"] : [],
};

/** The names that {@linkcode parseCondition} takes beside the hyper-parameters'. */
export const QUALITY_NAMES: readonly string[] = Object.keys(QUALITIES);

/** Says of a run whether it fulfils a condition. */
export type Condition = (run: ListedRun) => boolean;

/**
 * Reads `name=value` or `name!=value`: a hyper-parameter with a value as for `--set`, or one of
 * {@linkcode QUALITY_NAMES}. A run whose hyper-parameters are not known fulfils none about them.
 *
 * @throws {UsageError} For an unknown name, or a value that it cannot have.
 */
export function parseCondition(text: string): Condition {
  const [, name, not, value] = /^\s*(\w+)\s*(!?)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--where needs name=value, such as --where batchNorm=all, not "${text}"`);
  }
  const wanted = not === "";
  const quality = Object.hasOwn(QUALITIES, name) ? QUALITIES[name] : undefined;
  if (quality) {
    if (name === "state" && !STANDINGS.some((state) => state === value.trim())) {
      throw new UsageError(`--where state takes ${STANDINGS.join(", ")}, not "${value.trim()}"`);
    }
    return (run) => quality(run).includes(value.trim()) === wanted;
  }
  const parameter = hyperparameter(name, "--where", QUALITY_NAMES);
  const written = formatValue(parseSetting(`${name}=${value}`).value as Configuration["filters"]);
  return ({ configuration }) =>
    configuration !== undefined &&
    (formatValue(wholeConfiguration(configuration)[parameter]) === written) === wanted;
}

function hyperparameter(
  name: string,
  flag: string,
  others: readonly string[],
): keyof Configuration {
  const found = PARAMETERS.find((parameter) => parameter === name);
  if (found !== undefined) return found;
  const names = [...others, ...PARAMETERS];
  throw new UsageError(`${flag} does not know "${name}": ${didYouMean(name, names)}`);
}

// -------------------------------------------------------------------------------------------- order

type Key = string | number | null;

/** What runs can be put in order by, and whether the largest comes first. */
const KEYS: Readonly<Record<string, { key: (run: ListedRun) => Key; largest: boolean }>> = {
  started: { key: ({ started }) => started, largest: true },
  PublicTest: { key: ({ publicTest }) => publicTest, largest: true },
  PrivateTest: { key: ({ privateTest }) => privateTest, largest: true },
  minutes: { key: ({ seconds }) => seconds, largest: true },
  epoch: { key: ({ epoch }) => epoch, largest: true },
  state: { key: ({ state }) => state, largest: false },
  data: { key: ({ data }) => data, largest: false },
  seed: { key: ({ seed }) => seed, largest: false },
};

/** The names that {@linkcode sortRuns} takes beside the hyper-parameters'. */
export const SORT_NAMES: readonly string[] = Object.keys(KEYS);

/**
 * Puts runs in an order: the newest, most accurate or longest first, or by the alphabet or number. Those
 * of which that is not known come last.
 *
 * @param name One of {@linkcode SORT_NAMES} or a hyper-parameter; without one, those under way come first,
 *   then somebody's own, then the committed ones, each the newest first.
 * @param options `reverse`: the other way round.
 * @throws {UsageError} For an unknown name.
 */
export function sortRuns(
  runs: readonly ListedRun[],
  name: string | undefined,
  { reverse = false }: { readonly reverse?: boolean } = {},
): ListedRun[] {
  if (name === undefined) {
    const newest = sortRuns(runs, "started", { reverse });
    const sign = reverse ? -1 : 1;
    return newest.sort((a, b) => sign * (concern(a) - concern(b)));
  }
  const { key, largest } = sortKey(name);
  const sign = largest === reverse ? 1 : -1;
  return runs.map((run) => [run, key(run)] as const).sort(([, a], [, b]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });
    return sign * order;
  }).map(([run]) => run);
}

/** How near a run is to whoever asks: the less, the nearer. */
function concern({ state, folder }: ListedRun): number {
  if (state === "running") return 0;
  return isCommitted(folder) ? 2 : 1;
}

function sortKey(name: string): (typeof KEYS)[string] {
  const known = SORT_NAMES.find((each) => each.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return KEYS[known]!;
  const parameter = hyperparameter(name, "--sort", SORT_NAMES);
  const key = ({ configuration }: ListedRun) => {
    if (!configuration) return null;
    const value = wholeConfiguration(configuration)[parameter];
    return typeof value === "number" ? value : formatValue(value);
  };
  return { key, largest: false };
}
