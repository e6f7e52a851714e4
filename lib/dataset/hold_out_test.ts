import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { UserError } from "../error.ts";
import { FEWEST_HELD_OUT, holdOut, parseTrainingSplit, selectionName } from "./hold_out.ts";

/** Ids of images, some of which are equal. */
const IDS = fc.array(fc.integer({ min: 0, max: 40 }).map(String), { minLength: 3, maxLength: 120 })
  .filter((ids) => new Set(ids).size >= FEWEST_HELD_OUT);
const SHARE = fc.double({ min: 0.01, max: 0.4, noNaN: true });
const SEED = fc.integer({ min: 0, max: 1000 });

Deno.test("parseTrainingSplit() reads both orders, and writes them the canonical way", () => {
  strictEqual(parseTrainingSplit("given"), undefined);
  deepStrictEqual(parseTrainingSplit("after-copies"), {
    text: "after-copies(0.1, 0.1)",
    order: "after-copies",
    heldOut: 0.1,
    validation: 0.1,
  });
  strictEqual(parseTrainingSplit("before-copies(0.2)")!.text, "before-copies(0.2, 0.1)");
  throws(() => parseTrainingSplit("before-copies(0.9)"), SyntaxError);
  throws(() => parseTrainingSplit("random"), SyntaxError);
});

Deno.test("holdOut() puts every image into one part, none into two, and none is empty", () => {
  fc.assert(
    fc.property(IDS, SHARE, SHARE, SEED, fc.boolean(), (ids, heldOut, validation, seed, group) => {
      const parts = holdOut(ids, { heldOut, validation, seed, groupDuplicates: group });
      const all = [...parts.training, ...parts.validation, ...parts.heldOut];
      deepStrictEqual(all.toSorted((a, b) => a - b), [...ids.keys()]);
      for (const part of Object.values(parts)) {
        ok(part.length > 0);
        deepStrictEqual(part, part.toSorted());
      }
    }),
  );
});

Deno.test("holdOut() has the sizes that were asked for, to the image", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 500 }),
      SHARE,
      SHARE,
      SEED,
      (length, heldOut, validation, seed) => {
        const ids = Array.from({ length }, (_, i) => `${i}`);
        const parts = holdOut(ids, { heldOut, validation, seed, groupDuplicates: false });
        strictEqual(parts.heldOut.length, Math.max(1, Math.round(heldOut * length)));
        strictEqual(parts.validation.length, Math.max(1, Math.round(validation * length)));
      },
    ),
  );
});

Deno.test("holdOut() keeps images with equal pixels in one part where told to, at their cost in size", () => {
  fc.assert(
    fc.property(IDS, SHARE, SHARE, SEED, (ids, heldOut, validation, seed) => {
      const parts = holdOut(ids, { heldOut, validation, seed, groupDuplicates: true });
      const partsOf = new Map<string, Set<string>>();
      for (const [name, places] of Object.entries(parts)) {
        for (const place of places) {
          const id = ids[place]!;
          partsOf.set(id, (partsOf.get(id) ?? new Set()).add(name));
        }
      }
      ok([...partsOf.values()].every(({ size }) => size === 1));
      const largest = Math.max(
        ...Map.groupBy(ids, (id) => id).values().map(({ length }) => length),
      );
      ok(parts.heldOut.length < Math.max(1, Math.round(heldOut * ids.length)) + largest);
    }),
  );
});

Deno.test("holdOut() gives the same parts for a seed, and others for another", () => {
  const ids = Array.from({ length: 200 }, (_, i) => `${i}`);
  const heldOut = (seed: number) =>
    holdOut(ids, { heldOut: 0.1, validation: 0.1, seed, groupDuplicates: false }).heldOut;
  deepStrictEqual(heldOut(1), heldOut(1));
  ok(`${heldOut(1)}` !== `${heldOut(2)}`);
  // Without images that are equal there is nothing to keep together.
  deepStrictEqual(
    holdOut(ids, { heldOut: 0.1, validation: 0.1, seed: 1, groupDuplicates: true }).heldOut,
    heldOut(1),
  );
});

Deno.test("holdOut() refuses fewer different images than there are parts", () => {
  const options = { heldOut: 0.1, validation: 0.1, seed: 1, groupDuplicates: false };
  throws(() => holdOut(["a", "b", "a", "b"], options), UserError);
});

Deno.test("selectionName() tells what the epoch is chosen on", () => {
  strictEqual(selectionName({ split: "given", selectOn: "validation" }), "PublicTest");
  const split = "after-copies(0.1, 0.1)";
  strictEqual(selectionName({ split, selectOn: "validation" }), "validation");
  strictEqual(selectionName({ split, selectOn: "held-out" }), "held-out");
});
