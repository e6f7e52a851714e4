import { deepStrictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { averageProbabilities, selectMembers } from "./ensemble.ts";
import { predictedClasses } from "./metrics.ts";

/** Two classes: the share of the second for each sample. */
const member = (...shares: number[]) =>
  Float64Array.from(shares.flatMap((share) => [1 - share, share]));

Deno.test("averageProbabilities() is the mean, and refuses what is not of the same samples", () => {
  deepStrictEqual(averageProbabilities([member(0.5, 1), member(0, 0.5)]), member(0.25, 0.75));
  throws(() => averageProbabilities([]), RangeError);
  throws(() => averageProbabilities([member(0.5), member(0.5, 1)]), RangeError);
});

Deno.test("selectMembers() begins with the best, adds what helps most, and stops where nothing helps", () => {
  const labels = Uint8Array.of(1, 1, 1, 0);
  const members = [
    // Right in two, and sure where it is wrong.
    member(0, 0, 1, 0.1),
    // Right in three.
    member(0.9, 0.9, 0.4, 0.1),
    // Right in two, and sure of the third.
    member(0.45, 0.45, 0.8, 0.4),
  ];
  deepStrictEqual(selectMembers(members, labels, 2), { order: [1, 2, 0], best: 2 });
  // Of equals the first, and no more of them than one.
  deepStrictEqual(selectMembers([members[1]!, members[1]!], labels, 2), { order: [0, 1], best: 1 });
});

Deno.test("selectMembers() never ends below the best network on what it chooses by", () => {
  const samples = 12;
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const shares = fc.array(share, { minLength: samples, maxLength: samples });
  fc.assert(
    fc.property(fc.array(shares, { minLength: 1, maxLength: 5 }), fc.nat(4095), (all, bits) => {
      const members = all.map((each) => member(...each));
      const labels = Uint8Array.from({ length: samples }, (_, i) => bits >> i & 1);
      const correct = (probabilities: Float64Array) => {
        const predicted = predictedClasses(probabilities, 2);
        return labels.filter((label, i) => label === predicted[i]).length;
      };
      const { order, best } = selectMembers(members, labels, 2);
      deepStrictEqual([...order].sort(), [...members.keys()]);
      const chosen = averageProbabilities(order.slice(0, best).map((i) => members[i]!));
      const alone = Math.max(...members.map(correct));
      deepStrictEqual(correct(members[order[0]!]!), alone);
      deepStrictEqual(correct(chosen) >= alone, true);
    }),
  );
});
