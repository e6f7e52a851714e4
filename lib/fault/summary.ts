/**
 * The last line of `deno test`, read and written.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** What a process of `deno test` came to. */
export interface TestSummary {
  readonly passed: number;
  readonly steps: number;
  readonly failed: number;
  readonly ignored: number;
}

const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/gm;

/**
 * Reads the summary out of what `deno test` printed, which has colours unless `NO_COLOR` is set.
 *
 * @returns `undefined` where it printed none, for instance as it was killed.
 */
export function readSummary(said: string): TestSummary | undefined {
  const [, passed, steps = 0, failed, ignored = 0] =
    [...stripVTControlCharacters(said).matchAll(SUMMARY)].at(-1) ?? [];
  if (passed === undefined) return undefined;
  return {
    passed: Number(passed),
    steps: Number(steps),
    failed: Number(failed),
    ignored: Number(ignored),
  };
}

/**
 * The summary of several processes, as `deno test` writes its own.
 *
 * @param summaries `undefined` for a process without one, which counts as a failed test.
 * @param duration As it is to stand there.
 */
export function summaryLine(
  summaries: readonly (TestSummary | undefined)[],
  duration: string,
): string {
  const sum = (count: keyof TestSummary) =>
    summaries.reduce((total, each) => total + (each?.[count] ?? 0), 0);
  const failed = sum("failed") + summaries.filter((each) => each === undefined).length;
  const steps = sum("steps") > 0 ? ` (${sum("steps")} steps)` : "";
  const ignored = sum("ignored") > 0 ? ` | ${sum("ignored")} ignored` : "";
  return `${failed === 0 ? "ok" : "FAILED"} | ${sum("passed")} passed${steps} | ${failed} failed` +
    `${ignored} (${duration})`;
}
