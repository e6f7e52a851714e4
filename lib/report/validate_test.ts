import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { FIRST_VERSION_PARAMETERS, LATER_PARAMETERS, PARAMETERS } from "../configuration.ts";
import { EMOTIONS, FACE } from "../emotion.ts";
import { UserError } from "../error.ts";
import { evaluatePredictions } from "../evaluation/metrics.ts";
import type { RunRecord } from "./record.ts";
import { sampleFacts, sampleRecord } from "./_sample.ts";
import bundle from "./schema/bundle.v1.json" with { type: "json" };
import {
  formatChecked,
  kindOf,
  validateFacts,
  validateRecord,
  validateReport,
} from "./validate.ts";

const file = "runs/1/record.json";

/** A record with one place changed, as read from a file. */
function broken(change: (record: Record<string, unknown> & RunRecord) => void): unknown {
  const record = JSON.parse(JSON.stringify(sampleRecord()));
  change(record);
  return record;
}

function refusal(json: unknown): string {
  try {
    validateRecord(json, { file });
  } catch (error) {
    ok(error instanceof UserError);
    ok(!error.message.includes("\n"));
    return error.message;
  }
  throw new Error("Was accepted");
}

Deno.test("validateRecord() accepts a record and gives it back", () => {
  const record = sampleRecord();
  equal(validateRecord(record, { file }), record);
});

Deno.test("validateRecord() knows how splits can have been made, then and now", () => {
  for (const split of ["official", "own", "stratified-tenth", "drawn", "generated"]) {
    const record = broken((record) => Object.assign(record.dataset, { split }));
    equal(validateRecord(record, { file }), record);
  }
  refusal(broken((record) => Object.assign(record.dataset, { split: "theirs" })));
});

Deno.test("validateRecord() refuses what a terminal takes for a command", () => {
  equal(
    refusal(broken((record) => Object.assign(record.dataset, { name: "\x1b]0;owned\x07" }))),
    `${file}: /dataset/name holds a control character`,
  );
  refusal(broken((record) => Object.assign(record.dataset, { description: "\x9b2J" })));
  const lines = broken((record) => Object.assign(record.dataset, { description: "Two\nlines" }));
  equal(validateRecord(lines, { file }), lines);
});

Deno.test("validateRecord() says file, place and fault in one line", () => {
  // deno-lint-ignore no-explicit-any
  const edit = (change: (record: any) => void) => refusal(broken(change));
  equal(
    edit((r) => r.epochs[2].trainingLoss = "low"),
    `${file}: /epochs/2/trainingLoss must be number`,
  );
  equal(edit((r) => delete r.seed), `${file}: / lacks the key "seed"`);
  equal(edit((r) => r.started = "now"), `${file}: / has the unknown key "started"`);
  equal(edit((r) => r.status = "done"), `${file}: /status must be one of complete, interrupted`);
  equal(edit((r) => r.best.test.accuracy = 62.08), `${file}: /best/test/accuracy must be <= 1`);
  equal(
    edit((r) => r.best.test.confusion[3].pop()),
    `${file}: /best/test/confusion must have a row and a column for each of the data set's classes: ` +
      EMOTIONS.join(", "),
  );
  equal(
    edit((r) => r.configuration.dropout = 1),
    `${file}: /configuration has the unknown key "dropout"`,
  );
  equal(
    edit((r) => r.predictions = "x"),
    `${file}: /predictions must match pattern "^[0-9a-f]{64}$"`,
  );
});

Deno.test("validateRecord() tells another kind of file and another version from a broken one", () => {
  ok(refusal(sampleFacts()).startsWith(`${file}: Not a run record but a run-facts`));
  ok(refusal(null).includes("no file of FER Lab"));
  ok(refusal([1]).includes("no file of FER Lab"));
  ok(refusal({ kind: "toString" }).includes("no file of FER Lab"));
  ok(refusal({ ...sampleRecord(), version: 2 }).includes("Version 2 of a run record at /version"));
});

Deno.test("validateFacts() accepts facts in and outside git, and refuses a local time", () => {
  validateFacts(sampleFacts(), { file: "run.json" });
  validateFacts({ ...sampleFacts(), git: null }, { file: "run.json" });
  throws(
    () => validateFacts({ ...sampleFacts(), started: "2026-08-01 10:00" }, { file: "run.json" }),
    /run\.json: \/started must match pattern/,
  );
});

Deno.test("validateReport() refuses a record", () => {
  throws(() => validateReport(sampleRecord(), { file }), /Not a report but a run-record/);
});

Deno.test("formatChecked() writes a record that reads back equal, in the schema's order", () => {
  const record = sampleRecord();
  const text = formatChecked("fer-lab/run-record", record, { file });
  deepEqual(JSON.parse(text), record);
  const shuffled = Object.fromEntries(Object.entries(record).reverse());
  equal(formatChecked("fer-lab/run-record", shuffled, { file }), text);
  deepEqual(Object.keys(JSON.parse(text)).slice(0, 4), ["kind", "version", "digest", "seed"]);
  ok(
    text.includes('\n  "epochs": [\n    { "epoch": 1, "learningRate": 0.001, "trainingLoss": 1.8,'),
  );
});

