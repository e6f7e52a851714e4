/**
 * Does depth help, and what does it need?
 *
 *     deno task exp:depth --preset smoke                        # seconds: shows that it works
 *     deno task exp:depth --data data/fer2013.zip               # FER2013: about 7 hours
 *     deno task exp:depth --data data/fer2013.zip --set precision=bfloat16  # where the CPU has it: about 5 hours
 *
 * Minutes a run, of float32 and of bfloat16, on 2 cores: combined 33 and 22, as measured; the others by
 * the processor time of their steps beside combined's, in turn: one convolution in each stage 21 to 25
 * and 17 to 19, two 42 and 27 to 30, three 56 to 59 and 38 to 43.
 *
 * One, two and three 3x3 convolutions in each stage, with and without shortcuts, all trained as
 * `exp:combination`'s best and for as many epochs, with the report's own numbers of filters. What a
 * network costs in multiply-adds stands beside its accuracy. The first variant shares its run with
 * `exp:combination`.
 *
 * Not in `exp:all`: ten networks, most of them larger than the report's.
 *
 * @module
 */

import type { Configuration } from "../lib/configuration.ts";
import { type Experiment, runExperiment } from "../lib/experiment.ts";
import { COMBINED } from "./combination.ts";

/** A variant of the combination: what it changes of that. */
const of = (name: string, description: string, changes: Partial<Configuration>) => ({
  name,
  description,
  changes: { ...COMBINED, ...changes },
});

export const depth = {
  name: "depth",
  title: "Depth: more convolutions, with and without shortcuts, and what stands behind them",
  question:
    "Does a network of two or three convolutions in each stage recognise more faces than one of one, " +
    "trained alike and as long; does it take shortcuts (residual blocks) to train it; and is the " +
    "dense layer of 590,000 weights needed behind it, or does the average over the image do?",
  hypothesis:
    "Two convolutions are worth 1 to 3 points, the third less. With batch normalisation so few layers " +
    "train without shortcuts too: these add less than a point. Behind three convolutions the average " +
    "is as good as the dense layer, with a fraction of the parameters; behind one it is worse, since " +
    "it sees too little of the face.",
  expected:
    "On FER2013 (60 epochs) combined at the 64 % of exp:combination and the deeper ones above, in 21 to " +
    "59 minutes a run on 2 cores, 17 to 43 in bfloat16, as they have one convolution in each stage " +
    "or three.",
  variants: [
    of("combined", "The report's network with everything that helps, as in exp:combination", {}),
    of("plain-1", "A stem and one convolution in each stage", { network: "plain(1, 1)" }),
    of("plain-2", "Two convolutions in each stage", { network: "plain(1, 2)" }),
    of("plain-3", "Three convolutions in each stage", { network: "plain(1, 3)" }),
    of("residual-1", "A shortcut around each stage's one convolution", { network: "resnet(1, 1)" }),
    of("residual-2", "A shortcut around each stage's two", { network: "resnet(1, 2)" }),
    of("residual-3", "A shortcut around each stage's three", { network: "resnet(1, 3)" }),
    of("plain-1-average", "plain-1 with the average over the image for the dense layer", {
      network: "plain(1, 1)",
      head: "average",
    }),
    of("plain-3-average", "plain-3 with the average over the image", {
      network: "plain(1, 3)",
      head: "average",
    }),
    of("residual-3-average", "residual-3 with the average over the image", {
      network: "resnet(1, 3)",
      head: "average",
    }),
  ],
  contrasts: [
    { variant: "plain-2", against: "plain-1" },
    { variant: "plain-3", against: "plain-2" },
    { variant: "residual-2", against: "plain-2" },
    { variant: "residual-3", against: "plain-3" },
    { variant: "plain-1-average", against: "plain-1" },
    { variant: "plain-3-average", against: "plain-3" },
    { variant: "residual-3-average", against: "residual-3" },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(depth, Deno.args);
