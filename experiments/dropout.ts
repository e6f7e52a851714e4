/**
 * Does dropout make the network recognise more faces it has not seen, and where does it belong?
 *
 *     deno task exp:dropout --seeds 3                           # synthetic faces, 16 minutes
 *     deno task exp:dropout --preset smoke                      # seconds: shows that it works
 *     deno task exp:dropout --data data/fer2013.zip --seeds 3   # the report's protocol, 7 hours
 *
 * @module
 */

import { type Experiment, runExperiment } from "../lib/experiment.ts";

export const dropout = {
  name: "dropout",
  title: "Dropout: none, before the output layer, or after each convolution too",
  question:
    "Does dropping units at random while training raise the accuracy on images the network has " +
    "not seen, and is the output layer the place for it, or the convolution blocks too?",
  hypothesis:
    "Dropout narrows the gap between Training and PrivateTest at every rate, and helps accuracy " +
    "by a few points at most; 0.5 before the output layer helps more than 0.25.",
  expected:
    "A smaller gap with every variant; on FER2013 (30 epochs) 1 to 4 points more, in 13 to 18 " +
    "minutes a run on 2 cores; on synthetic faces (preset small, 3 seeds) 12 minutes in all.",
  variants: [
    { name: "none", description: "The baseline: no dropout", changes: {} },
    {
      name: "dense-0.25",
      description: "A quarter of the dense layer's units dropped",
      changes: { denseDropout: 0.25 },
    },
    {
      name: "dense-0.5",
      description: "Half of the dense layer's units dropped",
      changes: { denseDropout: 0.5 },
    },
    {
      name: "conv-0.25-dense-0.5",
      description:
        "A quarter dropped after each convolution block, half of the dense layer's units",
      changes: { convDropout: 0.25, denseDropout: 0.5 },
    },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(dropout, Deno.args);
