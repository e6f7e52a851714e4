/**
 * Did the report's balancing help, and do other ways to make more of Training help more?
 *
 *     deno task exp:augmentation --seeds 3                      # synthetic faces, 15 minutes
 *     deno task exp:augmentation --preset smoke                 # seconds: shows that it works
 *     deno task exp:augmentation --data data/fer2013.zip --seeds 3  # the report's protocol, 8 hours
 *
 * Everything is compared with "none", Training as it is: that is what tells whether a method helped.
 * "balanced" is the report's own way and the baseline of the other experiments, which share its runs.
 *
 * @module
 */

import { type Experiment, runExperiment } from "../lib/experiment.ts";

/** Small changes that leave an expression what it is: the variant online's. */
export const ONLINE = "flip|rotate(10)|zoom(0.1)|shift(0.1)";

export const augmentation = {
  name: "augmentation",
  title: "Augmentation: copies of small classes, new draws at every step, or a weighted loss",
  question:
    "Did increasing disgust and surprise with augmented copies, as the report did, help at all, " +
    "and do augmentation of all classes at every step or a class-weighted loss help more?",
  hypothesis:
    "Copies raise the recall of disgust but not the accuracy. New draws at every step raise the " +
    "accuracy most, because no image is seen twice; a weighted loss buys recall of small classes " +
    "with accuracy.",
  expected:
    "online ahead of none, on FER2013 (30 epochs) by 3 to 6 points, in 11 to 14 minutes a run on 2 " +
    "cores; on synthetic faces (preset small, 3 seeds) 14 minutes in all.",
  variants: [
    {
      name: "none",
      description: "Training as it is",
      changes: { balanceClasses: [] },
    },
    {
      name: "balanced",
      description:
        "The report's: disgust and surprise brought to the mean class size by flipped, " +
        "rotated and zoomed copies",
      changes: {},
    },
    {
      name: "online",
      description:
        "Every image of every class flipped, rotated, zoomed and shifted anew each epoch",
      changes: { balanceClasses: [], augment: ONLINE },
    },
    {
      name: "balanced-online",
      description: "Copies of disgust and surprise, and all images changed anew each epoch",
      changes: { augment: ONLINE },
    },
    {
      name: "class-weighted",
      description: "No copies: each class's loss weighed by the inverse of its size",
      changes: { balanceClasses: [], classWeights: "balanced" },
    },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(augmentation, Deno.args);
