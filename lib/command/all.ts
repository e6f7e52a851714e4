/**
 * `deno task exp:all`: all experiments, one after the other, and the overview over them.
 *
 *     deno task exp:all --preset smoke --seeds 2                # minutes: shows that it works
 *     deno task exp:all --seeds 3                               # synthetic faces
 *     deno task exp:all --data data/fer2013.zip --seeds 3       # the report's protocol, a day
 *
 * All but `exp:precision`, which only CPUs with instructions for bfloat16 can carry out, and `exp:depth`
 * and `exp:deep`, whose networks are larger.
 *
 * Runs that experiments share are done once; what is done is not done again, so the same command goes
 * on after any stop.
 *
 * @module
 */

import { augmentation } from "../../experiments/augmentation.ts";
import { baseline } from "../../experiments/baseline.ts";
import { batchNorm } from "../../experiments/batch_norm.ts";
import { combination } from "../../experiments/combination.ts";
import { dropout } from "../../experiments/dropout.ts";
import { lrSchedule } from "../../experiments/lr_schedule.ts";
import { helpText, parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { UsageError } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { runMain } from "../main.ts";
import { carryOutAll } from "../run/carry_out.ts";
import { checkExperiment } from "../run/check.ts";
import { showOrTell } from "../run/show.ts";

/** The experiments in the order they are run. */
export const EXPERIMENTS: readonly Experiment[] = [
  baseline,
  dropout,
  batchNorm,
  augmentation,
  lrSchedule,
  combination,
];

/** For `--help` and messages. */
const ALL = {
  name: "all",
  title: `All experiments: ${EXPERIMENTS.map(({ name }) => name).join(", ")}`,
  question: "Which change to the baseline helps, by how much, and is that more than chance?",
};

/** Runs all experiments as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const options = { experiment: ALL, base: BASELINE };
  for (const flag of ["--variants", "--only"]) {
    if (args.some((arg) => arg === flag || arg.startsWith(`${flag}=`))) {
      throw new UsageError(`${flag} belongs to one experiment: deno task exp:<name> ${flag} ...`);
    }
  }
  for (const experiment of EXPERIMENTS) await checkExperiment(experiment);
  const { help, show } = parseExperimentArgs(args, options);
  if (help) return console.log(helpText(options));
  const folders = await carryOutAll(EXPERIMENTS.map((experiment) => ({
    experiment,
    request: parseExperimentArgs(args, { experiment, base: BASELINE }),
  })));
  if (show) await showOrTell(folders);
}

if (import.meta.main) await runMain(() => main(Deno.args));
