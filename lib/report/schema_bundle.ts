/**
 * All schemas in one file, for validation and for other tools: `schema/bundle.v1.json`, made of what
 * `lib/schema/` says once for types and schemas.
 *
 * Made anew by `deno run --allow-read --allow-write lib/report/schema_bundle.ts`; a test says when that is due.
 *
 * @module
 */

import { join } from "node:path";
import { FIRST_VERSION_PARAMETERS, LATER_PARAMETERS, PARAMETERS } from "../configuration.ts";
import { writeFileWhole } from "../file.ts";
import { PARAMETER_TEXTS } from "../parameter.ts";
import { commonSchema } from "../schema/common.ts";
import { DIALECT, idOf } from "../schema/define.ts";
import { comparisonReport, ensembleReport, report, reportFacts } from "../schema/report.ts";
import { runFacts, runRecord } from "../schema/run.ts";

/** Schemas of whole files; each tells its `kind`. */
const FILES = [runRecord, runFacts, report, reportFacts, comparisonReport, ensembleReport];

/** Where the bundle is kept. */
export const BUNDLE_FILE: string = join(import.meta.dirname!, "schema", "bundle.v1.json");

/**
 * The bundle: a file is held against the schema of the `kind` that it says it is of. The schemas stand
 * in `$defs`, each with its own `$id`, so that their references to each other hold (JSON Schema
 * 2020-12, section 9.3, "Compound Documents").
 */
function bundleSchemas(): Record<string, unknown> {
  return {
    $schema: DIALECT,
    $id: idOf("bundle"),
    title: "All files of FER Lab, version 1",
    description:
      "Any of record.json, run.json, report.json, report.run.json, comparisons and ensembles.",
    type: "object",
    properties: { kind: { enum: FILES.map(kindOf) } },
    required: ["kind"],
    // Not oneOf: what is wrong with a file is then said of its own schema alone.
    allOf: FILES.map((schema) => ({
      if: { properties: { kind: { const: kindOf(schema) } }, required: ["kind"] },
      then: { $ref: idOf(nameOf(schema)) },
    })),
    $defs: {
      common: commonSchema(configurationSchema()),
      ...Object.fromEntries(FILES.map((schema) => [nameOf(schema), schema])),
    },
  };
}

/** The schema of a configuration as records have it, made of the table of hyper-parameters. */
function configurationSchema() {
  const later: Readonly<Record<string, unknown>> = LATER_PARAMETERS;
  const properties = PARAMETERS.map((name) => {
    const { meaning, schema } = PARAMETER_TEXTS[name];
    const leftOut = name in later ? { not: { const: later[name] } } : {};
    return [name, { description: meaning, ...schema, ...leftOut }];
  });
  return {
    description:
      "The hyper-parameters of a run; lib/configuration.ts says more of each. One that is not required came after the first records, and is left out where it has the value that says what was done before",
    type: "object",
    properties: Object.fromEntries(properties),
    required: FIRST_VERSION_PARAMETERS,
    additionalProperties: false,
  };
}

function kindOf(schema: typeof FILES[number]): string {
  return schema.properties.kind.const;
}

/** `run-record` of `fer-lab/run-record`. */
function nameOf(schema: typeof FILES[number]): string {
  return kindOf(schema).replace("fer-lab/", "");
}

/** The bundle as it stands in its file. */
export function bundleText(): string {
  return JSON.stringify(bundleSchemas(), null, 2) + "\n";
}

if (import.meta.main) await writeFileWhole(BUNDLE_FILE, bundleText());
