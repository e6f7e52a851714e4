import assert from "node:assert/strict";
import fc from "fast-check";
import { EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { crossEntropy } from "./metrics.ts";
import {
  formatPredictions,
  parsePredictions,
  predictionColumns,
  roundProbabilities,
} from "./predictions.ts";

const HEADER = "image,label,predicted,p_angry,p_disgust,p_fear,p_happy,p_sad,p_surprise,p_neutral";

const softmax = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: 7,
  maxLength: 7,
}).map((logits) => {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => Math.fround(power / sum));
});
const image = fc.record({
  name: fc.stringMatching(/^[0-9a-f]{16}$/),
  label: fc.nat(6),
  predicted: fc.nat(6),
  probabilities: softmax,
});

Deno.test("formatPredictions() writes names and the shortest six digits", () => {
  const text = formatPredictions({
    classes: EMOTIONS,
    images: ["a1"],
    labels: Uint8Array.of(0),
    predicted: Uint8Array.of(6),
    probabilities: Float32Array.of(0.1, 1 / 3, 0, 1e-9, 1.23456789e-7, 0, 0.56666655),
  });
  assert.equal(text, `${HEADER}\na1,angry,neutral,0.1,0.333333,0,1e-9,1.23457e-7,0,0.566667\n`);
});

Deno.test("parsePredictions() reads back what formatPredictions() wrote", () => {
  fc.assert(fc.property(fc.array(image, { maxLength: 8 }), (images) => {
    const predictions = {
      classes: EMOTIONS,
      images: images.map((i) => i.name),
      labels: Uint8Array.from(images, (i) => i.label),
      predicted: Uint8Array.from(images, (i) => i.predicted),
      probabilities: Float32Array.from(images.flatMap((i) => i.probabilities)),
    };
    const text = formatPredictions(predictions);
    const read = parsePredictions(text, EMOTIONS);
    const rounded = roundProbabilities(predictions.probabilities);
    assert.deepEqual(read, { ...predictions, probabilities: rounded });
    assert.equal(formatPredictions(read), text);
    assert.equal(
      crossEntropy(read.labels, read.probabilities, 7),
      crossEntropy(predictions.labels, rounded, 7),
    );
  }));
});

Deno.test("parsePredictions() names file, row and fault in one line", () => {
  const row = "a1,angry,fear,0.5,0,0.5,0,0,0,0";
  const cases: [string, RegExp][] = [
    ["", /^p.csv: Row 1: the columns must be image, label/],
    [row, /^p.csv: Row 1: the columns/],
    [`${HEADER}\n${row},1`, /^p.csv: Row 2: 10 fields are needed, not 11/],
    [
      `${HEADER}\n${row}\n${row.replace("angry", "anger")}`,
      /^p.csv, row 3: "anger" is not a class/,
    ],
    [`${HEADER}\n${row.replace("fear", "2")}`, /^p.csv, row 2: "2" is not .*\(predicted\)/],
    [`${HEADER}\n${row.replace("0.5", "1.5")}`, /^p.csv, row 2: "1.5" is not .*\(p_angry\)/],
    [`${HEADER}\n${row.replace("0.5", "")}`, /^p.csv, row 2: "" is not a probability/],
    [`${HEADER}\n${row.replace("0.5", "NaN")}`, /^p.csv, row 2: "NaN" is not a probability/],
    [`${HEADER}\n${row.replace("0.5", "0.4")}`, /^p.csv, row 2: the .* add up to 0.9, not to 1/],
    [`${HEADER}\n${row.replace("a1", "")}`, /^p.csv, row 2: the image has no name/],
    [`${HEADER}\n"${row}`, /^p.csv: A quotation mark/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parsePredictions(text, EMOTIONS, { file: "p.csv" }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return !error.message.includes("\n");
    });
  }
});

Deno.test("formatPredictions() refuses lengths that do not fit", () => {
  assert.equal(predictionColumns(EMOTIONS).join(), HEADER);
  assert.throws(
    () =>
      formatPredictions({
        classes: EMOTIONS,
        images: ["a", "b"],
        labels: new Uint8Array(2),
        predicted: new Uint8Array(2),
        probabilities: new Float32Array(7),
      }),
    RangeError,
  );
});

Deno.test("formatPredictions() has a column for each class, and parsePredictions() wants those", () => {
  const classes = ["happy", 'an "odd" name', "__proto__"];
  const predictions = {
    classes,
    images: ["a1", "a2"],
    labels: Uint8Array.of(0, 2),
    predicted: Uint8Array.of(1, 2),
    probabilities: Float64Array.of(0.25, 0.5, 0.25, 0, 0, 1),
  };
  const text = formatPredictions(predictions);
  assert.match(text, /^image,label,predicted,p_happy,"p_an ""odd"" name",p___proto__\na1,happy,/);
  assert.deepEqual(parsePredictions(text, classes), predictions);
  assert.throws(() => parsePredictions(text, EMOTIONS), /the columns must be image, label/);
  assert.throws(() => parsePredictions(text, classes.slice(0, 2)), UserError);
});
