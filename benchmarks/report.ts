/**
 * The benchmark's results, and their tables.
 *
 * @module
 */

import { type Column, markdownTable, terminalTable } from "../lib/report/table.ts";
import { GFLOP_FORMULA } from "./gflop.ts";
import { jobsTables, type SideBySide } from "./jobs.ts";
import { bestOf, type Peak, PEAK_WORKS, type PeakWork } from "./peak.ts";
import type { Precision } from "./cases.ts";
import { IN_BFLOAT16, pairedRatios, spread } from "./rounds.ts";
import { summaryTable } from "./summary.ts";
import { wrap } from "../lib/text.ts";
import type { TypeTime } from "../lib/tensorflow/step_stats.ts";

/** All that was measured on one kind of machine; a later run replaces the sections it measures. */
export interface BenchmarkResults {
  readonly kind: "fer-lab/benchmark";
  readonly version: 1;
  readonly machine: Machine;
  readonly sections: Readonly<Record<string, Section>>;
}

/** What it was measured on. */
export interface Machine {
  /** Such as `linux-x86_64`. */
  readonly platform: string;
  readonly cpuModel: string;
  /** CPU features that decide which kernels run, such as `avx512_vnni`. */
  readonly features: readonly string[];
  readonly threads: number;
}

/** One thing measured. */
export type Section = SectionBody & {
  readonly title: string;
  /** When, ISO 8601. */
  readonly measured: string;
  /** Of everything that took part. */
  readonly versions: Readonly<Record<string, string>>;
};

/** The forms a section has. */
export type SectionBody =
  | {
    readonly kind: "rounds";
    /** Steps per round. */
    readonly steps: number;
    readonly batchSize: number;
    /** What one step computes, in 10^9 floating-point operations. */
    readonly gflop: number;
    /** Milliseconds per step, one value per round of each side; the first side is ours. */
    readonly sides: Readonly<Record<string, readonly number[]>>;
    /** GFLOP/s of each product of two 2048 x 2048 matrices, measured between the rounds. */
    readonly matmul: readonly number[];
    /** What the machine multiplies at most in a precision; results from before it was measured lack it. */
    readonly peaks?: { readonly [Each in Precision]?: Peak };
  }
  | {
    readonly kind: "operations";
    /** Milliseconds per step while TensorFlow noted times, and within the graph. */
    readonly milliseconds: number;
    readonly span: number;
    /** Milliseconds that making a batch takes, while a step runs; older results lack it. */
    readonly preparation?: number;
    /** By what they are there for, see `operations.ts`; older results lack it. */
    readonly purposes?: readonly TypeTime[];
    readonly types: readonly TypeTime[];
  }
  | {
    readonly kind: "settings";
    readonly steps: number;
    /** Milliseconds per step with a setting and, in the same rounds, without. */
    readonly settings: readonly {
      readonly name: string;
      readonly meaning: string;
      readonly with: readonly number[];
      readonly without: readonly number[];
      /** Why it could not be measured. */
      readonly failed?: string;
    }[];
  }
  | {
    readonly kind: "jobs";
    /** Steps per round of each process. */
    readonly steps: number;
    readonly cases: readonly SideBySide[];
  }
  | { readonly kind: "values"; readonly columns: readonly string[]; readonly rows: Row[] };

/** A row of a table: what it is, then its numbers as text. */
export type Row = readonly [string, ...string[]];

/** Renders text in Markdown or for the terminal. */
export type Table = (columns: readonly Column[], rows: readonly (readonly string[])[]) => string;

