import {
  deepStrictEqual as assertEquals,
  notDeepStrictEqual as assertNotEquals,
  throws as assertThrows,
} from "node:assert/strict";
import fc from "fast-check";
import { EMOTIONS } from "../emotion.ts";
import { UsageError } from "../error.ts";
import { SPLITS } from "./dataset.ts";
import { describeDraw, drawSplits, formatShares, parseShares, sharesOf } from "./draw.ts";

const shares = parseShares("80/10/10");

/** Images, each its own picture. */
function distinct(counts: readonly number[]) {
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ label, hash: `${label}-${i}` }))
  );
}

function countsOf(images: readonly { label: number }[], drawn: readonly string[], label: number) {
  return SPLITS.map((split) =>
    drawn.filter((s, i) => s === split && images[i]!.label === label).length
  );
}

Deno.test("parseShares() reads three percentages, and nothing else", () => {
  assertEquals(shares, { Training: 80, PublicTest: 10, PrivateTest: 10 });
  assertEquals(formatShares(parseShares("70/15/15")), "70/15/15");
  for (
    const text of [
      "",
      "80",
      "80/20",
      "80/10/11",
      "100/0/0",
      "80/20/0",
      "80,10,10",
      "-80/90/90",
      "a/b/c",
      "33.3/33.3/33.4",
      "80/10/10/0",
      " 80/10/10",
    ]
  ) {
    assertThrows(() => parseShares(text), UsageError, text);
  }
});

Deno.test("drawSplits() divides every class in the same proportions", () => {
  const images = distinct([100, 20, 10, 5, 3, 7, 1000]);
  const drawn = drawSplits(images, { classes: EMOTIONS, shares, seed: 0 });
  assertEquals([0, 1, 2, 3, 4, 5, 6].map((label) => countsOf(images, drawn, label)), [
    [80, 10, 10],
    [16, 2, 2],
    [8, 1, 1],
    [3, 1, 1],
    [1, 1, 1],
    [5, 1, 1],
    [800, 100, 100],
  ]);
  const seven = drawSplits(distinct([4]), {
    classes: EMOTIONS,
    shares: parseShares("10/45/45"),
    seed: 0,
  });
  assertEquals(countsOf(distinct([4]), seven, 0).every((count) => count >= 1), true);
});

Deno.test("drawSplits() draws anew from another seed, and the same from the same", () => {
  const images = distinct([50, 50]);
  assertEquals(
    drawSplits(images, { classes: EMOTIONS, shares, seed: 3 }),
    drawSplits(images, { classes: EMOTIONS, shares, seed: 3 }),
  );
  assertNotEquals(
    drawSplits(images, { classes: EMOTIONS, shares, seed: 3 }),
    drawSplits(images, { classes: EMOTIONS, shares, seed: 4 }),
  );
});

Deno.test("drawSplits() keeps copies in one split, whatever their labels, and every class in each", () => {
  let divided = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 60 })), {
        minLength: 100,
        maxLength: 300,
        size: "max",
      }),
      fc.integer({ min: 0, max: 1000 }),
      (pairs, seed) => {
        const images = pairs.map(([label, n]) => ({ label, hash: `${n}` }))
          .sort((a, b) => a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.label - b.label);
        let drawn: string[];
        try {
          drawn = drawSplits(images, { classes: EMOTIONS, shares, seed });
          divided++;
        } catch (error) {
          assertEquals(/The class \w+ cannot be divided: its \d+ images/.test(`${error}`), true);
          return;
        }
        for (let label = 0; label < 7; label++) {
          const counts = countsOf(images, drawn, label);
          const size = images.filter((image) => image.label === label).length;
          if (size >= 3) assertEquals(counts.every((count) => count > 0), true);
        }
        const sides = new Map<string, string>();
        images.forEach(({ hash }, i) => {
          assertEquals(sides.get(hash) ?? drawn[i], drawn[i]);
          sides.set(hash, drawn[i]!);
        });
      },
    ),
    { numRuns: 60, seed: 1 },
  );
  assertEquals(divided > 10, true, `${divided} of 60`);
});

Deno.test("drawSplits() leaves classes of one or two images in Training", () => {
  const images = distinct([10, 1, 2]);
  const drawn = drawSplits(images, { classes: EMOTIONS, shares, seed: 0 });
  assertEquals([countsOf(images, drawn, 1), countsOf(images, drawn, 2)], [[1, 0, 0], [2, 0, 0]]);
});

Deno.test("drawSplits() refuses a class whose copies leave a split empty, and names it", () => {
  const copies = Array.from({ length: 9 }, () => ({ label: 1, hash: "x" }));
  assertThrows(
    () => drawSplits([...distinct([10]), ...copies], { classes: EMOTIONS, shares, seed: 0 }),
    /The class disgust cannot be divided: its 9 images are copies of 1 /,
  );
  // As copies of one picture of another class, which has enough.
  const elsewhere = copies.map(() => ({ label: 1, hash: "0-3" }));
  assertThrows(
    () => drawSplits([...distinct([10]), ...elsewhere], { classes: EMOTIONS, shares, seed: 0 }),
    /The class disgust cannot be divided/,
  );
});

Deno.test("sharesOf() reads back what describeDraw() wrote", () => {
  const text = describeDraw(parseShares("70/10/20"), "the class folders", 0);
  assertEquals(sharesOf(`A data set, splits from ${text}`), parseShares("70/10/20"));
  assertEquals(sharesOf("A data set, splits from the folders train and test"), undefined);
});
