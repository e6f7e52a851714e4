/**
 * Reads the runs that an ensemble is made of: their records and predictions, and nothing else.
 *
 * @module
 */

import { basename, dirname, isAbsolute, join } from "node:path";
import { shownPath } from "../paths.ts";
import type { Subject } from "../report/compare.ts";
import type { EnsembleCandidate } from "../report/ensemble.ts";
import { REPORT_FILES } from "../report/files.ts";
import { cleanMask } from "./clean_images.ts";
import { quoteForShell } from "../text.ts";
import { isScored, readScoredRun } from "./scored_run.ts";
import { resultsOf } from "./state.ts";

/** What an ensemble is built from. */
export interface EnsembleSource {
  readonly candidates: readonly EnsembleCandidate[];
  /** 1 for each image of PrivateTest that has no copy elsewhere, else 0. */
  readonly clean: Uint8Array;
}

/**
 * Reads the runs of reports or records.
 *
 * @param subjects As named on the command line, none twice.
 * @throws {UserError} Where a run has no predictions on PublicTest, or files are not what was written.
 */
export async function readEnsemble(subjects: readonly Subject[]): Promise<EnsembleSource> {
  const folders = subjects.flatMap((subject) => {
    const { name, source, runs } = subject;
    return runs.map((run) => ({
      subject,
      name: runs.length === 1 && name.endsWith(`seed ${run.seed}`)
        ? name
        : `${name}, seed ${run.seed}`,
      folder: isAbsolute(run.folder) ? run.folder : join(dirname(source), run.folder),
    }));
  });
  const scored = await Promise.all(folders.map(({ folder }) => isScored(folder)));
  const whole = folders.filter((_, i) => scored[i]);
  const instead = whole.length > 1 ? `name only those that have them: ${typedOf(whole)}` : "";
  const candidates = await Promise.all(
    folders.map(async ({ name, folder }) => ({
      name,
      ...await readScoredRun(folder, "an ensemble", { instead }),
    })),
  );
  const { record, test } = candidates[0]!;
  const results = resultsOf(folders[0]!.folder);
  return { candidates, clean: await cleanMask(results, record.dataset.digest, test.images) };
}

/** How runs are named on the command line: a variant where all of its runs are meant, else their folders. */
function typedOf(runs: readonly { readonly subject: Subject; readonly folder: string }[]): string {
  const words = [...Map.groupBy(runs, ({ subject }) => subject)].flatMap(([subject, some]) => {
    const { name, source } = subject;
    if (some.length < subject.runs.length || basename(source) !== REPORT_FILES.report) {
      return some.map(({ folder }) => shownPath(folder));
    }
    // Of a report with several variants a subject is called "deep: residual-crop".
    const [, variant] = /: (.*)$/.exec(name) ?? [];
    return [shownPath(dirname(source)) + (variant === undefined ? "" : `#${variant}`)];
  });
  return words.map(quoteForShell).join(" ");
}
