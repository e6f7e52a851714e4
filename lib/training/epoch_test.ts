import { strictEqual } from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import bundle from "../report/schema/bundle.v1.json" with { type: "json" };
import { type EpochRecord, isEpochRecord } from "./epoch.ts";

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
