import { deepStrictEqual } from "node:assert/strict";
import { BASELINE, differences, PARAMETERS } from "./configuration.ts";
import { PARAMETER_TEXTS } from "./parameter.ts";

Deno.test("Every hyper-parameter has its line in --help, in the order of the reports", () => {
  deepStrictEqual(Object.keys(PARAMETER_TEXTS), PARAMETERS);
});

Deno.test("differences() names what differs, lists compared by what they hold", () => {
  deepStrictEqual(differences(BASELINE, { ...BASELINE, filters: [...BASELINE.filters] }), []);
  const other = { ...BASELINE, filters: [8], augment: "flip(0.5)" };
  deepStrictEqual(differences(BASELINE, other), [
    { name: "filters", a: [32, 64, 128], b: [8] },
    { name: "augment", a: "none", b: "flip(0.5)" },
  ]);
});
