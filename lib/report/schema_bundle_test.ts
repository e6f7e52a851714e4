import { deepEqual, equal, ok } from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { sampleFacts, sampleRecord } from "./_sample.ts";
import { BUNDLE_FILE, bundleText } from "./schema_bundle.ts";

Deno.test("bundle.v1.json is made of lib/schema and the table of hyper-parameters as they are", () => {
  ok(
    Deno.readTextFileSync(BUNDLE_FILE) === bundleText(),
    "Is out of date: deno run --allow-read --allow-write lib/report/schema_bundle.ts",
  );
});

Deno.test("The bundle has every reference's target", () => {
  const { $defs } = JSON.parse(bundleText());
  const targets = new Set(
    Object.values<{ $id: string; $defs?: object }>($defs).flatMap((schema) => [
      schema.$id,
      ...Object.keys(schema.$defs ?? {}).map((name) => `${schema.$id}#/$defs/${name}`),
    ]),
  );
  const text = bundleText();
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, to]) => to!);
  ok(references.length > 100);
  deepEqual(references.filter((to) => !targets.has(to)), []);
  // A part that nothing refers to is not part of any file.
  deepEqual(
    [...targets].filter((to) => !references.includes(to) && to !== "urn:fer-lab:schema:common:1"),
    [],
  );
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
