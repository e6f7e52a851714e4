/**
 * What does it cost to train in bfloat16?
 *
 *     deno task exp:precision --seeds 3                         # synthetic faces
 *     deno task exp:precision --preset smoke                    # seconds: shows that it works
 *     deno task exp:precision --data data/fer2013.zip --seeds 3 # FER2013, 4 hours
 *
 * Mixed precision, for the report's baseline and for the combination: a network that is past its best
 * and one that is trained to the end may lose differently. The runs in float32 are those of
 * `exp:combination`.
 *
 * Not in `exp:all`, which runs everywhere: this needs a CPU with avx512_bf16 or amx_bf16.
 *
 * @module
 */

import { runExperiment } from "../lib/experiment.ts";
import { COMBINED } from "./combination.ts";

export const precision = {
  name: "precision",
  title: "Precision: training in bfloat16",
  question:
    "How many faces fewer, if any, does a network recognise whose training steps multiply numbers " +
    "of 8 significant bits (bfloat16) instead of 24 (float32), for the baseline and for the " +
    "combination of everything that helps?",
  hypothesis:
    "None: the steps' own noise is larger than the rounding, and weights, optimizer, loss and " +
    "predictions stay float32. A step takes two thirds of the time.",
  expected: "On FER2013 (the baseline, seed 1, best of 9 epochs, 2 threads of an AMD EPYC with " +
    "avx512_bf16) an epoch took 17 seconds instead of 25, and PrivateTest gave 56.2 % in bfloat16, " +
    "55.3 % in float32: no loss to be seen. Of three seeds and all epochs no interval is known yet.",
  variants: [
    {
      name: "float32",
      description: "The report's protocol, for 30 epochs",
      changes: { epochs: 30 },
    },
    {
      name: "bfloat16",
      description: "The same in mixed precision",
      changes: { epochs: 30, precision: "bfloat16" as const },
    },
    {
      name: "combined",
      description: "Everything that helps, together, for 60 epochs, in float32",
      changes: COMBINED,
    },
    {
      name: "combined-bfloat16",
      description: "The same in mixed precision",
      changes: { ...COMBINED, precision: "bfloat16" as const },
    },
  ],
  contrasts: [{ variant: "combined-bfloat16", against: "combined" }],
};

if (import.meta.main) await runExperiment(precision, Deno.args);
