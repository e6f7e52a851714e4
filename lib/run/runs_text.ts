/**
 * Runs as a table at the terminal, as Markdown, CSV and JSON.
 *
 * @module
 */

import { type Configuration, formatValue } from "../configuration.ts";
import { shortDigest } from "../digest.ts";
import { shownPath } from "../paths.ts";
import { isCommitted } from "../report/folders.ts";
import { formatSeconds } from "../progress.ts";
import { code, escape } from "../report/gfm.ts";
import { type Column, markdownTable, right, terminalTable } from "../report/table.ts";
import { minutes, NOTHING, percent, plural } from "../report/text.ts";
import { stringifyCsv } from "../std/csv.ts";
import { wrap } from "../text.ts";
import { runName } from "./choose_runs.ts";
import { changesOf, type ListedRun, STANDINGS } from "./runs.ts";

/** Where the changes have a column of their own: in a terminal this wide. */
const WIDE = 132;

/** A data set's name is cut to no fewer characters. */
const LEAST_NAME = 6;

/** What a {@linkcode runsTable} depends on beside the runs. */
export interface RunsTableOptions {
  /** Of the terminal, in characters. */
  readonly width: number;
  /** The most lines; of more runs than they have room for, the first are shown and the others counted. */
  readonly rows?: number;
  readonly now?: Date;
}

/** However few rows there are, so many runs are shown. */
const LEAST_RUNS = 3;

/**
 * Runs for the terminal, each in a line with its changes in a column or below it. What all of them have
 * changed alike stands once, at the end.
 */
export function runsTable(
  runs: readonly ListedRun[],
  { width, rows = Infinity, now = new Date() }: RunsTableOptions,
): string {
  if (runs.length === 0) return "No runs";
  if (rows === Infinity) return tableOf(runs, runs, width, now);
  let table = tableOf(runs.slice(0, LEAST_RUNS), runs, width, now);
  for (let shown = LEAST_RUNS + 1; shown <= runs.length; shown++) {
    const longer = tableOf(runs.slice(0, shown), runs, width, now);
    if (longer.split("\n").length > rows) break;
    table = longer;
  }
  return table;
}

/** The table of the first of some runs. */
function tableOf(
  runs: readonly ListedRun[],
  all: readonly ListedRun[],
  width: number,
  now: Date,
): string {
  const shared = sharedChanges(runs);
  const details = runs.map((run) => detailTexts(run, shared));
  const when = runs.map(({ started }) => timeText(started, now));
  const wide = width >= WIDE;
  const body = wide
    ? wideTable(runs, details, when, width)
    : narrowTable(runs, details, when, width);
  const every = runs.length < all.length ? "All of these" : "All";
  const notes = [
    ...shared.size > 0 ? [`${every} with ${changesText(shared)}.`] : [],
    totalText(runs, all),
  ];
  return [body.trimEnd(), "", ...notes.flatMap((note) => wrap(note, Math.min(width, 100)))].join(
    "\n",
  );
}

const COLUMNS: readonly Column[] = [
  { title: "Run" },
  { title: "Data" },
  { title: "State" },
  ...right("Epoch", "PublicTest", "PrivateTest", "Minutes"),
];

function cellsOf(run: ListedRun): string[] {
  return [
    runName(run),
    run.data,
    run.state,
    epochText(run),
    run.publicTest === null ? NOTHING : percent(run.publicTest),
    run.privateTest === null ? NOTHING : percent(run.privateTest),
    run.seconds === null ? NOTHING : minutes(run.seconds),
  ];
}

/** `12/60`; of data in folds with the fold under way. */
function epochText({ epoch, epochs, fold, state }: ListedRun): string {
  if (state === "damaged") return NOTHING;
  return `${fold === undefined ? "" : `fold ${fold}: `}${epoch}/${epochs ?? "?"}`;
}

