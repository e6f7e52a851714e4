/**
 * The record of one run (one configuration, one seed): what it is a function of, and what came out.
 *
 * Two kinds of facts are never mixed in one file. The {@linkcode RunRecord} (`record.json`) is a
 * function of configuration, data, TensorFlow build, thread count and kind of CPU: run it twice and
 * it is the same to the byte; it holds no time, host or path. The {@linkcode RunFacts} (`run.json`)
 * say when, where and how long.
 *
 * @module
 */

import type { RunRecord } from "../schema/run.ts";

export type { BuildRecord, EpochRecord, ModelRecord, ReportDataset } from "../schema/common.ts";
export type * from "../schema/report.ts";
export type * from "../schema/run.ts";

/** Raised when a field changes its meaning. */
export const RECORD_VERSION: RunRecord["version"] = 1;
