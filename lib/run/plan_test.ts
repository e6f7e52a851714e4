import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import type { Experiment } from "../experiment.ts";
import type { PlannedContrast } from "../report/record.ts";
import { reportPlan } from "./plan.ts";

const DATASET = generateFaces({ training: 21, publicTest: 14, privateTest: 14, seed: 1 });

function planOf(contrasts: readonly PlannedContrast[], args: readonly string[] = []) {
  const experiment: Experiment = {
    ...{ name: "three", title: "Three", question: "Which?", hypothesis: "", expected: "" },
    variants: ["none", "some", "more"].map((name, i) => ({
      ...{ name, description: "" },
      changes: { denseDropout: i / 4 },
    })),
    contrasts,
  };
  const request = parseExperimentArgs(args, { experiment, base: BASELINE });
  return reportPlan({ experiment, request }, DATASET);
}

Deno.test("reportPlan() plans the contrasts of which both variants are asked for", () => {
  const contrasts = [{ variant: "more", against: "some" }];
  deepStrictEqual(planOf(contrasts).contrasts, contrasts);
  strictEqual("contrasts" in planOf(contrasts, ["--variants", "none,more"]), false);
  strictEqual("contrasts" in planOf([]), false);
});