function wideTable(
  runs: readonly ListedRun[],
  details: readonly string[][],
  when: readonly string[],
  width: number,
): string {
  return terminalTable(
    [...COLUMNS, { title: "Started" }, { title: "Variant: what it changes" }],
    // A cell is broken at spaces, and the column that is broken is the widest.
    runs.map((
      run,
      i,
    ) => [...cellsOf(run), when[i]!.replaceAll(" ", "\u00a0"), details[i]!.join(", ")]),
    { width },
  ).replaceAll("\u00a0", " ");
}

function narrowTable(
  runs: readonly ListedRun[],
  details: readonly string[][],
  when: readonly string[],
  width: number,
): string {
  const rows = runs.map(cellsOf);
  const widths = COLUMNS.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const others = widths.reduce((sum, one) => sum + one + 2, -2) - widths[1]!;
  const room = Math.max(LEAST_NAME, width - others);
  const cut = (name: string) => name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  const [title, rule, ...lines] = terminalTable(
    COLUMNS,
    rows.map(([name, data, ...rest]) => [name!, cut(data!), ...rest]),
    { width: Infinity },
  ).trimEnd().split("\n");
  return [
    title,
    rule,
    ...lines.flatMap((line, i) => {
      const below = [`${when[i]!}${details[i]!.length > 0 ? "." : ""}`, details[i]!.join(", ")];
      return [line, ...wrap(below.join(" ").trim(), width - 2).map((text) => `  ${text}`)];
    }),
  ].join("\n");
}

/** The changes that a table has no column for. */
function shownChanges(run: ListedRun): ReadonlyMap<string, unknown> {
  return new Map([...changesOf(run)].filter(([name]) => name !== "epochs"));
}

/** So many variants of a run are named, and so many changes, the others counted: see `--md`. */
const MOST_VARIANTS = 2;
const MOST_CHANGES = 3;

/**
 * What stands beside a run: as what it was planned, what is changed, what is put on it, what is wrong.
 */
function detailTexts(run: ListedRun, shared: ReadonlyMap<string, unknown>): string[] {
  const own = [...shownChanges(run)].filter(([name]) => !shared.has(name));
  const planned = [
    firstOf(run.variants, MOST_VARIANTS),
    firstOf(own.map(changeText), MOST_CHANGES),
  ].filter((text) => text !== "").join(": ");
  return [
    ...run.secondsLeft === null ? [] : [`${formatSeconds(run.secondsLeft)} left`],
    ...planned === "" ? [] : [planned],
    ...run.git?.patch ? ["dirty"] : [],
    ...run.notes.tags.map((tag) => `#${tag}`),
    ...run.notes.note === undefined ? [] : [`"${run.notes.note}"`],
    ...run.trouble === undefined ? [] : [run.trouble],
  ];
}

/** The changes that several runs have all alike. */
function sharedChanges(runs: readonly ListedRun[]): ReadonlyMap<string, unknown> {
  const known = runs.filter(({ configuration }) => configuration !== undefined).map(shownChanges);
  if (known.length < 2) return new Map();
  const [first, ...others] = known;
  const isShared = (name: string, value: unknown) =>
    others.every((changes) => JSON.stringify(changes.get(name)) === JSON.stringify(value));
  return new Map([...first!].filter(([name, value]) => isShared(name, value)));
}

function changesText(changes: ReadonlyMap<string, unknown>, separator = ", "): string {
  return [...changes].map(changeText).join(separator);
}

function changeText([name, value]: readonly [string, unknown]): string {
  return `${name}=${valueText(value)}`;
}

/** Some texts as a list; of more than the most the first, and how many others there are. */
function firstOf(texts: readonly string[], most: number): string {
  // One more takes no more room than its being counted.
  if (texts.length <= most + 1) return texts.join(", ");
  return `${texts.slice(0, most).join(", ")} and ${texts.length - most} more`;
}

function valueText(value: unknown): string {
  return formatValue(value as Configuration[keyof Configuration]);
}

