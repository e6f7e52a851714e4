/**
 * `deno task runs`: every run, finished, under way or interrupted.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists } from "../file.ts";
import { type Command, commandHelp, flag, type FlagValues, text, texts } from "../flags.ts";
import { follow, interruptible } from "../interruption.ts";
import { runMain } from "../main.ts";
import { CHECKOUT, shownPath, userPath } from "../paths.ts";
import { RUN_FILES } from "../report/files.ts";
import {
  findRuns,
  parseCondition,
  QUALITY_NAMES,
  runName,
  SORT_NAMES,
  sortRuns,
} from "../run/choose_runs.ts";
import {
  codeDifference,
  codeText,
  readRunCode,
  type RunCode,
  terminalDifference,
} from "../run/code_difference.ts";
import { isTag, writeNotes } from "../run/notes.ts";
import { removeInterrupted, sizeOf } from "../run/prune.ts";
import type { ListedRun } from "../run/runs.ts";
import { runsCsv, runsJson, runsMarkdown, runsTable } from "../run/runs_text.ts";
import { canRedraw, terminalRows, terminalWidth } from "../terminal.ts";
import { plural, wrap } from "../text.ts";
import { readingRuns } from "./_reading_runs.ts";

/** Where no terminal tells how wide it is: a run takes few lines then. */
const WIDE = 140;

const COMMAND = {
  name: "runs",
  summary:
    "Lists every run under reports and reports/own: how it stands, what it changes of the baseline, how " +
    "accurate it is.",
  usage: "[RUN ...] [flags]",
  words: {
    name: "RUN",
    meaning:
      "A run's name as it is listed (0301c9b/1, or 0301c9b for all its seeds), or the folder of a run, " +
      "of a report or of a data set's results; also named within reports/own or reports, as " +
      "fer2013/dropout. Without one all are meant.",
    least: 0,
    most: Infinity,
    request: "Name runs, or none",
  },
  flags: {
    where: texts(
      "NAME=VALUE",
      `Only those with this hyper-parameter, or with this ${
        QUALITY_NAMES.join(", ")
      }; NAME!=VALUE for ` +
        "all others. Given several times, all must hold",
    ),
    sort: text(
      "NAME",
      `By ${SORT_NAMES.join(", ")} or a hyper-parameter`,
      "those under way, then your own, then the committed ones, the newest first",
    ),
    reverse: flag("The other way round"),
    all: flag("All of them, not only as many as the terminal shows at once"),
    json: flag("Print JSON"),
    csv: flag("Print CSV"),
    md: flag("Print Markdown"),
    watch: flag("Those under way, drawn anew until Ctrl-C"),
    note: text("TEXT", "Put a note on the named runs, in place of one that is there"),
    "remove-note": flag("Take it off"),
    tag: texts("TAG", "Put a tag on the named runs"),
    untag: texts("TAG", "Take it off"),
    diff: flag(
      "Show how the code of two runs differs, commit and uncommitted changes, or what one had " +
        "uncommitted",
    ),
    prune: flag("Delete the interrupted ones, after asking"),
    yes: flag("Do not ask"),
  },
  exclusive: [["json", "csv", "md", "watch", "prune", "note", "remove-note", "diff"]],
  examples: [
    "deno task runs --where batchNorm=all --sort PublicTest",
    "deno task runs --diff 0301c9b/1 fb91900/1",
    'deno task runs 0301c9b/1 --note "before the plateau was mended" --tag check',
  ],
  notes: [
    "A note and tags are kept in notes.json beside the run's record, which stays as it is. An " +
    "interrupted run goes on with the command that began it, unless it is pruned.",
  ],
} as const satisfies Command;

type Flags = FlagValues<typeof COMMAND>;

