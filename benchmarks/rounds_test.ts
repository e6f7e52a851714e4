import { deepStrictEqual as assertEquals, rejects, throws } from "node:assert/strict";
import { interleave, pairedRatios, spread } from "./rounds.ts";

Deno.test("spread() gives numpy's quartiles", () => {
  // numpy.quantile([7, 1, 4, 2], [0, .25, .5, .75, 1])
  assertEquals(spread([7, 1, 4, 2]), {
    min: 1,
    lowerQuartile: 1.75,
    median: 3,
    upperQuartile: 4.75,
    max: 7,
  });
  assertEquals(spread([5]).median, 5);
});

Deno.test("spread() refuses no values, and leaves its input in order", () => {
  throws(() => spread([]), RangeError);
  const values = [3, 1, 2];
  spread(values);
  assertEquals(values, [3, 1, 2]);
});

Deno.test("pairedRatios() pairs by round", () => {
  assertEquals(pairedRatios([1, 6], [2, 3]), [0.5, 2]);
  throws(() => pairedRatios([1], []), RangeError);
});

Deno.test("interleave() takes sides in turn, each round beginning with another", async () => {
  const order: string[] = [];
  const side = (name: string, value: number) => () => {
    order.push(name);
    return Promise.resolve(value);
  };
  const done: number[] = [];
  const values = await interleave(
    { a: side("a", 1), b: side("b", 2), c: side("c", 3) },
    2,
    { onRound: (count) => done.push(count) },
  );
  assertEquals(order, ["a", "b", "c", "b", "c", "a"]);
  assertEquals(values, { a: [1, 1], b: [2, 2], c: [3, 3] });
  assertEquals(done, [1, 2, 3, 4, 5, 6]);
});

Deno.test("interleave() passes on what a side throws", async () => {
  await rejects(interleave({ a: () => Promise.reject(new Error("gone")) }, 1), /gone/);
});
