/**
 * Where a run's time went: as a table at the terminal, and as a trace beside the run's files.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileWhole } from "../file.ts";
import { right, terminalTable } from "../report/table.ts";
import { percent, plural } from "../text.ts";
import type { Profile, Profiler } from "../training/profile.ts";
import { TRACE_FILE } from "./state.ts";

/** Types of operations that have a row of their own. */
const MOST_TYPES = 12;

/**
 * Writes what a profiler has found into the run's folder.
 *
 * @param folder The run's.
 * @returns The file with its table; nothing where nothing was trained.
 */
export async function writeProfile(
  folder: string,
  profiler: Profiler,
): Promise<{ readonly file: string; readonly table: string } | undefined> {
  const profile = profiler.profile();
  if (!profile) return undefined;
  const file = join(folder, TRACE_FILE);
  await writeFileWhole(file, profiler.trace());
  return { file, table: profileTable(profile) };
}

/** Shares of the parts of training, then the operations of the timed steps, the longest first. */
export function profileTable({ seconds, meanwhile, steps, operations }: Profile): string {
  const whole = seconds.training;
  const alone = seconds["batch preparation"] - meanwhile;
  const named = seconds["training step"] + alone + seconds.validation + seconds.histograms +
    seconds.saving;
  const row = (name: string, value: number) => [
    name,
    value.toFixed(2),
    percent(whole === 0 ? 0 : value / whole, 1),
  ];
  const parts = terminalTable(
    [{ title: `Training, ${plural(steps, "step")}` }, ...right("Seconds", "%")],
    [
      row("Steps", seconds["training step"]),
      row("in which the next batch is prepared", meanwhile),
      row("Batch preparation outside steps", alone),
      row("Validation", seconds.validation),
      ...seconds.histograms > 0 ? [row("Histograms", seconds.histograms)] : [],
      row("Saving", seconds.saving),
      row("Other", Math.max(0, whole - named)),
      row("All", whole),
    ],
  );
  return operations ? `${parts}\n${operationTable(operations)}` : parts;
}

function operationTable(
  { steps, size, span, types }: NonNullable<Profile["operations"]>,
): string {
  const sum = types.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rest = types.slice(MOST_TYPES);
  const shown = [
    ...types.slice(0, MOST_TYPES),
    ...rest.length === 0 ? [] : [{
      type: plural(rest.length, "other type"),
      count: rest.reduce((sum, { count }) => sum + count, 0),
      milliseconds: rest.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    }],
  ];
  return terminalTable(
    [{ title: "Operation" }, ...right("A step", "Milliseconds", "%")],
    shown.map(({ type, count, milliseconds }) => [
      type,
      count.toFixed(0),
      milliseconds.toFixed(2),
      percent(sum === 0 ? 0 : milliseconds / sum, 1),
    ]),
  ) +
    `Mean of ${plural(steps, "step")} of ${plural(size, "image")}: ${span.toFixed(2)} ms each, ${
      sum.toFixed(2)
    } ms of operations,\nsome of them side by side.`;
}
