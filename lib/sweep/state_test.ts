import { strictEqual } from "node:assert/strict";
import { newState, runText, shareOf, totalText, update } from "./state.ts";

Deno.test("A run's line tells its epoch, its accuracy and the time left at its own pace", () => {
  const state = newState("none, seed 1", 4);
  state.status = "running";
  strictEqual(runText(state, { now: 0 }), "none, seed 1: starting");
  update(state, { kind: "begin", after: 0 }, 10_000);
  strictEqual(runText(state, { now: 10_000 }), "none, seed 1: epoch 1/4, 0 %");
  for (let step = 1; step <= 5; step++) {
    update(state, { kind: "step", epoch: 1, share: step / 5 }, 0);
    const percent = step === 5 ? "epoch 2/4, 0 %" : `epoch 1/4, ${20 * step} %`;
    strictEqual(runText(state, { now: 10_500 }), `none, seed 1: ${percent}`);
  }
  update(state, { kind: "epoch", epoch: 1, accuracy: 0.5512 }, 0);
  update(state, { kind: "step", epoch: 2, share: 0.5 }, 0);
  // 1.5 epochs took 30 seconds; 2.5 are left.
  const moment = { now: 40_000 };
  strictEqual(
    runText(state, moment),
    "none, seed 1: epoch 2/4, 50 %, PublicTest 55.1 %, 50 s left",
  );
  strictEqual(
    runText(state, { ...moment, stopping: true }),
    "none, seed 1: epoch 2/4, 50 %, PublicTest 55.1 %",
  );
  strictEqual(shareOf(state), 0.375);
  update(state, { kind: "epoch", epoch: 4, accuracy: 0.6 }, 0);
  update(state, { kind: "score" }, 0);
  strictEqual(runText(state, moment), "none, seed 1: scoring, PublicTest 60.0 %");
});

Deno.test("Epochs that were trained before do not make a run look quick", () => {
  const state = newState("none", 10);
  state.status = "running";
  update(state, { kind: "begin", after: 8 }, 0);
  strictEqual(runText(state, { now: 5_000 }), "none: epoch 9/10, 0 %");
  update(state, { kind: "epoch", epoch: 9, accuracy: 0.5 }, 0);
  strictEqual(
    runText(state, { now: 20_000 }),
    "none: epoch 10/10, 0 %, PublicTest 50.0 %, 20 s left",
  );
});

Deno.test("The total tells how many runs stand how, and the time that all need together", () => {
  const states = ["a", "b", "c", "d"].map((label) => newState(label, 10));
  const [a, b, c] = states;
  strictEqual(totalText(states, { now: 0 }), "4 runs: 4 to come");
  // Done before, so that it tells nothing of the pace.
  Object.assign(a!, { status: "found", done: 10, before: 10 });
  for (const state of [b!, c!]) {
    state.status = "running";
    update(state, { kind: "begin", after: 0 }, 1_000);
    update(state, { kind: "epoch", epoch: 5, accuracy: 0.5 }, 0);
  }
  // 10 epochs in 20 seconds by both together; 5 + 5 + 10 are left.
  strictEqual(
    totalText(states, { now: 21_000 }),
    "4 runs: 1 done, 2 running, 1 to come, 40 s left",
  );
  b!.status = "failed";
  strictEqual(
    totalText(states, { now: 21_000, stopping: true }),
    "4 runs: 1 done, 1 failed, 1 stopping, 1 to come",
  );
});

Deno.test("The last run under way is not told to be over sooner than it alone can be", () => {
  const states = ["a", "b"].map((label) => newState(label, 10));
  for (const state of states) update(state, { kind: "begin", after: 0 }, 0);
  Object.assign(states[0]!, { status: "done", done: 10 });
  Object.assign(states[1]!, { status: "running", done: 5 });
  strictEqual(totalText(states, { now: 20_000 }), "2 runs: 1 done, 1 running, 20 s left");
});