/** Lists, watches, annotates or deletes runs, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const conditions = flags.where.map(parseCondition);
  const choose = (runs: readonly ListedRun[]) =>
    sortRuns(
      runs.filter((run) => conditions.every((fulfilled) => fulfilled(run))),
      flags.sort,
      { reverse: flags.reverse },
    );
  // A name that cannot be sorted by is told before anything is done.
  choose([]);
  if (flags.yes && !flags.prune) {
    throw new UsageError("--yes goes with --prune: add it, or leave --yes out");
  }
  if (flags.diff) return await showDifference(words);
  if (flags.watch) return await watch(words, choose);
  if (flags.prune) {
    return await prune(choose(await readingRuns(words, { wanted: isUnfinished })), flags);
  }
  const changesNotes = flags.note !== undefined || flags["remove-note"] || flags.tag.length > 0 ||
    flags.untag.length > 0;
  if (changesNotes && words.length === 0) {
    throw new UsageError("Name the runs that the note or tag is for: see --help");
  }
  const runs = choose(await readingRuns(words));
  if (changesNotes) await annotate(runs, flags);
  else console.log(listing(runs, flags).trimEnd());
}

function listing(runs: readonly ListedRun[], flags: Flags): string {
  if (flags.json) return runsJson(runs);
  if (flags.csv) return runsCsv(runs);
  if (flags.md) return runsMarkdown(runs);
  return runsTable(runs, {
    width: terminalWidth(WIDE),
    // One is left for the prompt below, one for that of a shell with two.
    rows: flags.all ? Infinity : terminalRows() - 2,
  });
}

async function isUnfinished(folder: string): Promise<boolean> {
  return !await exists(join(folder, RUN_FILES.record));
}

// -------------------------------------------------------------------------------------------- notes

async function annotate(runs: readonly ListedRun[], flags: Flags): Promise<void> {
  const wrong = [...flags.tag, ...flags.untag].find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw new UsageError(`A tag is one word of letters, digits, ".", "_" and "-", not "${wrong}"`);
  }
  const note = flags.note?.replace(/\s+/g, " ").trim();
  for (const { folder, notes } of runs) {
    await writeNotes(folder, {
      note: flags["remove-note"] ? undefined : note ?? notes.note,
      tags: [...notes.tags, ...flags.tag].filter((tag) => !flags.untag.includes(tag)),
    });
  }
  console.log(`Written beside ${plural(runs.length, "run")}: ${runs.map(runName).join(", ")}`);
}

// --------------------------------------------------------------------------------------------- diff

async function showDifference(words: readonly string[]): Promise<void> {
  const [first, second, ...others] = words;
  if (first === undefined || others.length > 0) {
    throw new UsageError("--diff takes two runs, or one for what it had uncommitted: see --help");
  }
  const from = await codeOf(first);
  const to = second === undefined ? undefined : await codeOf(second);
  const text = await codeDifference(to ? [from, to] : [from], {
    checkout: CHECKOUT,
    temporary: join(CHECKOUT_CACHE, `difference-${Deno.pid}`),
    width: Math.min(100, terminalWidth()),
  });
  const nothing = to ? "The same code" : "Nothing was uncommitted";
  const head = [from, ...to ? [to] : []].map(codeText);
  const whole = [...head, "", text.trim() === "" ? nothing : text.trimEnd()].join("\n");
  // Elsewhere it is to be what git apply takes.
  console.log(
    Deno.stdout.isTerminal() ? terminalDifference(whole, { color: !Deno.noColor }) : whole,
  );
}

/** The code of the run that is named, or of all runs of that name where it is the same. */
async function codeOf(typed: string): Promise<RunCode> {
  // Also a folder that came from elsewhere and lies in no results.
  const path = userPath(typed);
  if (await exists(join(path, RUN_FILES.facts))) return await readRunCode(path, typed);
  const runs = await findRuns([typed]);
  const [first, ...others] = runs;
  const key = ({ git }: ListedRun) => git ? `${git.commit} ${git.patch}` : "";
  const other = others.find((run) => key(run) !== key(first!));
  if (!other) return await readRunCode(first!.folder, runName(first!));
  throw new UserError(
    `${typed}: Names ${plural(runs.length, "run")}, not all of the same code: name one, such as ` +
      `${runName(first!)} or ${runName(other)}`,
  );
}

// -------------------------------------------------------------------------------------------- prune

