import { deepStrictEqual, throws } from "node:assert/strict";
import { formatConditions, groupConditions, joinConditions, parseConditions } from "./condition.ts";

const labels = Uint8Array.from([0, 1, 1, 0]);

Deno.test("Right predictions are counted by group, and read as they were written", () => {
  const one = groupConditions(["b", "a", "b", "b"], labels, [
    { name: "no voice", predicted: Uint8Array.from([0, 0, 1, 1]) },
    { name: "face: 3, or less", predicted: labels },
  ]);
  deepStrictEqual(one, {
    groups: ["a", "b"],
    samples: [1, 3],
    conditions: [
      { name: "no voice", correct: [0, 2] },
      { name: "face: 3, or less", correct: [1, 3] },
    ],
  });
  deepStrictEqual(parseConditions(formatConditions(one), "c.csv"), one);
});

Deno.test("Folds are joined in the order of their groups", () => {
  const part = (group: string, right: number) =>
    groupConditions([group, group], Uint8Array.of(0, 1), [
      { name: "x", predicted: Uint8Array.of(right > 0 ? 0 : 1, right > 1 ? 1 : 0) },
    ]);
  deepStrictEqual(joinConditions([part("b", 2), part("a", 1)]), {
    groups: ["a", "b"],
    samples: [2, 2],
    conditions: [{ name: "x", correct: [1, 2] }],
  });
});

Deno.test("parseConditions() refuses what is no such file, naming the row", () => {
  const refused: [string, RegExp][] = [
    ["a,b\n", /c.csv, row 1: Has not the columns/],
    ["group,samples,x\na,1\n", /c.csv.*row 2|Has not the counts/],
    ["group,samples,x\na,2,3\n", /row 2: Has not the counts of 1 conditions/],
    ["group,samples,x\na,2,-1\n", /row 2/],
  ];
  for (const [text, message] of refused) throws(() => parseConditions(text, "c.csv"), message);
});
