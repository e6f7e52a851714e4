/**
 * Checks records and reports against their published schemas (JSON Schema 2020-12, in `schema/`).
 *
 * @module
 */

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { canonicalJson, type KeyOrder } from "./canonical.ts";
import type {
  ComparisonReport,
  EnsembleReport,
  ExperimentReport,
  ReportFacts,
  RunFacts,
  RunRecord,
} from "./record.ts";
import bundle from "./schema/bundle.v1.json" with { type: "json" };

/** What the validating functions need besides the value. */
export interface ValidateOptions {
  /** The file, for the error message. */
  readonly file: string;
}

/** What files of ours hold, by what they say they are. */
interface Files {
  readonly "fer-lab/run-record": RunRecord;
  readonly "fer-lab/run-facts": RunFacts;
  readonly "fer-lab/report": ExperimentReport;
  readonly "fer-lab/report-facts": ReportFacts;
  readonly "fer-lab/comparison": ComparisonReport;
  readonly "fer-lab/ensemble": EnsembleReport;
}

/** What a file of ours says it is. */
export type Kind = keyof Files;

const { common: _, ...files } = bundle.$defs;

/** The schemas by the `kind` of what they describe. */
const SCHEMAS = Object.fromEntries(
  Object.values(files).map((schema) => [schema.properties.kind.const, schema]),
) as Readonly<Record<Kind, typeof files[keyof typeof files]>>;

// Compiled at the first use: a command that reads no report should not wait for it.
let compiled: Ajv2020 | undefined;

function ajv(): Ajv2020 {
  return compiled ??= new Ajv2020({
    allowUnionTypes: true,
    schemas: Object.values(bundle.$defs),
  });
}

function validator(kind: Kind): ValidateFunction {
  return ajv().getSchema(SCHEMAS[kind].$id)!;
}

/**
 * Checks a run's record.
 *
 * @throws {UserError} One line with the file, the first wrong place in it and what is wrong there.
 */
export function validateRecord(json: unknown, options: ValidateOptions): RunRecord {
  const record = validate("fer-lab/run-record", json, options);
  refuseControls(record, options.file);
  refuseOtherClasses(record, formOf(record.dataset).classes, options.file);
  return record;
}

/** Checks a run's facts; see {@linkcode validateRecord}. */
export function validateFacts(json: unknown, options: ValidateOptions): RunFacts {
  return validate("fer-lab/run-facts", json, options);
}

/** Checks an experiment's report; see {@linkcode validateRecord}. */
export function validateReport(json: unknown, options: ValidateOptions): ExperimentReport {
  const report = validate("fer-lab/report", json, options);
  refuseControls(report, options.file);
  // What a schema cannot say, and every reader relies on.
  refuseOtherClasses(report, formOf(report.dataset).classes, options.file);
  if (!report.variants.some(({ name }) => name === report.baseline)) {
    throw new UserError(`${options.file}: /baseline must be the name of one of /variants`);
  }
  report.contrasts?.forEach(({ variant, against }, i) => {
    if ([variant, against].every((name) => report.variants.some((v) => v.name === name))) return;
    throw new UserError(
      `${options.file}: /contrasts/${i} must have the names of two of /variants`,
    );
  });
  return report;
}

/** Checks the facts beside an experiment's report; see {@linkcode validateRecord}. */
export function validateReportFacts(json: unknown, options: ValidateOptions): ReportFacts {
  return validate("fer-lab/report-facts", json, options);
}

/** What a parsed file says it is, or undefined where it is none of ours. */
export function kindOf(json: unknown): Kind | undefined {
  const kind = (json as { kind?: unknown } | null)?.kind;
  return typeof kind === "string" && Object.hasOwn(SCHEMAS, kind) ? kind as Kind : undefined;
}

/**
 * Writes a checked value as canonical JSON, keys in the schema's order.
 *
 * @throws {UserError} Where the value does not follow its schema, or holds NaN or an infinity.
 */
