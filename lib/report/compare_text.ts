/**
 * A comparison as text: for the terminal and as Markdown.
 *
 * @module
 */

import { formatValue } from "../configuration.ts";
import { wrap } from "../text.ts";
import { dataWords, isFaces } from "../dataset/words.ts";
import { caveatOf } from "./caveat.ts";
import { codeNotes } from "./code.ts";
import { COST_COLUMNS, costCells, costOf, costsDiffer } from "./cost.ts";
import { code, escape } from "./gfm.ts";
import type { Change, ComparedSubject, ComparisonReport } from "./record.ts";
import type { BuildRecord } from "../tensorflow/expected_build.ts";
import { absentClasses, effectiveVerdict, hasCopies, verdictText } from "./summary.ts";
import { hasSyntheticChannel, SYNTHETIC_CHANNEL } from "./synthetic_channel.ts";
import { markdownTable, right, type Table, terminalTable } from "./table.ts";
import {
  count,
  NOTHING,
  percent,
  percentEstimate,
  percentScore,
  points,
  pointsInterval,
  pValue,
} from "./text.ts";

/** How wide the terminal's text is, unless told otherwise. */
const WIDTH = 100;

/** One table of a comparison, for either form. */
interface TitledTable extends Table {
  readonly title: string;
  /** Columns whose cells are settings, shown as code in Markdown. */
  readonly settings?: readonly number[];
}

/**
 * A comparison for the terminal.
 *
 * @param comparison What came out.
 * @param options `width`: the most columns to use (default 100).
 */
export function comparisonText(
  comparison: ComparisonReport,
  options: { readonly width?: number } = {},
): string {
  const width = options.width ?? WIDTH;
  const hanging = (line: string) => wrap(line, width - 2).join("\n  ");
  return [
    wrap(heading(comparison), width).join("\n"),
    ...comparison.dataset.caveat === undefined
      ? []
      : [wrap(comparison.dataset.caveat, width).join("\n")],
    ...tables(comparison).map(({ title, columns, rows }) =>
      `${title}\n\n${terminalTable(columns, rows, { width }).trimEnd()}`
    ),
    verdictLines(comparison).map(hanging).join("\n"),
    codeNotes(comparison).map(({ text, command }) =>
      // In a line of its own it can be copied.
      command ? `${hanging(`${text}; it is shown by`)}\n  ${command}` : hanging(text)
    ).join("\n"),
    notes(comparison).map((note) => wrap(note, width).join("\n")).join("\n"),
  ].join("\n\n") + "\n";
}

/** A comparison as GitHub-flavoured Markdown. */
export function comparisonMarkdown(comparison: ComparisonReport): string {
  const caveat = caveatOf(comparison.dataset);
  return [
    `# ${comparison.subjects.map(({ name }) => escape(name)).join(" against ")}`,
    escape(heading(comparison)),
    ...caveat ? [`**${escape(caveat.title)}** ${escape(caveat.rest)}`.trimEnd()] : [],
    ...tables(comparison).flatMap(({ title, columns, rows, settings = [] }) => [
      `## ${escape(title)}`,
      markdownTable(
        columns.map((column) => ({ ...column, title: escape(column.title) })),
        rows.map((row) =>
          row.map((cell, i) => settings.includes(i) && cell !== NOTHING ? code(cell) : escape(cell))
        ),
      ).trimEnd(),
    ]),
    verdictLines(comparison).map((line) => `- ${escape(line)}`).join("\n"),
    codeNotes(comparison).map(({ text, command }) =>
      `- ${escape(text)}${command ? `; it is shown by ${code(command)}` : ""}`
    ).join("\n"),
    ...notes(comparison).map(escape),
  ].join("\n\n") + "\n";
}

function heading({ dataset, subjects }: ComparisonReport): string {
  const words = dataWords(dataset);
  const made = isFaces(words) ? "SYNTHETIC FACES, not FER2013: " : "SYNTHETIC DATA: ";
  const channel = hasSyntheticChannel(subjects)
    ? `WITH A ${SYNTHETIC_CHANNEL.toUpperCase()}: `
    : "";
  const kind = dataset.synthetic ? made : channel;
  return `${kind}${subjects.length} configurations on ${dataset.name}, scored on the same ` +
    `${count(subjects[0]!.test.images)} ${words.samples} of PrivateTest (data ${
      dataset.digest.slice(0, 12)
    })`;
}

function tables(comparison: ComparisonReport): TitledTable[] {
  return [scores(comparison), tests(comparison), changes(comparison), ...builds(comparison)];
}

function scores({ subjects, dataset }: ComparisonReport): TitledTable {
  const costs = subjects.map(({ configuration }) => costOf(configuration, dataset));
  const withCosts = costsDiffer(costs);
  const copies = subjects.some(hasCopies);
  return {
    title: "Scores in %, with 95 % intervals",
    columns: [
      { title: "" },
      { title: "Seeds" },
      ...right(
        "Accuracy",
        ...(copies ? [`Clean ${dataWords(dataset).samples}`] : []),
        "Weighted F1",
        "Macro F1",
      ),
      ...(withCosts ? right(...COST_COLUMNS) : []),
    ],
    rows: subjects.map(({ name, seeds, status, test, cleanTest }, i) => [
      name + (status === "interrupted" ? " (interrupted)" : ""),
      seeds.join(", "),
      percentEstimate(test.accuracy),
      ...(copies ? [percentScore(cleanTest, "accuracy")] : []),
      percent(test.weightedF1.mean),
      percent(test.macroF1.mean),
      ...(withCosts ? costCells(costs[i]) : []),
    ]),
  };
}

