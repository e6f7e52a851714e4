/**
 * Any runs against any others: reads reports and records from where they are, refuses what cannot be
 * compared, and says what differs.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { differences, type RecordedConfiguration } from "../configuration.ts";
import { UserError } from "../error.ts";
import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { comparePaired, type PairedRuns, type PredictedRun } from "../evaluation/paired.ts";
import { exists, isFolder } from "../file.ts";
import { shownPath } from "../paths.ts";
import { groupReport, runReport, sharedDataset } from "./build.ts";
import { readCode, type SubjectCode } from "./code.ts";
import { effectsOf } from "./comparison.ts";
import { readJson, readRecord, REPORT_FILES, RUN_FILES } from "./files.ts";
import { readRecordedPredictions } from "./recorded_predictions.ts";
import type {
  Change,
  ComparisonReport,
  GroupReport,
  ReportDataset,
  RunRecord,
  RunReport,
} from "./record.ts";
import type { BuildRecord } from "../tensorflow/expected_build.ts";
import { count } from "./text.ts";
import { kindOf, validateRecord, validateReport } from "./validate.ts";

/** The runs of one configuration, as read from a report or from records. */
export interface Subject {
  readonly name: string;
  /** The file or folder it was read from. */
  readonly source: string;
  readonly digest: string;
  readonly configuration: RecordedConfiguration;
  readonly dataset: ReportDataset;
  readonly build: BuildRecord;
  /** The code that its runs were made with. */
  readonly code: SubjectCode;
  readonly runs: readonly RunReport[];
  readonly test: GroupReport;
  readonly cleanTest: GroupReport;
  /** Of each run on PrivateTest; a run whose file is missing is left out. */
  readonly predictions: readonly PredictedRun[];
}

/** What to throw for a folder that holds no report, no run and no runs of a configuration. */
export function nothingFinished(folder: string): UserError {
  return new UserError(
    `${
      shownPath(folder)
    }: Neither ${REPORT_FILES.report} nor ${RUN_FILES.record} in this folder: an ` +
      "experiment writes them once a run is finished; name a report's or a run's folder, such as " +
      "reports/fer2013/baseline",
  );
}

/**
 * Reads what a path names: a report (all its variants, or one with `#variant`), a record, or a
 * folder that holds a report, a record or one record per seed.
 *
 * @param path Such as `reports/fer2013/dropout` or `reports/fer2013/dropout#dense 0.5`.
 * @throws {UserError} Where there is nothing of that kind, or it is damaged.
 */
export async function readSubjects(path: string): Promise<Subject[]> {
  const [place, variant] = await splitVariant(path);
  const file = await findFile(place);
  if (file === undefined) {
    const records = await seedRecords(place);
    if (records.length === 0) {
      throw nothingFinished(place);
    }
    refuseVariant(place, variant);
    return [await recordSubject(place, await Promise.all(records.map(readRun)))];
  }
  const json = await readJson(file);
  if (kindOf(json) === "fer-lab/run-record") {
    refuseVariant(place, variant);
    const record = validateRecord(json, { file });
    return [await recordSubject(place, [{ record, folder: dirname(file) }])];
  }
  return await reportSubjects(file, json, variant);
}

function refuseVariant(place: string, variant: string | undefined): void {
  if (variant !== undefined) {
    throw new UserError(`${place}: A run has no variants: leave out "#${variant}"`);
  }
}

/** `reports/dropout#dense 0.5` to folder and variant; a file whose name holds `#` stays whole. */
export async function splitVariant(
  path: string,
): Promise<[place: string, variant: string | undefined]> {
  const at = path.lastIndexOf("#");
  if (at < 0 || await exists(path)) return [path, undefined];
  return [path.slice(0, at), path.slice(at + 1)];
}

export async function findFile(place: string): Promise<string | undefined> {
  if (!await exists(place)) {
    throw new UserError(`${place || "(empty path)"}: No such file or folder`);
  }
  if (!await isFolder(place)) return place;
  for (const name of [REPORT_FILES.report, RUN_FILES.record]) {
    if (await exists(join(place, name))) return join(place, name);
  }
  return undefined;
}

/** The records in a folder with one run per seed. */
export async function seedRecords(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const file = join(folder, entry.name, RUN_FILES.record);
    if (entry.isDirectory && entry.name.startsWith("seed-") && await exists(file)) files.push(file);
  }
  return files.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

