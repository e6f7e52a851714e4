/** A folder with a report and its runs, as an experiment leaves it; for tests. */

import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { formatPredictions } from "../evaluation/predictions.ts";
import { writeFileWhole } from "../file.ts";
import { sampleSource } from "./_sample.ts";
import { buildReport, type VariantSource } from "./build.ts";
import { REPORT_FILES, RUN_FILES, writeFacts, writeRecord, writeReport } from "./files.ts";

/**
 * Writes `<folder>/<experiment>/report.json` and the runs under `<folder>/runs`.
 *
 * @returns The report's folder.
 */
export async function writeSample(
  folder: string,
  experiment: string,
  variants: readonly VariantSource[],
): Promise<string> {
  const place = join(folder, experiment);
  const written = await Promise.all(variants.map(async (variant) => ({
    ...variant,
    runs: await Promise.all(variant.runs.map(async (run) => {
      const text = formatPredictions(run.predictions);
      const predictions = sha256(text);
      const record = { ...run.record, predictions };
      const runFolder = join(place, run.folder);
      await writeFileWhole(join(runFolder, RUN_FILES.predictions), text);
      await writeRecord(join(runFolder, RUN_FILES.record), record);
      await writeFacts(join(runFolder, RUN_FILES.facts), run.facts);
      return { ...run, record };
    })),
  })));
  const source = sampleSource(written, variants[0]!.runs.map(({ record }) => record.seed));
  const report = buildReport({
    ...source,
    experiment: { ...source.experiment, name: experiment },
  }, { resamples: 100 });
  await writeReport(join(place, REPORT_FILES.report), report);
  return place;
}
