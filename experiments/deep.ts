/**
 * How many faces does one deep network recognise, trained as the field trains them?
 *
 *     deno task exp:deep --preset smoke                         # seconds: shows that it works
 *     deno task exp:deep --data data/fer2013.zip                # FER2013, on any CPU
 *     deno task exp:deep --data data/fer2013.zip --set precision=bfloat16  # where the CPU has it: 45 to 51 minutes a run, residual-long 129
 *
 * A fourth stage is one line, in a variant's changes or after the command (5.0 million parameters, 84
 * million multiply-adds instead of 69; of crops it sees 2x2, of whole images 3x3):
 *
 *     { name: "four-stages", changes: { ...DEEP, filters: [64, 128, 256, 512] } }
 *     deno task exp:deep --variants residual-crop --set filters=64,128,256,512
 *
 * The first variant shares its run with `exp:combination`.
 *
 * Not in `exp:all`: its networks are four times as large as the report's.
 *
 * @module
 */

import type { Configuration } from "../lib/configuration.ts";
import { type Experiment, runExperiment } from "../lib/experiment.ts";
import { COMBINED } from "./combination.ts";

/** A residual network with squeeze-and-excitation, and how it is trained. */
export const DEEP: Partial<Configuration> = {
  epochs: 48,
  network: "resnet(1)",
  filters: [64, 128, 256],
  batchNorm: true,
  squeezeExcitation: 8,
  head: "average",
  denseDropout: 0.3,
  initializer: "he-normal",
  batchSize: 128,
  optimizer: "sgd",
  learningRate: 0.1,
  // Warm-up is a tenth of it.
  schedule: "cosine(5)",
  // Times the learning rate alone: what 5e-4 added to the gradient comes to with a momentum of 0.9.
  weightDecay: 0.005,
  ema: 0.999,
  labelSmoothing: 0.1,
  balanceClasses: [],
  augment:
    "flip|rotate(12)|zoom(0.12)|contrast(0.25)|brightness(0.25)|random-erasing(0.4)|crop(40)",
  mirrorPrediction: true,
};

/** Random changes of whole images, which move by up to 8 % of their side. */
const WHOLE = "flip|rotate(12)|zoom(0.12)|shift(0.08)|random-erasing(0.4, 0.25)";

export const deep = {
  name: "deep",
  title: "Deep: a residual network of 1.2 million parameters with the field's recipe",
  question:
    "How many faces does a single residual network of 1.2 million parameters recognise that a CPU " +
    "trains in an hour or two, with random crops or without?",
  hypothesis:
    "3 points or more above the report's network at its best. Crops of 40 pixels take a third less " +
    "computing than the whole image of 48 and are as good. Twice the epochs add a point: after 40 the " +
    "accuracy on Training and on PublicTest still rises.",
  expected:
    "On FER2013 68 to 69 % on PrivateTest, as the same network gave in PyTorch with one seed (67.0 % " +
    "on PublicTest, 49 minutes with crops and 63 without, in bfloat16 on 2 cores).",
  variants: [
    {
      name: "combined",
      description: "The report's network with everything that helps, as in exp:combination",
      changes: COMBINED,
    },
    {
      name: "residual-crop",
      description:
        "A stem and three stages of a residual block with squeeze-and-excitation, the average over " +
        "the image, SGD with warm-up, cosine and weight decay, averaged weights, and random crops",
      changes: DEEP,
    },
    {
      name: "residual-whole",
      description: "The same on whole images, moved by up to 8 % of their side, for 40 epochs",
      changes: {
        ...DEEP,
        epochs: 40,
        schedule: "cosine(4)",
        augment: WHOLE,
      },
    },
    {
      name: "residual-long",
      description: "As residual-whole, for twice as many epochs",
      changes: { ...DEEP, epochs: 80, schedule: "cosine(8)", augment: WHOLE },
    },
  ],
  contrasts: [
    { variant: "residual-crop", against: "residual-whole" },
    { variant: "residual-long", against: "residual-whole" },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(deep, Deno.args);