/** The results as Markdown: a function of the results alone. */
export function benchmarkMarkdown({ machine, sections }: BenchmarkResults): string {
  const summary = summaryTable(sections, markdownTable);
  const parts = [
    `# Speed on ${machine.cpuModel}, ${threadsText(machine.threads)}`,
    `${machine.platform}, ${machine.features.join(" ")}. Milliseconds per step: median of the ` +
    "rounds, with the quartiles, least and most. A ratio is ours / theirs, paired round by round; " +
    "below 1 we are faster. How it is measured: [README](../README.md).",
    `GFLOP: ${GFLOP_FORMULA}.`,
    ...summary === undefined ? [] : [
      `## In bfloat16, in short\n\n${summary.trimEnd()}\n\nRatios with their quartiles, from the ` +
      "rounds below: beside Keras in float32 as it is faster of its two ways, beside the fastest of " +
      "the peers in bfloat16, with its name.",
    ],
    ...Object.values(sections).map((section) =>
      [
        `## ${section.title}`,
        ...sectionTables(section, markdownTable).map((text) => text.trimEnd()),
        `Measured ${section.measured} with ${
          Object.entries(section.versions).map(([name, version]) => `${name} ${version}`).join(", ")
        }.`,
      ].join("\n\n")
    ),
  ];
  return parts.join("\n\n") + "\n";
}

/** One section for the terminal. */
export function sectionText(section: Section): string {
  return `${section.title}\n\n${sectionTables(section, terminalTable).join("\n")}`;
}

function sectionTables(section: Section, table: Table): string[] {
  switch (section.kind) {
    case "rounds":
      return roundsTables(section, table);
    case "operations":
      return operationsTables(section, table);
    case "settings":
      return [settingsTable(section, table)];
    case "jobs":
      return jobsTables(section, table);
    case "values":
      return [
        table(
          section.columns.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
          section.rows,
        ),
      ];
  }
}

function roundsTables(
  { sides, gflop, matmul, peaks = {}, steps, batchSize }: Extract<Section, { kind: "rounds" }>,
  table: Table,
): string[] {
  const names = Object.keys(sides);
  const ours = sides[names[0]!]!;
  const peak = spread(matmul);
  const best = Object.entries(peaks).map(([precision, measured]) => ({
    precision,
    ...bestOf(measured),
  }));
  const ofPeak = (name: string, speed: number) => {
    const own = name.endsWith(IN_BFLOAT16) ? "bfloat16" : "float32";
    const most = best.find(({ precision }) => precision === own);
    return most ? `${(100 * speed / most.gflops).toFixed(0)} %` : "–";
  };
  const rows = names.map((name) => {
    const values = sides[name]!;
    const { min, lowerQuartile, median, upperQuartile, max } = spread(values);
    const speed = gflop / median * 1000;
    return [
      name,
      milliseconds(median),
      `${milliseconds(lowerQuartile)}-${milliseconds(upperQuartile)}`,
      `${milliseconds(min)}-${milliseconds(max)}`,
      (batchSize / median * 1000).toFixed(0),
      speed.toFixed(0),
      `${(100 * speed / peak.median).toFixed(0)} %`,
      `${(100 * speed / peak.max).toFixed(0)} %`,
      ...best.length > 0 ? [ofPeak(name, speed)] : [],
    ];
  });
  // Ours in float32 beside float32; in bfloat16 beside every side.
  const [first] = names;
  const mixed = names.filter((name) => name.endsWith(IN_BFLOAT16));
  const own = mixed.find((name) => name === first + IN_BFLOAT16);
  const pairs = [
    ...names.filter((name) => name !== first && !mixed.includes(name)).map((name) => [first, name]),
    ...own === undefined ? [] : names.filter((name) => name !== own).map((name) => [own, name]),
  ] as [string, string][];
  const ratios = pairs.map(([mine, name]) => {
    const { min, lowerQuartile, median, upperQuartile, max } = spread(
      pairedRatios(sides[mine]!, sides[name]!),
    );
    return [
      `${mine} / ${name}`,
      median.toFixed(2),
      `${lowerQuartile.toFixed(2)}-${upperQuartile.toFixed(2)}`,
      `${min.toFixed(2)}-${max.toFixed(2)}`,
    ];
  });
  const right = (...titles: string[]) =>
    titles.map((title) => ({ title, align: "right" as const }));
  return [
    `${ours.length} rounds of ${steps} steps; ${gflop.toFixed(2)} GFLOP a step; ` +
    `sgemm ${peak.median.toFixed(0)} GFLOP/s (median), ${peak.max.toFixed(0)} (most).` +
    `${peakText(best)}\n`,
    table([
      { title: "Side" },
      ...right("ms", "quartiles", "range", "images/s", "GFLOP/s", "of sgemm", "of its most"),
      ...right(...best.length > 0 ? ["of the peak"] : []),
    ], rows),
    ...ratios.length === 0
      ? []
      : [table([{ title: "Ratio" }, ...right("median", "quartiles", "range")], ratios)],
  ];
}

