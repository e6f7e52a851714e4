import { strictEqual } from "node:assert/strict";
import { type InterruptedSource, renderInterrupted } from "./interrupted.ts";

const SOURCE: InterruptedSource = {
  experiment: {
    name: "baseline",
    title: "Baseline",
    question: "How far does it get?",
    hypothesis: "Far.",
    expected: "60 %.",
  },
  dataset: { description: "70 faces", synthetic: true },
  command: "deno task exp:baseline --seeds 1",
  run: {
    variant: "baseline",
    seed: 1,
    epoch: 3,
    epochs: 71,
    selection: "PublicTest",
    history: [[1, 1.9, 0.2, 0.25], [2, 1.75, 0.3, 0.28]].map((
      [epoch, trainingLoss, trainingAccuracy, validationAccuracy],
    ) => ({
      epoch: epoch!,
      learningRate: 0.001,
      trainingLoss: trainingLoss!,
      trainingAccuracy: trainingAccuracy!,
      validationLoss: 1.8,
      validationAccuracy: validationAccuracy!,
    })),
  },
};

Deno.test("renderInterrupted() says where it stopped, what is known, and how to go on", () => {
  strictEqual(
    renderInterrupted(SOURCE),
    `# Baseline

> [!WARNING]
> **Interrupted: there is no result yet.** \`baseline\` with seed 1 was stopped in epoch 3 of 71, and no run was finished. PrivateTest has not been scored.

> [!IMPORTANT]
> **Synthetic faces, not FER2013.**

**Question.** How far does it get?

Data: 70 faces.

## So far

| Epoch | Training loss | Training accuracy % | PublicTest accuracy % |
| ----: | ------------: | ------------------: | --------------------: |
|     1 |         1.900 |               20.00 |                 25.00 |
|     2 |         1.750 |               30.00 |                 28.00 |

## How to go on

Nothing is lost. This command goes on where it stopped:

\`\`\`sh
deno task exp:baseline --seeds 1
\`\`\`
`,
  );
});

Deno.test("renderInterrupted() of a first epoch on real data has no table and no warning of faces", () => {
  const text = renderInterrupted({
    ...SOURCE,
    dataset: { description: "FER2013", synthetic: false },
    run: { ...SOURCE.run, epoch: 1, history: [] },
  });
  strictEqual(text.includes("No epoch was finished."), true);
  strictEqual(text.includes("|"), false);
  strictEqual(text.includes("Synthetic"), false);
});