async function readRun(file: string): Promise<{ record: RunRecord; folder: string }> {
  return { record: await readRecord(file), folder: dirname(file) };
}

async function recordSubject(
  source: string,
  runs: readonly { readonly record: RunRecord; readonly folder: string }[],
): Promise<Subject> {
  const records = runs.map(({ record }) => record);
  const first = records[0]!;
  const other = records.find(({ digest }) => digest !== first.digest);
  if (other) {
    throw new UserError(
      `${source}: Runs of different configurations, data or builds (${first.digest} and ` +
        `${other.digest}) in one folder: name them one by one`,
    );
  }
  const seeds = records.map(({ seed }) => seed).join(", ");
  return {
    name: `${first.digest.slice(0, 8)} seed ${seeds}`,
    source,
    digest: first.digest,
    configuration: first.configuration,
    dataset: sharedDataset(first),
    build: first.build,
    code: await readCode(runs.map(({ record: { seed }, folder }) => ({ seed, folder }))),
    runs: runs.map(({ record, folder }) => runReport(record, folder)),
    test: groupReport(records.map(({ best }) => best.test)),
    cleanTest: groupReport(records.map(({ best }) => best.cleanTest)),
    predictions: await readPredictions(
      runs.map(({ record, folder }) => ({ ...record, folder })),
      formOf(first.dataset).classes,
    ),
  };
}

async function reportSubjects(
  file: string,
  json: unknown,
  wanted: string | undefined,
): Promise<Subject[]> {
  const report = validateReport(json, { file });
  const names = report.variants.map(({ name }) => name);
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UserError(`${file}: No variant "${wanted}": it has ${names.join(", ")}`);
  }
  const variants = report.variants.filter(({ name }) => wanted === undefined || name === wanted);
  return await Promise.all(variants.map(async (variant): Promise<Subject> => ({
    name: names.length === 1
      ? report.experiment.name
      : `${report.experiment.name}: ${variant.name}`,
    source: file,
    digest: variant.digest,
    configuration: variant.configuration,
    dataset: report.dataset,
    build: report.build,
    code: await readCode(
      variant.runs.map(({ seed, folder }) => ({ seed, folder: join(dirname(file), folder) })),
    ),
    runs: variant.runs,
    test: variant.test,
    cleanTest: variant.cleanTest,
    predictions: await readPredictions(
      variant.runs.map((run) => ({ ...run, folder: join(dirname(file), run.folder) })),
      formOf(report.dataset).classes,
    ),
  })));
}

/** Reads the predictions that are there, each checked against the digest in its record. */
async function readPredictions(
  runs: readonly { readonly seed: number; readonly folder: string; readonly predictions: string }[],
  classes: readonly string[],
): Promise<PredictedRun[]> {
  const read = runs.map(async ({ seed, folder, predictions: digest }) => {
    if (!await exists(join(folder, RUN_FILES.predictions))) return [];
    const { images, groups, labels, predicted } = await readRecordedPredictions(folder, {
      ...{ digest, classes },
    });
    return [{ seed, images, groups, labels, predicted }];
  });
  return (await Promise.all(read)).flat();
}

/** How {@linkcode compareSubjects} computes. */
export interface CompareSubjectsOptions {
  /** Draws of the bootstrap (default 10,000). */
  readonly resamples?: number;
  /** Hears after each comparison how many there were. */
  readonly onCompared?: (done: number) => void;
}

/**
 * Compares subjects with the first of them.
 *
 * @param subjects Two or more.
 * @param options How often the bootstrap draws.
 * @throws {UserError} Where data or test images differ, with the reason.
 */
export function compareSubjects(
  subjects: readonly Subject[],
  { onCompared = () => {}, ...options }: CompareSubjectsOptions = {},
): ComparisonReport {
  const [first, ...others] = subjects;
  if (!first || others.length === 0) throw new RangeError("Nothing to compare with");
  for (const other of others) {
    refuseOtherData(first, other);
    refuseOtherImages(first, other);
  }
  const tests = others.map((other) => pair(first, other, options));
  const tested = tests.filter((test) => typeof test !== "string");
  const effects = effectsOf(
    tested.map((runs, i) => {
      const compared = comparePaired(runs);
      onCompared(i + 1);
      return compared;
    }),
    dataWords(first.dataset).samples,
  );
  const names = uniqueNames(subjects);
  return {
    kind: "fer-lab/comparison",
    version: 1,
    dataset: first.dataset,
    subjects: subjects.map((subject, i) => {
      const test = i === 0 ? null : tests[i - 1]!;
      return {
        name: names[i]!,
        source: subject.source,
        status: subject.runs.every(({ status }) => status === "complete")
          ? "complete"
          : "interrupted",
        digest: subject.digest,
        seeds: subject.runs.map(({ seed }) => seed),
        configuration: subject.configuration,
        changes: differences(first.configuration, subject.configuration)
          .map(({ name, a, b }) => ({
            name,
            baseline: a as Change["value"],
            value: b as Change["value"],
          })),
        build: subject.build,
        ...subject.code.length > 0 ? { code: subject.code } : {},
        test: subject.test,
        cleanTest: subject.cleanTest,
        effect: test === null || typeof test === "string" ? null : effects[tested.indexOf(test)]!,
        untested: typeof test === "string" ? test : null,
      };
    }),
  };
}

