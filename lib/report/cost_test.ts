import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE, recordedConfiguration } from "../configuration.ts";
import { formOf } from "../dataset/form.ts";
import { committedFiles } from "./_committed.ts";
import { costCells, costOf, costsDiffer, costsDrawn, millions } from "./cost.ts";
import { readReport, REPORT_FILES } from "./files.ts";

Deno.test("costOf() has the parameters that every committed report tells of", async () => {
  let seen = 0;
  for (const file of committedFiles(REPORT_FILES.report)) {
    const { variants, dataset } = await readReport(file);
    // A network of modalities gets some of them, and no cost is told.
    if (formOf(dataset).sample.modalities) continue;
    for (const { configuration, model } of variants) {
      strictEqual(costOf(configuration, dataset)!.parameters, model.parameters, file);
      seen++;
    }
  }
  ok(seen > 30, `only ${seen} were found`);
});

Deno.test("costOf() counts what the network takes: crops where it trains on crops, vectors, classes", () => {
  const cost = (changes: object, form = {}) => costOf({ ...BASELINE, ...changes }, form)!;
  // One convolution of 8 filters, then their average and the output layer.
  const tiny = { filters: [8], head: "average" };
  strictEqual(cost(tiny).multiplyAdds, 48 * 48 * 9 * 8 + 8 * 7);
  strictEqual(cost({ ...tiny, augment: "crop(40)" }).multiplyAdds, 40 * 40 * 9 * 8 + 8 * 7);
  const vectors = {
    classes: ["one", "two", "three"],
    sample: { shape: [12], type: "float32", divisor: 1 },
  };
  strictEqual(cost({ network: "mlp(1)", denseUnits: 5 }, vectors).multiplyAdds, 12 * 5 + 5 * 3);
});

Deno.test("costOf() says nothing of a network that this version cannot build", () => {
  const recorded = recordedConfiguration(BASELINE);
  strictEqual(costOf({ ...recorded, network: "transformer(4)" }, {}), undefined);
  strictEqual(costOf({ ...recorded, network: "resnet(1)" }, {}), undefined);
  deepStrictEqual(costCells(undefined), ["–", "–"]);
  deepStrictEqual(costCells(costOf(recorded, {})), ["683,527", "22.5"]);
});

Deno.test("Millions have three digits, and costs differ by their multiply-adds", () => {
  deepStrictEqual([87_040, 22_500_000, 99_960_000, 1_234_000_000].map(millions), [
    "0.087",
    "22.5",
    "100",
    "1,234",
  ]);
  const [plain, normalised] = [{ parameters: 1, multiplyAdds: 5 }, {
    parameters: 2,
    multiplyAdds: 5,
  }];
  strictEqual(costsDiffer([plain, normalised]), false);
  strictEqual(costsDiffer([plain, { ...plain, multiplyAdds: 6 }]), true);
  const several = [5, 6, 7, 7].map((multiplyAdds) => ({ parameters: 1, multiplyAdds }));
  strictEqual(costsDrawn([...several, undefined]), false);
  strictEqual(costsDrawn([...several, { parameters: 1, multiplyAdds: 8 }]), true);
});
