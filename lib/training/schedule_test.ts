import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { BASELINE } from "../configuration.ts";
import { parseSchedule } from "./schedule.ts";

/** The rates of a schedule with base rate 1, at some steps or at all of them. */
function rates(text: string, epochs: number, stepsPerEpoch: number, steps?: number[]): number[] {
  const schedule = parseSchedule(text);
  const every = Array.from({ length: epochs * stepsPerEpoch }, (_, step) => step);
  return (steps ?? every).map((step) =>
    schedule.rate({ step, stepsPerEpoch, epochs, base: 1, history: [] })
  );
}

function near(actual: number[], expected: number[], tolerance: number): void {
  strictEqual(actual.length, expected.length);
  actual.forEach((value, i) => {
    ok(Math.abs(value - expected[i]!) <= tolerance, `${actual}`);
  });
}

Deno.test("parseSchedule() writes one text for all spellings, the baseline's included", () => {
  strictEqual(parseSchedule(BASELINE.schedule).text, "plateau(0.5, 5, 0.0001)");
  strictEqual(parseSchedule(" one-cycle( 10 ) ").text, "one-cycle(10, 0.3, 10000)");
  strictEqual(parseSchedule("cosine").text, "cosine(0)");
  strictEqual(parseSchedule("constant").text, "constant");
});

Deno.test("parseSchedule() refuses what is no schedule", () => {
  for (
    const text of [
      "",
      "none",
      "linear",
      "step(2)",
      "plateau(0.5, 1.5)",
      "step(1, 2)",
      "constant|constant",
    ]
  ) {
    throws(() => parseSchedule(text), SyntaxError, text);
  }
});

Deno.test("constant stays at the base rate, whatever that is", () => {
  const at = { step: 99, stepsPerEpoch: 10, epochs: 10, base: 0.003, history: [] };
  strictEqual(parseSchedule("constant").rate(at), 0.003);
});

Deno.test("step lowers the rate between epochs", () => {
  deepStrictEqual(rates("step(2, 0.1)", 5, 2), [
    1,
    1,
    1,
    1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1 ** 2,
    0.1 ** 2,
  ]);
});

Deno.test("stages lowers the rate at the same shares of a run of any length", () => {
  deepStrictEqual(rates("stages(3, 0.1)", 6, 1), [1, 1, 0.1, 0.1, 0.1 ** 2, 0.1 ** 2]);
  // 71 epochs: 24, 24 and 23.
  deepStrictEqual(rates("stages(3, 0.1)", 71, 2, [0, 47, 48, 95, 96, 141]), [
    1,
    1,
    0.1,
    0.1,
    0.1 ** 2,
    0.1 ** 2,
  ]);
  deepStrictEqual(rates("stages(3, 0.1)", 1, 2), [1, 1]);
});

Deno.test("exponential-to nears its end factor whatever the number of epochs", () => {
  for (const epochs of [2, 15, 71]) {
    const all = rates("exponential-to(0.01)", epochs, 10);
    near([all[0]!, all[epochs * 5]!], [1, 0.1], 1e-12);
    ok(all.at(-1)! > 0.01 && all.at(-1)! < 0.013);
    ok(all.every((rate, i) => i === 0 || rate < all[i - 1]!));
  }
});

// Keras 3.15.1 computes in float32.
Deno.test("exponential has the rates of Keras's ExponentialDecay", () => {
  near(
    rates("exponential(0.9)", 3, 10, [0, 5, 10, 25]),
    [1, 0.9486832618713379, 0.8999999761581421, 0.7684334516525269],
    1e-7,
  );
});

Deno.test("cosine has the rates of Keras's CosineDecay", () => {
  near(
    rates("cosine", 8, 10, [0, 1, 20, 40, 79]),
    [1, 0.9996144771575928, 0.8535534143447876, 0.4999999701976768, 0.00038549304008483887],
    1e-7,
  );
});

Deno.test("cosine warms up in equal steps, and over no more than the run", () => {
  near(rates("cosine(1)", 3, 4), [0.25, 0.5, 0.75, 1, ...rates("cosine", 2, 4)], 1e-12);
  near(rates("cosine(9)", 1, 4), [1 / 36, 2 / 36, 3 / 36, 4 / 36], 1e-12);
});

Deno.test("one-cycle has the rates of PyTorch's OneCycleLR", () => {
  // Its formula in Python: total_steps 40, max_lr 10, div_factor 10, pct_start 0.3, final 1e4.
  near(
    rates("one-cycle(10)", 4, 10, [0, 5, 11, 12, 25, 39]),
    [1, 4.859583227770216, 10, 9.968561363855719, 5.000050000000001, 1e-4],
    1e-12,
  );
  // Steps that do not meet the peak: total_steps 7, max_lr 5, div_factor 5, pct_start 0.25, final 100.
  near(rates("one-cycle(5, 0.25, 100)", 7, 1), [
    1,
    4.972132911431695,
    4.3339644202154165,
    3.060189730221004,
    1.5934741442058444,
    0.4435342580815933,
    0.01,
  ], 1e-12);
});

const LOSSES = [1.9, 1.7, 1.6999, 1.69995, 1.75, 1.6, 1.61, 1.62, 1.63, 1.64, 1.65, 1.5, 1.51]
  .concat([1.49995, 1.52, 1.53, NaN, 1.4]);

/** The rate in every epoch, as far as the losses before it decide. */
function plateau(text: string, losses = LOSSES): number[] {
  const schedule = parseSchedule(text);
  const history = losses.map((validationLoss) => ({ validationLoss }));
  return losses.map((_, epoch) =>
    schedule.rate({
      step: epoch * 3 + 2,
      stepsPerEpoch: 3,
      epochs: losses.length,
      base: 1,
      history: history.slice(0, epoch),
    })
  );
}

Deno.test("plateau lowers the rate where Keras's ReduceLROnPlateau does", () => {
  // Keras 3.15.1 on these losses: the halvings before each epoch.
  const halvings = (text: string) => plateau(text).map((rate) => -Math.log2(rate) + 0);
  deepStrictEqual(
    halvings("plateau(0.5, 2)"),
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5],
  );
  deepStrictEqual(
    halvings("plateau(0.5, 2, 0)"),
    [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4],
  );
  deepStrictEqual(
    halvings("plateau(0.5, 1, 0.2)"),
    [0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  );
  deepStrictEqual(
    halvings("plateau(0.5, 0)"),
    [0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13],
  );
});

const schedules = fc.constantFrom(
  "constant",
  "step(2, 0.3)",
  "exponential(0.8)",
  "cosine(1.5)",
  "plateau(0.3, 1)",
  "one-cycle(7)",
  "one-cycle(7, 0)",
  "one-cycle(7, 1)",
);

Deno.test("a rate is never negative, never over the highest, and knows no later epoch", () => {
  fc.assert(fc.property(
    schedules,
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 9 }),
    fc.nat(),
    fc.array(fc.double({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 }),
    (text, epochs, stepsPerEpoch, any, losses) => {
      const schedule = parseSchedule(text);
      const step = any % (epochs * stepsPerEpoch);
      const history = losses.map((validationLoss) => ({ validationLoss }));
      const at = { step, stepsPerEpoch, epochs, base: 0.5, history };
      const rate = schedule.rate(at);
      ok(rate >= 0 && rate <= 0.5 * 7 * (1 + 1e-12), `${text}: ${rate}`);
      const known = history.slice(0, Math.floor(step / stepsPerEpoch));
      strictEqual(schedule.rate({ ...at, history: known }), rate);
    },
  ));
});
