import { equal, ok } from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { sampleFacts, sampleRecord } from "./_sample.ts";
import { BUNDLE_FILE, bundleSchemas, bundleText } from "./schema_bundle.ts";

Deno.test("bundle.v1.json is made of the schemas as they are", () => {
  ok(
    Deno.readTextFileSync(BUNDLE_FILE) === bundleText(),
    "Is out of date: deno run --allow-read --allow-write lib/report/schema_bundle.ts",
  );
});

Deno.test("Every schema in the folder is in the bundle", () => {
  const files = [...Deno.readDirSync(new URL("schema", import.meta.url))]
    .filter(({ name }) => name.endsWith(".json") && name !== "bundle.v1.json");
  equal(Object.keys(bundleSchemas().$defs as object).length, files.length);
});

/** The bundle alone, as read from its file. */
function validator(): ValidateFunction {
  const text = Deno.readTextFileSync(BUNDLE_FILE);
  return new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(text));
}

Deno.test("The bundle alone takes what is whole and refuses what is broken, of every kind", () => {
  const validate = validator();
  const record = JSON.parse(JSON.stringify(sampleRecord()));
  const facts = JSON.parse(JSON.stringify(sampleFacts()));
  for (const whole of [record, facts]) equal(validate(whole), true);
  const { seed: _, ...headless } = record;
  for (
    const broken of [
      headless,
      { ...record, seed: "1" },
      { ...record, kind: "fer-lab/report" },
      { ...record, kind: "other" },
      { ...facts, host: 1 },
      { ...record, dataset: { ...record.dataset, digest: "x" } },
      {},
      [],
    ]
  ) equal(validate(broken), false, JSON.stringify(broken).slice(0, 80));
});
