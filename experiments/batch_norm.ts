/**
 * Does batch normalisation help this network, and does it still help together with dropout?
 *
 *     deno task exp:batch-norm --seeds 3                        # synthetic faces, a minute a run
 *     deno task exp:batch-norm --preset smoke                   # seconds: shows that it works
 *     deno task exp:batch-norm --data data/fer2013.zip --seeds 3  # the report's protocol, 10 hours
 *
 * Why dropout beside `batchNorm=true` learns nothing on FER2013: Adam's first steps at 0.001 switch the
 * dense layer's units off. Of 128, 5 are then active on any of 1,024 PublicTest images and none with
 * dropout (52 without normalisation; in Keras 1 after an epoch); normalised as well, all of them are.
 *
 * @module
 */

import { type Experiment, runExperiment } from "../lib/experiment.ts";

export const batchNorm = {
  name: "batch-norm",
  title: "Batch normalisation: after each convolution, of the dense layer too, and with dropout",
  question:
    "Does normalising each convolution's output over the batch raise the accuracy, does it take " +
    "the dense layer's as well, and is it worth having beside dropout?",
  hypothesis:
    "Batch normalisation makes training faster: the best epoch comes earlier. Alone it does not " +
    "stop the network from learning its training images by heart; with dropout it does. Where the " +
    "dense layer is normalised as well, none of its units is lost, and both hold the more.",
  expected:
    "The best epoch earlier, and on FER2013 (30 epochs) 1 to 5 points more with dropout, in 15 to " +
    "21 minutes a run on 2 cores; on synthetic faces (preset small) a minute a run.",
  variants: [
    { name: "none", description: "The baseline: no normalisation", changes: {} },
    {
      name: "batch-norm",
      description: "Batch normalisation after each convolution",
      changes: { batchNorm: true },
    },
    {
      name: "batch-norm-dropout",
      description: "That, and half of the dense layer's units dropped",
      changes: { batchNorm: true, denseDropout: 0.5 },
    },
    {
      name: "batch-norm-all",
      description: "Batch normalisation after each convolution and of the dense layer",
      changes: { batchNorm: "all" },
    },
    {
      name: "batch-norm-all-dropout",
      description: "That, and half of the dense layer's units dropped",
      changes: { batchNorm: "all", denseDropout: 0.5 },
    },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(batchNorm, Deno.args);
