/**
 * `deno task exp:all`: all experiments, one after the other, and the overview over them.
 *
 *     deno task exp:all --preset smoke --seeds 2                # minutes: shows that it works
 *     deno task exp:all --seeds 3                               # synthetic faces
 *     deno task exp:all --data data/fer2013.zip --seeds 3       # the report's protocol, a day
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
import { runMain, UsageError } from "../error.ts";
import { carryOutAll, type Experiment, mayShow, showFigures } from "../experiment.ts";

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
  if (args.some((arg) => arg === "--variants" || arg.startsWith("--variants="))) {
    throw new UsageError(
      "--variants belongs to one experiment: deno task exp:<name> --variants ...",
    );
  }
  const { help, show } = parseExperimentArgs(args, options);
  if (help) return console.log(helpText(options));
  const showing = show && await mayShow();
  const folders = await carryOutAll(EXPERIMENTS.map((experiment) => ({
    experiment,
    request: parseExperimentArgs(args, { experiment, base: BASELINE }),
  })));
  for (const folder of folders) {
    if (showing) await showFigures(folder);
    else if (show) console.error(`To see its figures: deno task show ${folder}`);
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
