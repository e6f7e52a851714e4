/**
 * What else an experiment has tried on the same data: whoever chooses on PublicTest has to say how often.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { differences, type RecordedConfiguration, wholeConfiguration } from "../configuration.ts";
import { isOnPublicTest } from "../dataset/hold_out.ts";
import type { OtherTry } from "../schema/report.ts";
import type { ReportPlan } from "./plan_file.ts";
import { type ListedRun, listRuns, plansIn } from "./runs.ts";

/**
 * The runs of an experiment that are not in a report of it, have been scored on PublicTest, and lie among
 * the same results: those of its other reports, as `deep-2`, on the same data. Finished, under way or
 * interrupted; the best on PublicTest first.
 *
 * @param folder The report's.
 * @param plan Of the report.
 */
export async function triesBeside(folder: string, plan: ReportPlan): Promise<OtherTry[]> {
  const results = dirname(folder);
  const own = new Set(plan.variants.map(({ digest }) => digest));
  const others = (await plansIn(results)).filter(({ plan: other }) =>
    other.experiment.name === plan.experiment.name && other.data === plan.data
  );
  const planned = new Map(
    others.flatMap(({ name, plan: { variants } }) =>
      variants.filter(({ digest }) => !own.has(digest))
        .map((variant) => [variant.digest, { ...variant, report: name }] as const)
    ),
  );
  if (planned.size === 0) return [];
  const runs = await listRuns([results], {
    wanted: (place) => planned.has(basename(dirname(place))),
  });
  return runs.filter(isScored).map((run) => {
    const { report, name, configuration } = planned.get(run.digest)!;
    return {
      ...{ variant: `${report}#${name}`, seed: run.seed },
      changes: changesFrom(plan, name, configuration),
      ...{ epochs: run.epoch, publicTest: run.publicTest, scored: run.state === "done" },
    };
  }).toSorted((a, b) => b.publicTest - a.publicTest);
}

/** Whether PublicTest has told anything of a run. */
function isScored(run: ListedRun): run is ListedRun & { readonly publicTest: number } {
  return run.publicTest !== null && run.fold === undefined &&
    run.configuration !== undefined && isOnPublicTest(wholeConfiguration(run.configuration));
}

function changesFrom(
  { variants }: ReportPlan,
  name: string,
  configuration: RecordedConfiguration,
): OtherTry["changes"] {
  const nearest = variants.find((variant) => variant.name === name) ?? variants[0]!;
  return differences(nearest.configuration, configuration)
    .map(({ name, a, b }) => ({ name, baseline: a, value: b })) as OtherTry["changes"];
}
