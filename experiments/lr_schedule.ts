/**
 * Does lowering the learning rate while training help, and by which schedule?
 *
 *     deno task exp:lr-schedule --seeds 3                       # synthetic faces, 14 minutes
 *     deno task exp:lr-schedule --preset smoke                  # seconds: shows that it works
 *     deno task exp:lr-schedule --data data/fer2013.zip --seeds 3  # the report's protocol, 8 hours
 *
 * Everything is compared with "constant", the rate that needs no schedule. "plateau" is the report's
 * own and the baseline of the other experiments, which share its runs. All schedules stretch with the
 * number of epochs.
 *
 * @module
 */

import { type Experiment, runExperiment } from "../lib/experiment.ts";

export const lrSchedule = {
  name: "lr-schedule",
  title: "Learning rate: constant, in steps, exponential, cosine with warm-up, on a plateau",
  question:
    "Does lowering the learning rate in the course of training raise the accuracy, and does it " +
    "matter by which schedule?",
  hypothesis:
    "Schedules differ by less than the seeds do: this network overfits before a small rate can " +
    "help, and the best epoch is chosen on PublicTest in any case.",
  expected:
    "All schedules within 3 points on synthetic faces (preset small, 3 seeds; 14 minutes on 2 " +
    "cores) and within 2 on FER2013 (30 epochs, 12 to 16 minutes a run).",
  variants: [
    {
      name: "constant",
      description: "0.001 throughout",
      changes: { schedule: "constant" },
    },
    {
      name: "step",
      description: "A tenth after each third of the epochs",
      changes: { schedule: "stages(3, 0.1)" },
    },
    {
      name: "exponential",
      description: "Smoothly down to a hundredth at the end",
      changes: { schedule: "exponential-to(0.01)" },
    },
    {
      name: "cosine",
      description: "Up for 2 epochs, then half a cosine down to 0",
      changes: { schedule: "cosine(2)" },
    },
    {
      name: "plateau",
      description: "The baseline: halved when the validation loss has not fallen for 5 epochs",
      changes: {},
    },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(lrSchedule, Deno.args);