Deno.test("formatChecked() refuses NaN with its place", () => {
  const record = sampleRecord();
  const diverged = { ...record, best: { ...record.best, epoch: NaN } };
  throws(() => formatChecked("fer-lab/run-record", diverged, { file }), {
    name: "UserError",
    message: `${file}: NaN at /best/epoch cannot be written as JSON: nothing was written`,
  });
});

Deno.test("the schema knows every hyper-parameter, in the order of the reports", () => {
  const { properties, required } = bundle.$defs.common.$defs.configuration;
  deepEqual(Object.keys(properties), PARAMETERS);
  deepEqual(required, FIRST_VERSION_PARAMETERS);
  const schemas: Readonly<Record<string, object>> = properties;
  for (const [name, value] of Object.entries(LATER_PARAMETERS)) {
    deepEqual((schemas[name] as { not?: unknown }).not, { const: value }, name);
  }
});

Deno.test("the schema takes of a hyper-parameter what --set takes, and says its range", () => {
  const set = (name: string, value: unknown) =>
    broken((record) => Object.assign(record.configuration, { [name]: value }));
  const say = (name: string, value: unknown) => refusal(set(name, value));
  for (const [name, value] of [["epochs", 10_000], ["learningRate", 1e-8], ["batchNorm", "all"]]) {
    validateRecord(set(name as string, value), { file });
  }
  equal(say("epochs", 10_001), `${file}: /configuration/epochs must be <= 10000`);
  equal(say("learningRate", 0), `${file}: /configuration/learningRate must be >= 1e-8`);
  equal(
    say("batchNorm", "no"),
    `${file}: /configuration/batchNorm must be one of false, true, all`,
  );
  equal(
    say("filters", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    `${file}: /configuration/filters must NOT have more than 8 items`,
  );
});

Deno.test("validateRecord() takes a later hyper-parameter, and its default only left out", () => {
  const record = (network: unknown) =>
    broken((record) => Object.assign(record.configuration, { network }));
  equal(validateRecord(record("vgg(2)"), { file }).configuration.network, "vgg(2)");
  equal(sampleRecord().configuration.network, undefined);
  equal(
    refusal(record("chain")),
    `${file}: /configuration/network has its default, and is left out then`,
  );
  equal(refusal(record(2)), `${file}: /configuration/network must be string`);
});

Deno.test("kindOf() knows our files", () => {
  equal(kindOf(sampleRecord()), "fer-lab/run-record");
  equal(kindOf("text"), undefined);
});

Deno.test("validateRecord() takes other classes and samples where the record tells of them, and throughout", () => {
  const classes = ["happy", "calm", "tense"];
  const labels = Uint8Array.of(0, 1, 2, 2);
  const scores = evaluatePredictions(labels, labels, classes);
  const counts = { happy: 1, calm: 1, tense: 2 };
  // deno-lint-ignore no-explicit-any
  const other = (change: (record: any) => void = () => {}) =>
    broken((record) => {
      const { dataset, best, last } = record as unknown as Record<string, object>;
      Object.assign(dataset!, {
        classes,
        sample: { shape: [12], type: "float32", divisor: 1 },
        counts: { Training: counts, PublicTest: counts, PrivateTest: counts },
        trainedOn: counts,
        targets: "distributions",
      });
      const sets = { training: scores, validation: scores, test: scores, cleanTest: scores };
      for (const weights of [best!, last!]) {
        Object.assign(weights, JSON.parse(JSON.stringify(sets)));
      }
      change(record);
    });
  const record = validateRecord(other(), { file });
  const text = formatChecked("fer-lab/run-record", record, { file });
  deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(record)));

  const of = `the data set's classes: happy, calm, tense`;
  equal(
    refusal(other((r) => r.dataset.trainedOn = { happy: 1, calm: 1, tired: 2 })),
    `${file}: /dataset/trainedOn must name ${of}`,
  );
  equal(
    refusal(other((r) => r.dataset.counts.PublicTest = { happy: 1, calm: 1 })),
    `${file}: /dataset/counts/PublicTest must name ${of}`,
  );
  equal(
    refusal(other((r) => r.best.test.perClass.reverse())),
    `${file}: /best/test/perClass must name ${of}`,
  );
  equal(
    refusal(other((r) => r.last.cleanTest.confusion.push([0, 0, 0]))),
    `${file}: /last/cleanTest/confusion must have a row and a column for each of ${of}`,
  );
  refusal(other((r) => delete r.dataset.classes));
  for (const wrong of [["only"], ["a", "a"], ["a", "b,c"], ["a", "b\x07"], [1, 2]]) {
    refusal(other((r) => r.dataset.classes = wrong));
  }
  // What is FER2013's is left out, so that one data set has one record.
  const told = "has its default, and is left out then";
  equal(
    refusal(broken((r) => Object.assign(r.dataset, { classes: EMOTIONS }))),
    `${file}: /dataset/classes ${told}`,
  );
  equal(
    refusal(broken((r) => Object.assign(r.dataset, { sample: FACE }))),
    `${file}: /dataset/sample ${told}`,
  );
  refusal(broken((r) => Object.assign(r.dataset.counts.Training, { calm: 3 })));
});