function totalText(shown: readonly ListedRun[], all: readonly ListedRun[]): string {
  const counts = STANDINGS
    .map((state) => [all.filter((run) => run.state === state).length, state] as const)
    .filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  const others = all.slice(shown.length);
  const own = others.filter(({ folder }) => !isCommitted(folder)).length;
  const whose = own === 0 ? "" : `, ${own} of them your own`;
  return [
    `${plural(all.length, "run")}: ${counts.join(", ")}.`,
    ...others.length > 0
      ? [`Here are the first ${shown.length}: --all lists the other ${others.length}${whose}.`]
      : [],
    "PublicTest: the best epoch's accuracy in %, PrivateTest: that epoch's.",
    ...shown.some(({ git }) => git?.patch) ? ["dirty: with uncommitted changes; see --diff."] : [],
  ].join(" ");
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A time as `ls -l` has it, on this machine's clock: with the hour, or of another year with that. */
function timeText(time: string | null, now: Date): string {
  if (time === null) return NOTHING;
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const end = at.getFullYear() === now.getFullYear()
    ? `${two(at.getHours())}:${two(at.getMinutes())}`
    : String(at.getFullYear());
  return `${two(at.getDate())} ${MONTHS[at.getMonth()]} ${end}`;
}

/** Runs as Markdown, times in UTC. */
export function runsMarkdown(runs: readonly ListedRun[]): string {
  return markdownTable(
    [
      ...COLUMNS,
      ...["Started", "Variant", "Changed", "Commit", "Tags", "Note"].map((title) => ({ title })),
    ],
    runs.map((run) => [
      ...cellsOf(run).map((cell, i) => i === 0 ? code(cell) : escape(cell)),
      run.started === null ? NOTHING : run.started.slice(0, 16).replace("T", " "),
      run.variants.map(code).join(", "),
      [...shownChanges(run)].map((change) => code(changeText(change))).join(", "),
      run.git ? code(shortDigest(run.git.commit)) + (run.git.patch ? " dirty" : "") : NOTHING,
      escape(run.notes.tags.join(", ")),
      escape(run.notes.note ?? ""),
    ]),
  );
}

/** What is told of a run in JSON and CSV: accuracies as shares, times in UTC. */
function told(run: ListedRun) {
  const digits = (value: number | null) => value === null ? null : Number(value.toFixed(2));
  return {
    ...{ digest: run.digest, seed: run.seed, state: run.state, data: run.data },
    ...{ epoch: run.epoch, epochs: run.epochs },
    PublicTest: run.publicTest,
    PrivateTest: run.privateTest,
    minutes: digits(run.seconds === null ? null : run.seconds / 60),
    minutesLeft: digits(run.secondsLeft === null ? null : run.secondsLeft / 60),
    ...{ started: run.started, finished: run.finished, variants: run.variants },
    changes: Object.fromEntries(changesOf(run)),
    ...{ commit: run.git?.commit ?? null, patch: run.git?.patch ?? null },
    tags: run.notes.tags,
    note: run.notes.note ?? null,
    folder: shownPath(run.folder),
  };
}

/** Runs as JSON. */
export function runsJson(runs: readonly ListedRun[]): string {
  return JSON.stringify({ kind: "fer-lab/runs", version: 1, runs: runs.map(told) }, null, 2) + "\n";
}

/** Runs as CSV, with the same columns as the JSON has names. */
export function runsCsv(runs: readonly ListedRun[]): string {
  const rows = runs.map((run) => ({
    ...told(run),
    variants: run.variants.join(" "),
    changes: changesText(changesOf(run), "; "),
    tags: run.notes.tags.join(" "),
  }));
  const columns = [
    ...[
      "digest",
      "seed",
      "state",
      "data",
      "epoch",
      "epochs",
      "PublicTest",
      "PrivateTest",
      "minutes",
    ],
    ...["minutesLeft", "started", "finished", "variants", "changes", "commit", "patch"],
    ...["tags", "note", "folder"],
  ] as (keyof ReturnType<typeof told>)[];
  return stringifyCsv([columns, ...rows.map((row) => columns.map((name) => `${row[name] ?? ""}`))]);
}