async function prune(unfinished: readonly ListedRun[], { yes }: Flags): Promise<void> {
  const runs = unfinished.filter(({ state }) => state === "interrupted");
  if (runs.length === 0) return console.log("No run is interrupted: nothing to delete");
  const sizes = await Promise.all(runs.map(({ folder }) => sizeOf(folder)));
  for (const [i, run] of runs.entries()) {
    const epochs = `epoch ${run.epoch} of ${run.epochs ?? "?"}`;
    console.log(`${runName(run)}  ${epochs}, ${bytes(sizes[i]!)}:`);
    console.log(`  ${shownPath(run.folder)}`);
  }
  const total = `${plural(runs.length, "interrupted run")}, ${
    bytes(sizes.reduce((a, b) => a + b, 0))
  }`;
  if (!yes) {
    if (!Deno.stdin.isTerminal()) {
      throw new UsageError(`${total}: nobody can be asked here, so nothing was deleted: add --yes`);
    }
    const question = `Delete ${total}, which could still be gone on with? [y/N] `;
    if (!await agrees(wrap(question, terminalWidth() - 2).join("\n"))) {
      return console.log("Nothing was deleted");
    }
  }
  let deleted = 0;
  for (const run of runs) {
    const kept = await removeInterrupted(run.folder);
    if (kept === undefined) deleted++;
    else console.error(`${runName(run)} stays: ${kept}`);
  }
  console.log(`Deleted ${deleted === runs.length ? total : plural(deleted, "interrupted run")}`);
}

/** Milliseconds in which a line that was typed before comes. */
const TYPED_AHEAD = 100;

/**
 * Asks at the terminal; Ctrl-C is heard meanwhile, as it is not where `confirm()` waits. A line that was
 * typed before the question stood there answers nothing.
 */
async function agrees(question: string): Promise<boolean> {
  let answer = readLine();
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, TYPED_AHEAD));
  while (await Promise.race([answer, wait()])) answer = readLine();
  Deno.stdout.writeSync(new TextEncoder().encode(question));
  const line = await answer;
  // Ctrl-D leaves the cursor behind the question.
  if (line === "") console.log();
  return /^y(es)?$/i.test(line.trim());
}

/** A line that is typed at the terminal; empty after Ctrl-D. */
async function readLine(): Promise<string> {
  const line = new Uint8Array(100);
  const length = await Deno.stdin.read(line) ?? 0;
  return new TextDecoder().decode(line.subarray(0, length));
}

function bytes(size: number): string {
  return `${size.toLocaleString("en")} bytes`;
}

// -------------------------------------------------------------------------------------------- watch

/** Between two looks, in milliseconds. */
const WATCH_EVERY = 2000;

/** Shows what is under way until Ctrl-C, and those of them that end. */
async function watch(
  words: readonly string[],
  choose: (runs: readonly ListedRun[]) => ListedRun[],
): Promise<void> {
  const seen = new Set<string>();
  const wanted = async (folder: string) => seen.has(folder) || await isUnfinished(folder);
  let before = "";
  const atTerminal = canRedraw(Deno.stdout);
  const look = async () =>
    choose(await findRuns(words, { wanted }))
      .filter(({ folder, state }) => state === "running" || seen.has(folder));
  const show = (runs: readonly ListedRun[]) => {
    runs.forEach(({ folder }) => seen.add(folder));
    const columns = terminalWidth(WIDE);
    const text = runs.length === 0
      ? "No run is under way: waiting for one"
      : runsTable(runs, { width: columns - 1 });
    // A log gets a table where an epoch is over, not every two seconds.
    const key = runs.map((run) => [run.folder, run.state, run.epoch, run.fold].join()).join("\n");
    if (atTerminal) redraw(before, before = fitting(text, terminalRows()), columns);
    else if (key !== before || runs.length === 0 && before === "") {
      console.log(text + "\n");
      before = key || " ";
    }
  };
  await interruptible(
    (signal) => follow({ look, show, every: WATCH_EVERY, signal }),
    { stopping: "No longer watching" },
  );
}

/** As many of a text's lines as a terminal shows at once: what scrolls away cannot be drawn anew. */
function fitting(text: string, rows: number): string {
  const lines = text.split("\n");
  return lines.length < rows ? text : [...lines.slice(0, rows - 2), "..."].join("\n");
}

function redraw(before: string, text: string, columns: number): void {
  // A line that fitted a wider window before takes several in one that was made narrower.
  const height = before === "" ? 0 : before.split("\n")
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  const up = height === 0 ? "" : `\x1b[${height}A\r\x1b[J`;
  Deno.stdout.writeSync(new TextEncoder().encode(`${up}${text}\n`));
}

if (import.meta.main) await runMain(() => main(Deno.args));
