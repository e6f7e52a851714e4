import { strictEqual } from "node:assert/strict";
import { didYouMean, nearest } from "./nearest.ts";

Deno.test("nearest() finds the name that was meant", () => {
  const names = ["epochs", "batchSize", "batchNorm", "dedupe"];
  strictEqual(nearest("epoch", names), "epochs");
  strictEqual(nearest("batch-size", names), "batchSize");
  strictEqual(nearest("BATCH_NORM", names), "batchNorm");
  strictEqual(nearest("dedup", names), "dedupe");
});

Deno.test("nearest() finds nothing where nothing is near", () => {
  strictEqual(nearest("xylophone", ["epochs", "filters"]), undefined);
  strictEqual(nearest("", ["a", "ab"]), undefined);
  strictEqual(nearest("epochs", []), undefined);
});

Deno.test("didYouMean() lists all names where none is near", () => {
  strictEqual(didYouMean("smok", ["smoke", "full"]), 'did you mean "smoke"?');
  strictEqual(didYouMean("enormous", ["smoke", "full"]), "expected one of smoke, full");
});
