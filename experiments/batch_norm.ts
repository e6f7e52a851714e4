/**
 * Does batch normalisation help this network, and does it still help together with dropout?
 *
 *     deno task exp:batch-norm --seeds 3                        # synthetic faces, a minute a run
 *     deno task exp:batch-norm --preset smoke                   # seconds: shows that it works
 *     deno task exp:batch-norm --data data/fer2013.zip --seeds 3  # the report's protocol, 10 hours
 *
 * @module
 */

import { runExperiment } from "../lib/experiment.ts";

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
    "On synthetic faces (preset small, 3 seeds) a minute a run on 2 cores and 6 points more " +
    "with batch-norm; there, dropout beside it leaves too few active units in the dense layer to " +
    "learn from. On FER2013 (30 epochs, seed 1, 15 to 21 minutes a run) batch-norm alone 2 points " +
    "less, with dropout beside it nothing learned; batch-norm-all 3 points more, with dropout 1.",
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
      changes: { batchNorm: "all" as const },
    },
    {
      name: "batch-norm-all-dropout",
      description: "That, and half of the dense layer's units dropped",
      changes: { batchNorm: "all" as const, denseDropout: 0.5 },
    },
  ],
};

if (import.meta.main) await runExperiment(batchNorm, Deno.args);
