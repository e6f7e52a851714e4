import { equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson } from "./canonical.ts";

Deno.test("canonicalJson() writes the same bytes whatever order the keys were set in", () => {
  equal(canonicalJson({ b: 1, a: { d: 2, c: 3 } }), canonicalJson({ a: { c: 3, d: 2 }, b: 1 }));
});

Deno.test("canonicalJson() takes the order of keys from the schema, the rest sorted after it", () => {
  const schema = { properties: { z: { $ref: "#/inner" }, a: {} } };
  const resolve = () => ({ properties: { y: {}, x: {} } });
  equal(
    canonicalJson({ q: 1, p: 2, a: 3, z: { x: 1, y: 2 } }, { schema, resolve }),
    `{
  "z": {
    "y": 2,
    "x": 1
  },
  "a": 3,
  "p": 2,
  "q": 1
}
`,
  );
});

Deno.test("canonicalJson() gives a row of numbers and a flat entry of a list one line each", () => {
  equal(
    canonicalJson({
      confusion: [[1, 0], [0.1, 2]],
      epochs: [{ epoch: 1, shape: [2, 3] }],
      none: [],
    }),
    `{
  "confusion": [
    [1, 0],
    [0.1, 2]
  ],
  "epochs": [
    { "epoch": 1, "shape": [2, 3] }
  ],
  "none": []
}
`,
  );
});

Deno.test("canonicalJson() refuses what JSON cannot say, and says where it is", () => {
  throws(() => canonicalJson({ a: [{ loss: NaN }] }), /NaN at \/a\/0\/loss cannot be written/);
  throws(() => canonicalJson({ a: -Infinity }), /-Infinity at \/a/);
  throws(() => canonicalJson({ a: 1n }), /bigint at \/a/);
  throws(() => canonicalJson({ a: new Uint8Array(2) }), /Not JSON: .* at \/a/);
  throws(() => canonicalJson({ a: [undefined] }), /undefined at \/a\/0/);
});

Deno.test("canonicalJson() reads back as what was written", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = canonicalJson(value);
    // JSON has no minus zero: through JSON once, so that both sides have lost it.
    equal(
      JSON.stringify(sorted(JSON.parse(text))),
      JSON.stringify(sorted(JSON.parse(JSON.stringify(value)))),
    );
    equal(canonicalJson(JSON.parse(text)), text);
    ok(text.endsWith("\n"));
  }));
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) => [k, sorted(v)]);
}