export function formatChecked(kind: Kind, value: unknown, { file }: ValidateOptions): string {
  // Numbers first: to the schema NaN is just "not a number", which helps nobody.
  let text: string;
  try {
    text = canonicalJson(value, { schema: SCHEMAS[kind] as KeyOrder, resolve });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${file}: ${error.message}: nothing was written`, { cause: error });
  }
  validate(kind, value, { file });
  return text;
}

function validate<K extends Kind>(kind: K, json: unknown, { file }: ValidateOptions): Files[K] {
  const name = kind.replace("fer-lab/", "").replace("-", " ");
  const found = kindOf(json);
  if (found !== kind) {
    const what = found === undefined ? "no file of FER Lab" : `a ${found.replace("fer-lab/", "")}`;
    throw new UserError(`${file}: Not a ${name} but ${what} (/kind must be "${kind}")`);
  }
  const { version } = json as { version?: unknown };
  const known = SCHEMAS[kind].properties.version.const;
  if (version !== known) {
    throw new UserError(
      `${file}: Version ${
        JSON.stringify(version)
      } of a ${name} at /version, but this FER Lab reads ` +
        `version ${known}: use the FER Lab that wrote it, or run the experiment again`,
    );
  }
  const check = validator(kind);
  if (!check(json)) throw new UserError(`${file}: ${describe(check.errors![0]!)}`);
  return json as Files[K];
}

/** Names and texts are printed: none may hold what a terminal takes for a command. */
function refuseControls(json: unknown, file: string, place = ""): void {
  // deno-lint-ignore no-control-regex
  if (typeof json === "string" && /[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(json)) {
    throw new UserError(`${file}: ${place} holds a control character`);
  }
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json)) refuseControls(value, file, `${place}/${key}`);
}

/**
 * Refuses scores and counts of other classes than those the data set has: wherever in the file they
 * are, they are known by their names.
 */
function refuseOtherClasses(
  json: unknown,
  classes: readonly string[],
  file: string,
  place = "",
): void {
  if (typeof json !== "object" || json === null) return;
  const refuse = (key: string, what = "name"): never => {
    throw new UserError(
      `${file}: ${place}/${key} must ${what} the data set's classes: ${classes.join(", ")}`,
    );
  };
  const isAll = (names: readonly unknown[]) =>
    names.length === classes.length && classes.every((name) => names.includes(name));
  for (const [key, value] of Object.entries(json)) {
    const list = Array.isArray(value) ? value : [];
    if (key === "counts") {
      for (const [split, counts] of Object.entries(value)) {
        if (!isAll(Object.keys(counts as object))) refuse(`counts/${split}`);
      }
    } else if (key === "trainedOn") {
      if (!isAll(Object.keys(value))) refuse(key);
    } else if (key === "confusion") {
      const fits = [list, ...list].every((row) => row.length === classes.length);
      if (!fits) refuse(key, "have a row and a column for each of");
    } else if (key === "perClass" || key === "classes" && place !== "/dataset") {
      const names = list.map(({ name, emotion }) => name ?? emotion);
      if (names.join() !== classes.join()) refuse(key);
    } else refuseOtherClasses(value, classes, file, `${place}/${key}`);
  }
}

function describe({ instancePath, keyword, params, message }: ErrorObject): string {
  const place = instancePath === "" ? "/" : instancePath;
  const p = params as Record<string, unknown>;
  switch (keyword) {
    case "additionalProperties":
      return `${place} has the unknown key "${p.additionalProperty}"`;
    case "required":
      return `${place} lacks the key "${p.missingProperty}"`;
    case "enum":
      return `${place} must be one of ${(p.allowedValues as unknown[]).join(", ")}`;
    case "const":
      return `${place} must be ${JSON.stringify(p.allowedValue)}`;
    case "not":
      // The only such rule: what is told only where it says something that is new.
      return `${place} has its default, and is left out then`;
    default:
      return `${place} ${message ?? "does not follow the schema"}`;
  }
}

/** What a reference points to; it has the `$id` of the schema that it means, which may be its own. */
function resolve(ref: string): KeyOrder {
  const [id, pointer = ""] = ref.split("#");
  const schema = Object.values(bundle.$defs).find(({ $id }) => $id === id);
  const found = pointer.split("/").filter(Boolean)
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], schema);
  if (found === undefined) throw new Error(`A schema refers to ${ref}, which does not exist`);
  return found as KeyOrder;
}
