/**
 * All schemas in one file, for tools that take one: `schema/bundle.v1.json`.
 *
 * Made anew by `deno run --allow-read --allow-write lib/report/schema_bundle.ts`; a test says when that is due.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileWhole } from "../file.ts";
import common from "./schema/common.v1.json" with { type: "json" };
import comparison from "./schema/comparison.v1.json" with { type: "json" };
import report from "./schema/report.v1.json" with { type: "json" };
import reportFacts from "./schema/report_facts.v1.json" with { type: "json" };
import runFacts from "./schema/run_facts.v1.json" with { type: "json" };
import runRecord from "./schema/run_record.v1.json" with { type: "json" };

/** Schemas of whole files; each tells its `kind`. */
const FILES = [runRecord, runFacts, report, reportFacts, comparison];

/** Where the bundle is kept. */
export const BUNDLE_FILE: string = join(import.meta.dirname!, "schema", "bundle.v1.json");

/**
 * The bundle: a file is held against the schema of the `kind` that it says it is of. The schemas stand
 * in `$defs` as they are, with their own `$id`s, so that their references to each other hold (JSON
 * Schema 2020-12, section 9.3, "Compound Documents").
 */
export function bundleSchemas(): Record<string, unknown> {
  return {
    $schema: common.$schema,
    $id: "urn:fer-lab:schema:bundle:1",
    title: "All files of FER Lab, version 1",
    description: "Any of record.json, run.json, report.json, report.run.json, and comparisons.",
    type: "object",
    properties: { kind: { enum: FILES.map(kindOf) } },
    required: ["kind"],
    // Not oneOf: what is wrong with a file is then said of its own schema alone.
    allOf: FILES.map((schema) => ({
      if: { properties: { kind: { const: kindOf(schema) } }, required: ["kind"] },
      then: { $ref: schema.$id },
    })),
    $defs: Object.fromEntries([common, ...FILES].map((schema) => [nameOf(schema), schema])),
  };
}

function kindOf(schema: typeof FILES[number]): string {
  return schema.properties.kind.const;
}

/** The third part of `urn:fer-lab:schema:run-record:1`. */
function nameOf({ $id }: { readonly $id: string }): string {
  return $id.split(":").at(-2)!;
}

/** The bundle as it stands in its file. */
export function bundleText(): string {
  return JSON.stringify(bundleSchemas(), null, 2) + "\n";
}

if (import.meta.main) await writeFileWhole(BUNDLE_FILE, bundleText());
