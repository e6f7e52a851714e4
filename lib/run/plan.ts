/**
 * What is going to be run, before anything is: the runs of an experiment, and where their results go.
 *
 * @module
 */

import type { ExperimentRequest, RunName } from "../cli.ts";
import { recordedConfiguration } from "../configuration.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { datasetFolder } from "../dataset/folder.ts";
import type { Experiment, Variant } from "../experiment.ts";
import type { PlannedContrast } from "../report/record.ts";
import { defaultPreset } from "../preset.ts";
import { expectedBuild } from "../tensorflow/expected_build.ts";
import type { RunRequest } from "./request.ts";
import { runDigest } from "./identity.ts";
import type { ReportPlan } from "./plan_file.ts";

/** An experiment with what its command line asks for. */
export interface Plan {
  readonly experiment: Experiment;
  readonly request: ExperimentRequest;
}

/** One run of an experiment, before it is carried out. */
export interface PlannedRun {
  readonly variant: Variant;
  readonly request: RunRequest;
}

/** Whether a run is the one of this name. */
export function isNamed(
  { variant, request }: PlannedRun,
  { variant: name, seed }: RunName,
): boolean {
  return variant.name === name && request.seed === seed;
}

/** The variants that were asked for, each in the experiment's order. */
export function variantsOf({ experiment, request }: Plan): Variant[] {
  return experiment.variants.filter(({ name }) => request.variants?.includes(name) ?? true);
}

/** Every variant with every seed; a seed's variants follow each other, so that pairs are early done. */
export function planRuns(
  plan: Plan,
  common: Pick<RunRequest, "dataset" | "runsFolder" | "signal" | "git" | "patch">,
  { named }: { readonly named: boolean },
): PlannedRun[] {
  const { experiment, request } = plan;
  const { seeds, eager, fresh, command, detectAnomalies, profile, histograms } = request;
  const variants = variantsOf(plan);
  const total = seeds.length * variants.length;
  return seeds.flatMap((seed, i) =>
    variants.map((variant, j) => ({
      variant,
      request: {
        ...common,
        configuration: request.configure(variant.changes),
        seed,
        execution: eager ? "eager" : "traced",
        fresh,
        detectAnomalies,
        profile,
        histograms,
        command,
        label: (named ? `${experiment.name}: ` : "") + variant.name +
          (total > 1 ? `, seed ${seed} (${i * variants.length + j + 1}/${total})` : ""),
      },
    }))
  );
}

/**
 * The folder of a data set's reports. A preset that is not the data's own has a folder of its own, so
 * that a quick trial never takes the place of results.
 */
export function resultsFolder(dataset: Dataset, { data, preset }: ExperimentRequest): string {
  const name = datasetFolder(dataset);
  return preset === defaultPreset(data !== null) ? name : `${name}-${preset}`;
}

/** What an experiment's report is going to be about. */
export function reportPlan(plan: Plan, dataset: Dataset): ReportPlan {
  const { experiment, request } = plan;
  const { name, title, question, hypothesis, expected, notes } = experiment;
  const build = expectedBuild(request.eager ? "eager" : "traced");
  const contrasts = contrastsOf(plan);
  return {
    experiment: { name, title, question, hypothesis, expected, ...notes ? { notes } : {} },
    preset: request.preset,
    command: request.command,
    data: dataset.digest,
    seeds: request.seeds,
    variants: variantsOf(plan).map(({ name, description, changes, control }) => {
      const configuration = recordedConfiguration(request.configure(changes));
      const digest = runDigest(configuration, dataset, build);
      return { name, description, digest, configuration, ...control ? { control } : {} };
    }),
    ...(contrasts.length > 0 ? { contrasts } : {}),
  };
}

/** The contrasts of which both variants were asked for. */
function contrastsOf(plan: Plan): PlannedContrast[] {
  const { contrasts = [] } = plan.experiment;
  const asked = new Set(variantsOf(plan).map((variant) => variant.name));
  return contrasts.filter(({ variant, against }) => asked.has(variant) && asked.has(against));
}
