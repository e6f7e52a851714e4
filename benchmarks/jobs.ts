/**
 * Processes side by side, as `deno task sweep` has them: how the threads of a machine are divided among
 * them, and what comes of it.
 *
 * @module
 */

import type { Precision } from "./cases.ts";
import type { SectionBody, Table } from "./report.ts";
import { pairedRatios, spread } from "./rounds.ts";

/** The cases that are measured so: the least and the most work in a step. */
export const SIDE_BY_SIDE: readonly string[] = ["plain", "all-three"];

/** One way to divide the threads. */
export interface Layout {
  readonly processes: number;
  /** Of each process. */
  readonly threads: number;
}

/** What was measured of one case in one precision. */
export interface SideBySide {
  /** Of the case, as tables show it. */
  readonly title: string;
  readonly precision: Precision;
  readonly batchSize: number;
  /**
   * By layout (`2 x 1`: processes x threads) milliseconds per step of all its processes together, one
   * value per round; one process of all threads is the first.
   */
  readonly layouts: Readonly<Record<string, readonly number[]>>;
}

/** From one process of all threads by halves to as many processes of one. */
export function layoutsOf(threads: number): Layout[] {
  const counts = [];
  for (let processes = 1; threads % processes === 0; processes *= 2) counts.push(processes);
  if (!counts.includes(threads)) counts.push(threads);
  return counts.map((processes) => ({ processes, threads: threads / processes }));
}

/** What a layout is called. */
export function layoutName({ processes, threads }: Layout): string {
  return `${processes} x ${threads}`;
}

/** What all processes get through together, and how much that is beside one process of all threads. */
export function jobsTables(
  { steps, cases }: Extract<SectionBody, { kind: "jobs" }>,
  table: Table,
): string[] {
  const rows = cases.flatMap(({ title, precision, batchSize, layouts }) => {
    const [one] = Object.values(layouts);
    return Object.entries(layouts).map(([layout, milliseconds]) => {
      const images = spread(milliseconds.map((each) => batchSize / each * 1000));
      const gain = spread(pairedRatios(one!, milliseconds));
      return [
        `${title}, ${precision}`,
        layout,
        images.median.toFixed(0),
        `${images.lowerQuartile.toFixed(0)}-${images.upperQuartile.toFixed(0)}`,
        gain.median.toFixed(2),
        `${gain.lowerQuartile.toFixed(2)}-${gain.upperQuartile.toFixed(2)}`,
      ];
    });
  });
  const rounds = Object.values(cases[0]?.layouts ?? {})[0]?.length ?? 0;
  return [
    `${rounds} rounds of ${steps} steps of every process. The processes of a row train at once, as ` +
    "those of deno task sweep; images/s is what they get through together, and the gain how many " +
    "times as much that is as by one process of all threads in the same round: above 1, side by " +
    "side is faster.\n",
    table([
      { title: "Step" },
      { title: "processes x threads" },
      ...["images/s", "quartiles", "gain", "quartiles"].map((title) => ({
        title,
        align: "right" as const,
      })),
    ], rows),
  ];
}
