/**
 * Ours in bfloat16 beside the others, case by case: what is worth most to know, in one table.
 *
 * @module
 */

import type { BenchmarkResults, Section, Table } from "./report.ts";
import { IN_BFLOAT16, pairedRatios, spread } from "./rounds.ts";

type Rounds = Extract<Section, { kind: "rounds" }>;

/** The table, or nothing where no case was measured in bfloat16. */
export function summaryTable(
  sections: BenchmarkResults["sections"],
  table: Table,
): string | undefined {
  const measured = Object.values(sections).filter((section): section is Rounds =>
    section.kind === "rounds" && section.sides[OURS] !== undefined
  );
  if (measured.length === 0) return undefined;
  return table([
    { title: "Ours in bfloat16" },
    ...["ms", "GFLOP/s", "/ ours, float32", "/ Keras, float32", "/ the fastest peer, bfloat16"].map(
      (title) => ({ title, align: "right" as const }),
    ),
  ], measured.map(row));
}

const OURS = `ours${IN_BFLOAT16}`;

function row({ title, sides, gflop }: Rounds): string[] {
  const { median } = spread(sides[OURS]!);
  const beside = (name: string | undefined) => {
    if (name === undefined) return "–";
    const ratio = spread(pairedRatios(sides[OURS]!, sides[name]!));
    return `${ratio.median.toFixed(2)} [${ratio.lowerQuartile.toFixed(2)}-${
      ratio.upperQuartile.toFixed(2)
    }]`;
  };
  const others = Object.keys(sides).filter((name) => !name.startsWith("ours"));
  const keras = fastest(sides, others.filter((name) => /^Keras(, tuned)?$/.test(name)));
  const mixed = fastest(sides, others.filter((name) => name.endsWith(IN_BFLOAT16)));
  const named = (name: string | undefined) =>
    name === undefined ? beside(name) : `${beside(name)} ${name.replace(IN_BFLOAT16, "")}`;
  return [
    title,
    median.toFixed(1),
    (gflop / median * 1000).toFixed(0),
    beside("ours"),
    named(keras),
    named(mixed),
  ];
}

/** Of some sides the one whose median is least. */
function fastest(sides: Rounds["sides"], names: readonly string[]): string | undefined {
  const median = (name: string) => spread(sides[name]!).median;
  return names.toSorted((a, b) => median(a) - median(b))[0];
}