/** What the peaks are, in words. */
function peakText(
  best: readonly { readonly precision: string; readonly gflops: number; readonly work: PeakWork }[],
): string {
  if (best.length === 0) return "";
  const each = best.map(({ precision, gflops, work }) =>
    `${gflops.toFixed(0)} GFLOP/s in ${precision}, by ${PEAK_WORKS[work].meaning}`
  );
  const text = `The peak is the most that TensorFlow reached between the rounds: ${
    each.join("; ")
  }.`;
  return `\n${wrap(text, 100).join("\n")}`;
}

function operationsTables(
  { types, purposes, preparation, milliseconds: whole, span }: Extract<
    Section,
    { kind: "operations" }
  >,
  table: Table,
): string[] {
  const sum = types.reduce((total, type) => total + type.milliseconds, 0);
  const shown = types.filter((type) => type.milliseconds >= 0.05);
  const rest = types.filter((type) => type.milliseconds < 0.05);
  const row = (name: string, count: string, ms: number) => [
    name,
    count,
    ms.toFixed(2),
    `${(100 * ms / sum).toFixed(1)} %`,
  ];
  const columnsOf = (title: string) => [
    { title },
    ...["a step", "ms", "share"].map((title) => ({ title, align: "right" as const })),
  ];
  const total = (list: typeof types) => list.reduce((ms, type) => ms + type.milliseconds, 0);
  return [
    `A step took ${milliseconds(whole)} ms while times were noted, ${
      milliseconds(span)
    } ms of it ` +
    "within the graph, the rest in handing over the batch and JavaScript; operations that ran side " +
    `by side add up to ${milliseconds(sum)} ms.${
      preparation === undefined
        ? ""
        : ` To make a batch takes ${milliseconds(preparation)} ms, while the step before runs.`
    }\n`,
    ...purposes === undefined ? [] : [table(
      columnsOf("For"),
      purposes.map(({ type, count, milliseconds }) => row(type, count.toFixed(0), milliseconds)),
    )],
    table(columnsOf("Operation"), [
      ...shown.map(({ type, count, milliseconds }) => row(type, count.toFixed(0), milliseconds)),
      row(`${rest.length} more kinds`, "", total(rest)),
    ]),
  ];
}

function settingsTable(
  { settings }: Extract<Section, { kind: "settings" }>,
  table: Table,
): string {
  const rows = settings.map(({ name, meaning, with: changed, without, failed }) => {
    if (failed !== undefined) return [name, meaning, "", "", "", failed];
    const ratio = spread(pairedRatios(changed, without));
    return [
      name,
      meaning,
      milliseconds(spread(without).median),
      milliseconds(spread(changed).median),
      ratio.median.toFixed(3),
      `${ratio.lowerQuartile.toFixed(3)}-${ratio.upperQuartile.toFixed(3)}`,
    ];
  });
  return table([
    { title: "Setting" },
    { title: "Meaning" },
    { title: "default ms", align: "right" },
    { title: "with it ms", align: "right" },
    { title: "ratio", align: "right" },
    { title: "quartiles", align: "right" },
  ], rows);
}

function milliseconds(value: number): string {
  return value.toFixed(1);
}

function threadsText(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
