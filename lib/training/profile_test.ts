import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor } from "../model/predictor.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { makeEngine } from "./engine.ts";
import { Profiler, TIMED_STEPS } from "./profile.ts";
import { train } from "./train.ts";

/** Two epochs of 6 steps of 8 images and one of 2. */
async function trained(profiler?: Profiler) {
  const model = buildNetwork(TINY, { seed: 1 });
  using engine = makeEngine(model, TINY, {
    seed: 1,
    execution: "traced",
    ...profiler ? { graph: profiler.graph } : {},
  });
  using predictor = makePredictor(model, { sample: FACE, execution: "traced" });
  const saved: Checkpoint[] = [];
  const save = (checkpoint: Checkpoint) => {
    saved.push(checkpoint);
    return Promise.resolve();
  };
  const work = () =>
    train(engine, { ...TINY, epochs: 2 }, {
      training: tinyImages(50),
      validation: { ...tinyImages(14, "validation"), ids: [] },
      form: FER2013_FORM,
    }, {
      ...{ seed: 1, predictor, save },
      ...profiler ? { time: profiler.time } : {},
    });
  const { state } = await (profiler ? profiler.time("training", work) : work());
  const values = await variableValues(engine);
  model.dispose();
  return { state, values, saved: saved.length };
}

interface Event {
  readonly name: string;
  readonly cat?: string;
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
}

Deno.test("A profiled run is the same run, and its trace and its sums tell all of its parts", async () => {
  const profiler = new Profiler();
  const profiled = await trained(profiler);
  deepStrictEqual(profiled, await trained());

  const { seconds, meanwhile, steps, operations } = profiler.profile()!;
  strictEqual(steps, 14);
  strictEqual(operations?.steps, TIMED_STEPS);
  strictEqual(operations.size, 8);
  const types = operations.types.map(({ type }) => type).join();
  ok(/Conv2DBackpropFilter/.test(types) && /Softmax/.test(types), types);
  ok(meanwhile > 0 && meanwhile < seconds["batch preparation"]);
  const parts = seconds["training step"] + seconds["batch preparation"] - meanwhile +
    seconds.validation + seconds.saving;
  ok(parts <= seconds.training && parts > seconds.training / 2, `${parts} of ${seconds.training}`);

  const { traceEvents } = JSON.parse(profiler.trace()) as { traceEvents: Event[] };
  const timed = traceEvents.filter(({ ph }) => ph === "X");
  const counts = Object.groupBy(timed.filter(({ cat }) => cat === "part"), ({ name }) => name);
  deepStrictEqual(
    Object.fromEntries(Object.entries(counts).map(([name, events]) => [name, events!.length])),
    // An order of images for each epoch, then its batches.
    { "batch preparation": 16, "training step": 14, "validation": 2, "saving": 2, "training": 1 },
  );
  const around = counts["training step"]!.filter((step) =>
    timed.some(({ cat, ts }) => cat === "operation" && ts >= step.ts && ts < step.ts + step.dur)
  );
  // The fourth of an epoch to its sixth, and after its last, smaller one the first two of the next.
  deepStrictEqual(around.map((step) => counts["training step"]!.indexOf(step)), [3, 4, 5, 7, 8]);
  for (const { ts, dur } of timed.filter(({ cat }) => cat === "operation")) {
    ok(around.some((step) => ts >= step.ts - 1 && ts + dur <= step.ts + step.dur + 1), `${ts}`);
  }
  for (const [lane, events] of Map.groupBy(timed, ({ tid }) => tid)) {
    const inOrder = events.filter(({ name }) => name !== "training").sort((a, b) => a.ts - b.ts);
    const overlap = inOrder.find(({ ts }, i) =>
      i > 0 && ts < inOrder[i - 1]!.ts + inOrder[i - 1]!.dur - 0.01
    );
    strictEqual(overlap, undefined, `lane ${lane}`);
  }
});

Deno.test("A part that fails is timed up to there, and what fails is not held back", async () => {
  const profiler = new Profiler();
  const failing = profiler.time("training step", () => Promise.reject(new Error("no")), 8);
  await rejects(failing, /^Error: no$/);
  let caught: unknown;
  try {
    profiler.time("batch preparation", () => {
      throw new Error("not at once");
    });
  } catch (error) {
    caught = error;
  }
  strictEqual((caught as Error).message, "not at once");
  const { steps, operations, meanwhile } = profiler.profile()!;
  deepStrictEqual({ steps, operations, meanwhile }, {
    steps: 1,
    operations: undefined,
    meanwhile: 0,
  });
  strictEqual(new Profiler().profile(), undefined);
});