function tests({ subjects }: ComparisonReport): TitledTable {
  const [first, ...others] = subjects;
  return {
    title: `Accuracy against ${first!.name}, in points`,
    columns: [
      { title: "" },
      ...right("Difference", "p"),
      ...(others.length > 1 ? right("p (Holm)") : []),
      ...right("P(improvement)").map((column) => ({ ...column, dispensable: true })),
      { title: "Verdict" },
    ],
    rows: others.map(({ name, effect }) =>
      effect
        ? [
          name,
          `${points(effect.difference)} ${pointsInterval(effect.interval)}`,
          pValue(effect.p),
          ...(others.length > 1 ? [pValue(effect.adjustedP)] : []),
          effect.probabilityOfImprovement.runs.toFixed(2),
          verdictText(effect),
        ]
        : [name, ...Array.from({ length: others.length > 1 ? 4 : 3 }, () => NOTHING), "not tested"]
    ),
  };
}

function changes({ subjects }: ComparisonReport): TitledTable {
  const [first, ...others] = subjects;
  if (others.every((subject) => subject.changes.length === 0)) {
    return {
      title: "Configuration",
      columns: [{ title: "Hyper-parameters" }],
      rows: [["all the same"]],
    };
  }
  const title = "Configuration, only what differs";
  if (others.length === 1) {
    return {
      title,
      columns: [
        { title: "Hyper-parameter" },
        { title: first!.name },
        { title: others[0]!.name },
      ],
      rows: others[0]!.changes.map(({ name, baseline, value }) => [
        name,
        formatValue(baseline),
        formatValue(value),
      ]),
      settings: [1, 2],
    };
  }
  const assigned = (name: string, value: Change["value"]) => `${name}=${formatValue(value)}`;
  // What any of the others changes, as the first has it.
  const ofFirst = new Map(
    others.flatMap((subject) => subject.changes).map(({ name, baseline }) => [name, baseline]),
  );
  return {
    title,
    columns: [{ title: "" }, { title: "Set to" }],
    rows: [
      [first!.name, [...ofFirst].map(([name, value]) => assigned(name, value)).join(" ")],
      ...others.map((subject) => [
        subject.name,
        subject.changes.map(({ name, value }) => assigned(name, value)).join(" ") || NOTHING,
      ]),
    ],
    settings: [1],
  };
}

/** Where runs were not computed by the same build, CPU kind or thread count. */
function builds({ subjects }: ComparisonReport): TitledTable[] {
  const first = subjects[0]!.build;
  const names = (Object.keys(first) as (keyof BuildRecord)[])
    .filter((name) => subjects.some(({ build }) => build[name] !== first[name]));
  if (names.length === 0) return [];
  return [{
    title: "Build, only what differs",
    columns: [{ title: "" }, ...names.map((title) => ({ title }))],
    rows: subjects.map(({ name, build }) => [name, ...names.map((key) => String(build[key]))]),
  }];
}

function verdictLines({ subjects }: ComparisonReport): string[] {
  return subjects.slice(1).map(({ name, effect, untested }) =>
    effect ? `${name}: ${effect.verdict}: ${effect.reason}` : `${name}: not tested: ${untested}`
  );
}

function notes({ subjects, dataset }: ComparisonReport): string[] {
  const words = dataWords(dataset);
  const { sample, samples } = words;
  const over = new Set(subjects.map(({ test }) => test.accuracy.over));
  const intervals = over.has("seeds") && over.has("images")
    ? `over seeds (Student's t), for one seed over ${samples} (Wilson)`
    : over.has("seeds")
    ? "over seeds (Student's t)"
    : `over ${samples} (Wilson)`;
  const { groups } = dataset;
  const clean = subjects.some(hasCopies)
    ? ` Clean ${samples}: those with no copy in Training or PublicTest.`
    : "";
  if (groups) {
    return [
      `Intervals of scores are over ${groups.count} ${groups.name} (bootstrap). Differences are paired ` +
      `by seed and ${sample}, and tested over ${groups.name}.${clean}`,
      ...absentClasses(subjects.map(({ test }) => test), "PrivateTest", words),
    ];
  }
  return [
    `Intervals of scores are ${intervals}. Differences are paired by seed and ${sample}; for one seed p is ` +
    `McNemar's exact test.${clean}`,
    ...absentClasses(subjects.map(({ test }) => test), "PrivateTest", words),
  ];
}

/** The subjects that are worse than the first: as methods, or for one seed as trained networks. */
export function worse({ subjects }: ComparisonReport): ComparedSubject[] {
  return subjects.filter(({ effect }) => effect !== null && effectiveVerdict(effect) === "worse");
}
