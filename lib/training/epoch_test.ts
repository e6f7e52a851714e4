import { strictEqual } from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import bundle from "../report/schema/bundle.v1.json" with { type: "json" };
import { type EpochRecord, isAveraged, isEpochRecord } from "./epoch.ts";

const { common } = bundle.$defs;
const inSchema = new Ajv2020({ allowUnionTypes: true, schemas: [common] })
  .getSchema(`${common.$id}#/$defs/epoch`)!;

const EPOCH: EpochRecord = {
  epoch: 3,
  learningRate: 0,
  trainingLoss: 1.5,
  trainingAccuracy: 0.4,
  validationLoss: 1.6,
  validationAccuracy: 1,
};

Deno.test("isEpochRecord() takes what the record's schema takes, and nothing else", () => {
  strictEqual(isEpochRecord(EPOCH), true);
  const name = fc.constantFrom(...Object.keys(EPOCH), "other", "__proto__");
  const value = fc.oneof(
    fc.constantFrom<unknown>(0, -0, 1, 1.5, -1, 1e300, "1", null, true, [], {}, undefined),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(fc.property(fc.array(fc.tuple(name, value), { maxLength: 3 }), (changes) => {
    const changed = JSON.parse(JSON.stringify({ ...EPOCH, ...Object.fromEntries(changes) }));
    strictEqual(isEpochRecord(changed), inSchema(changed), JSON.stringify(changed));
  }));
  for (const json of [undefined, null, [], "epoch", 3]) {
    strictEqual(isEpochRecord(json), false);
    strictEqual(inSchema(json), false);
  }
});

Deno.test("An epoch of a run that averages its weights has the scores of both, and no other epoch has", () => {
  const both: EpochRecord = {
    ...EPOCH,
    rawValidationLoss: 1.7,
    rawValidationAccuracy: 0.9,
    averagedValidationLoss: 1.6,
    averagedValidationAccuracy: 1,
  };
  strictEqual(inSchema(both), true);
  strictEqual(isEpochRecord(both, { averaged: true }), true);
  strictEqual(isEpochRecord(both), false);
  strictEqual(isEpochRecord(EPOCH, { averaged: true }), false);
  strictEqual(isEpochRecord({ ...both, rawValidationAccuracy: 2 }, { averaged: true }), false);
  strictEqual(isAveraged(both), true);
  // Of equals the weights themselves.
  strictEqual(isAveraged({ ...both, rawValidationAccuracy: 1 }), false);
  strictEqual(isAveraged(EPOCH), false);
});
