/**
 * The plan of a report on disk, beside it and there before its first run begins: with the finished runs
 * it is all that the report is made of.
 *
 * @module
 */

import { join } from "node:path";
import type { RecordedConfiguration } from "../configuration.ts";
import { UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { readJson, readReport, REPORT_FILES } from "../report/files.ts";
import type { ExperimentReport, ExperimentText, PlannedContrast } from "../report/record.ts";
import { isDigest } from "./state.ts";

/** What a report is going to be about. */
export interface ReportPlan {
  readonly experiment: ExperimentText;
  readonly preset: string;
  /** The command that makes it. */
  readonly command: string;
  /** The data set's digest. */
  readonly data: string;
  readonly seeds: readonly number[];
  /** The first is what the others are compared with. */
  readonly variants: readonly PlannedVariant[];
  readonly contrasts?: readonly PlannedContrast[];
}

/** A variant of a plan. */
export interface PlannedVariant {
  readonly name: string;
  readonly description: string;
  /** Of its runs; see `identity.ts`. */
  readonly digest: string;
  readonly configuration: RecordedConfiguration;
  readonly control?: true | undefined;
}

const FILE = "plan.json";
const KIND = { kind: "fer-lab/plan", version: 1 } as const;

/** Writes a plan into the folder of its report. */
export async function writePlan(folder: string, plan: ReportPlan): Promise<void> {
  await writeFileWhole(join(folder, FILE), JSON.stringify({ ...KIND, ...plan }, null, 2) + "\n");
}

/**
 * Reads the plan of a report; of one that has none, from before there were plans, what the report says.
 *
 * @param folder The report's.
 * @returns Nothing where there is neither.
 * @throws {UserError} Where it cannot be read.
 */
export async function readPlan(folder: string): Promise<ReportPlan | undefined> {
  const file = join(folder, FILE);
  if (await exists(file)) {
    const json = await readJson(file);
    if (isPlan(json)) return json;
    throw new UserError(`${file}: Is no plan of a report, or one of another version: remove it`);
  }
  const report = join(folder, REPORT_FILES.report);
  return await exists(report) ? planOf(await readReport(report)) : undefined;
}

/** What a report was made by. */
export function planOf(report: ExperimentReport): ReportPlan {
  const { experiment, preset, command, dataset, seeds, variants, contrasts } = report;
  return {
    ...{ experiment, preset, command, data: dataset.digest, seeds },
    variants: variants.map(({ name, description, digest, configuration, control }) => ({
      ...{ name, description, digest, configuration },
      ...control ? { control } : {},
    })),
    ...(contrasts &&
      { contrasts: contrasts.map(({ variant, against }) => ({ variant, against })) }),
  };
}

function isPlan(json: unknown): json is ReportPlan {
  const { kind, version, experiment, preset, command, data, seeds, variants, contrasts } =
    (json ?? {}) as Partial<ReportPlan & { kind: unknown; version: unknown }>;
  const texts = [preset, command, data, experiment?.name, experiment?.title, experiment?.question];
  return kind === KIND.kind && version === KIND.version &&
    [...texts, experiment?.hypothesis, experiment?.expected].every(isText) &&
    Array.isArray(seeds) && seeds.every((seed) => Number.isSafeInteger(seed)) &&
    Array.isArray(variants) && variants.length > 0 &&
    variants.every((variant: Partial<PlannedVariant> | null) =>
      isText(variant?.name) && isText(variant?.description) &&
      [undefined, true].includes(variant?.control) &&
      isDigest(`${variant?.digest}`) && typeof variant?.configuration === "object"
    ) &&
    (contrasts === undefined || Array.isArray(contrasts) &&
        contrasts.every((contrast: Partial<PlannedContrast> | null) =>
          isText(contrast?.variant) && isText(contrast?.against)
        ));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !/\p{Cc}/u.test(value);
}
