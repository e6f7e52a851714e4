import { deepStrictEqual, throws } from "node:assert/strict";
import { EMOTIONS, FACE } from "../emotion.ts";
import { checkForm, FER2013_FORM, formOf, orderClasses, recordedForm } from "./form.ts";

const VECTOR = { shape: [12], type: "float32", divisor: 1 } as const;

Deno.test("orderClasses() has FER2013's classes first and in its order, others by name", () => {
  deepStrictEqual(
    orderClasses(["neutral", "zeal", "contempt", "angry", "contempt"]),
    ["angry", "neutral", "contempt", "zeal"],
  );
  deepStrictEqual(orderClasses([...EMOTIONS].reverse()), [...EMOTIONS]);
});

Deno.test("recordedForm() leaves out what is FER2013's, and formOf() fills it in", () => {
  deepStrictEqual(recordedForm(FER2013_FORM), {});
  deepStrictEqual(formOf({}), FER2013_FORM);
  for (
    const form of [
      { classes: ["a", "b"], sample: FACE },
      { classes: EMOTIONS, sample: VECTOR },
      { classes: ["happy", "calm"], sample: { ...FACE, shape: [32, 32, 1] } },
      { classes: EMOTIONS, sample: { ...FACE, divisor: 1 } },
    ]
  ) deepStrictEqual(formOf(recordedForm(form)), { ...form, classes: form.classes });
});

Deno.test("checkForm() refuses classes and samples that cannot be", () => {
  checkForm({ classes: ["sad", "calm"], sample: VECTOR });
  for (
    const classes of [
      ["only"],
      ["a", "a"],
      ["calm", "sad"],
      ["a", ""],
      ["a", "b,c"],
      ["a", "b\n"],
      ["a", " b"],
      Array.from({ length: 257 }, (_, i) => String.fromCodePoint(0x4e00 + i)),
    ]
  ) throws(() => checkForm({ classes, sample: VECTOR }), RangeError, String(classes));
  for (
    const sample of [
      { ...VECTOR, shape: [] },
      { ...VECTOR, shape: [0] },
      { ...VECTOR, shape: [2.5] },
      { ...VECTOR, divisor: 0 },
      { ...VECTOR, divisor: NaN },
    ]
  ) throws(() => checkForm({ classes: ["a", "b"], sample }), RangeError, JSON.stringify(sample));
});