/** Leaves out subjects that hold the same runs as an earlier one, such as a shared baseline. */
export function withoutRepeats(subjects: readonly Subject[]): Subject[] {
  const identity = ({ runs }: Subject) =>
    runs.map(({ seed, best, predictions }) => `${seed} ${best.weights} ${predictions}`).join();
  const seen = new Set<string>();
  return subjects.filter((subject) => {
    const key = identity(subject);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The runs to test, or why there are none. */
function pair(
  first: Subject,
  other: Subject,
  options: Pick<CompareSubjectsOptions, "resamples">,
): PairedRuns | string {
  const without = [first, other].find(({ predictions }) => predictions.length === 0);
  if (without) return `no ${RUN_FILES.predictions} beside the records of ${without.name}`;
  const seeds = new Set(first.predictions.map(({ seed }) => seed));
  if (!other.predictions.some(({ seed }) => seeds.has(seed))) {
    return `no seed in common with ${first.name}`;
  }
  return { baseline: first.predictions, variant: other.predictions, seed: 0, ...options };
}

function refuseOtherData(first: Subject, other: Subject): void {
  const [a, b] = [first.dataset, other.dataset];
  if (a.digest === b.digest) return;
  throw new UserError(
    `Different data: ${first.name} (${first.source}) was run on ${a.name} ${
      a.digest.slice(0, 12)
    }, ` +
      `${other.name} (${other.source}) on ${b.name} ${
        b.digest.slice(0, 12)
      }: compare runs on the ` +
      "same data",
  );
}

function refuseOtherImages(first: Subject, other: Subject): void {
  const refuse = (reason: string): never => {
    throw new UserError(
      `Different test images: ${first.name} (${first.source}) and ${other.name} (${other.source}): ` +
        `${reason}: compare runs that were scored on the same images`,
    );
  };
  const [a, b] = [first.test.images, other.test.images];
  if (a !== b) refuse(`${count(a)} and ${count(b)} of them`);
  const reference = first.predictions[0];
  if (!reference) return;
  for (const run of [...first.predictions, ...other.predictions]) {
    const image = run.images!.findIndex((name, i) => name !== reference.images![i]);
    if (image >= 0 || run.images!.length !== reference.images!.length) {
      refuse(
        image >= 0
          ? `${RUN_FILES.predictions}, row ${image + 2} is image ${
            reference.images![image]
          } in one, ` +
            `${run.images![image]} in the other`
          : `${count(reference.labels.length)} and ${count(run.labels.length)} rows`,
      );
    }
    const label = run.labels.findIndex((value, i) => value !== reference.labels[i]);
    if (label >= 0) refuse(`image ${run.images![label]} has another label`);
  }
}

/** Names that differ: where two are equal, each with as much of its folder's path as tells them apart. */
function uniqueNames(subjects: readonly Subject[]): string[] {
  const folders = subjects.map(({ source }) => source.replace(/\/[^/]*\.json$/, "").split("/"));
  const withFolder = subjects.map(({ name }, i) => {
    const namesakes = folders.filter((_, j) => j !== i && subjects[j]!.name === name);
    if (namesakes.length === 0) return name;
    const end = (parts: readonly string[], length: number) => parts.slice(-length).join("/");
    const parts = folders[i]!;
    const lengths = parts.map((_, n) => n + 1);
    const enough = lengths.find((length) =>
      namesakes.every((other) => end(other, length) !== end(parts, length))
    );
    return `${name} (${end(parts, enough ?? 1)})`;
  });
  return withFolder.map((name, i) => {
    const earlier = withFolder.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name} (${earlier + 1})`;
  });
}
