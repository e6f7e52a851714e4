import { deepStrictEqual, match, ok } from "node:assert/strict";
import type { OtherTry } from "./record.ts";
import { triesLines } from "./section_tries.ts";

const TRY: OtherTry = {
  ...{ variant: "deep-2#residual", seed: 1, epochs: 48, publicTest: 0.6612, scored: true },
  changes: [{ name: "denseDropout", baseline: 0.3, value: 0.5 }],
};

Deno.test("A report says how many other runs PublicTest has scored, and which of them PrivateTest has", () => {
  const [sentence, table] = triesLines({
    tries: [TRY, { ...TRY, variant: "deep-3#residual", epochs: 7, scored: false }],
  });
  match(
    sentence!,
    /2 further runs .* were scored on PublicTest: 1 to the end, .* and 1 of them not/,
  );
  match(
    table!,
    /\| deep-2#residual +\| `denseDropout=0.5` +\| +1 \| +48 \| +66\.12 \| yes +\|\n.*\| +7 \| .*no +\|/,
  );
});

Deno.test("A report with no other runs beside it says nothing of them", () => {
  deepStrictEqual(triesLines({}), []);
  ok(triesLines({ tries: [TRY] })[0]!.includes("1 further run of this experiment"));
});
