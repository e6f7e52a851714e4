import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { formatCalls, parseCall, parseCalls, type Signature } from "./expression.ts";

const SIGNATURES: readonly Signature[] = [
  { name: "flip", parameters: [] },
  { name: "rotate", parameters: [{ name: "degrees", minimum: -180, maximum: 180 }] },
  {
    name: "one-cycle",
    parameters: [
      { name: "epochs", minimum: 1, maximum: 100, whole: true },
      { name: "share", default: 0.3, minimum: 0, maximum: 1 },
    ],
  },
];

Deno.test("parseCalls() reads calls in order and fills in defaults", () => {
  deepStrictEqual(parseCalls(" flip | rotate( -1e1 )|one-cycle(3)", SIGNATURES), [
    { name: "flip", args: [] },
    { name: "rotate", args: [-10] },
    { name: "one-cycle", args: [3, 0.3] },
  ]);
});

Deno.test("parseCalls() takes none and the empty text for no calls", () => {
  deepStrictEqual(parseCalls("none", SIGNATURES), []);
  deepStrictEqual(parseCalls(" ", SIGNATURES), []);
  strictEqual(formatCalls([]), "none");
});

Deno.test("parseCall() says what is wrong", () => {
  const cases: [string, RegExp][] = [
    ["flop", /^SyntaxError: Unknown name "flop": did you mean "flip"\?$/],
    ["onecycle(3)", /^SyntaxError: Unknown name "onecycle": did you mean "one-cycle"\?$/],
    ["blur(1)", /^SyntaxError: Unknown name "blur": expected one of flip, rotate, one-cycle$/],
    ["flip(1)", /flip takes at most 0 numbers, not 1/],
    ["rotate", /rotate needs a number for "degrees"/],
    ["rotate()", /rotate needs a number for "degrees"/],
    ["rotate(181)", /"degrees" must be a number from -180 to 180, not "181"/],
    ["rotate(x)", /not "x"/],
    ["rotate(NaN)", /not "NaN"/],
    ["one-cycle(1.5)", /"epochs" must be a whole number from 1 to 100, not "1.5"/],
    ["one-cycle(1,)", /"share" must be a number from 0 to 1, not ""/],
    ["rotate(1", /Not a call: "rotate\(1"/],
    ["rotate(1) x", /Not a call/],
    ["", /Not a call: ""/],
  ];
  for (const [text, message] of cases) throws(() => parseCall(text, SIGNATURES), message);
  throws(() => parseCalls("flip|", SIGNATURES), /Not a call: ""/);
});

Deno.test("parseCalls() reads any calls that formatCalls() wrote", () => {
  const number = (min: number, max: number) =>
    fc.double({ min, max, noNaN: true }).map((x) => x === 0 ? 0 : x);
  const call = fc.oneof(
    fc.constant({ name: "flip", args: [] }),
    number(-180, 180).map((degrees) => ({ name: "rotate", args: [degrees] })),
    fc.tuple(fc.integer({ min: 1, max: 100 }), number(0, 1))
      .map((args) => ({ name: "one-cycle", args })),
  );
  fc.assert(fc.property(fc.array(call), (calls) => {
    deepStrictEqual(parseCalls(formatCalls(calls), SIGNATURES), calls);
  }));
});
