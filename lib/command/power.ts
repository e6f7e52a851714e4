/**
 * `deno task power`: how many seeds a difference needs to be decided, from the runs of a report.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UsageError } from "../error.ts";
import { MOST_SEEDS } from "../evaluation/power.ts";
import { exists } from "../file.ts";
import { type Command, commandHelp, text, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath, userPath } from "../paths.ts";
import { showWhile } from "../progress.ts";
import { findFile, readSubjects } from "../report/compare.ts";
import { readReportFacts, REPORT_FILES } from "../report/files.ts";
import { findResults } from "../report/folders.ts";
import { type Need, planSeeds, type SeedPlan } from "../report/power.ts";
import { right, terminalTable } from "../report/table.ts";
import { count, list, minutes, NOTHING, percent, plural } from "../report/text.ts";
import { wrap } from "../text.ts";

const DIFFERENCES = [1, 2, 3];
const CHANCE = 80;
const WIDTH = 80;

const COMMAND = {
  name: "power",
  summary:
    "How many seeds a difference of so many points needs to be decided, from the spread between the " +
    "seeds of a report with two of them or more, and how many minutes that is.",
  usage: "REPORT [flags]",
  words: {
    name: "REPORT",
    meaning: "A report's folder or its report.json; also named within reports/own or reports, as " +
      "fer2013/combination",
    least: 1,
    most: 1,
    request: "Name one report",
  },
  flags: {
    differences: text("A,B", "Of accuracy, in points", DIFFERENCES.join(",")),
    chance: whole("PERCENT", "The chance, in percent, that such a difference is decided", {
      otherwise: `${CHANCE}`,
      range: [1, 99],
    }),
  },
  examples: ["deno task power fer2013/combination"],
  notes: [
    'Decided is what the report calls "better" or "worse": p below 0.05 over seeds, and over seeds and ' +
    "images, after Holm's correction over the report's comparisons at its strictest.",
  ],
} as const satisfies Command;

/** Reads the report and prints the plan. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words: [typed] } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const differences = flags.differences === undefined
    ? DIFFERENCES
    : parseDifferences(flags.differences);
  const path = await findResults(userPath(typed!), typed!);
  const subjects = await showWhile("Reading", readSubjects(path));
  const facts = join(dirname(await findFile(path) ?? path), REPORT_FILES.facts);
  const plan = planSeeds(subjects, {
    differences,
    chance: (flags.chance ?? CHANCE) / 100,
    facts: await exists(facts) ? await readReportFacts(facts) : undefined,
  });
  console.log(`${shownPath(dirname(facts))}\n\n${planText(plan)}`);
}

/** Reads `1,2.5`: points over 0, at most 100. */
function parseDifferences(written: string): number[] {
  return written.split(",").map((part) => {
    const difference = part.trim() === "" ? NaN : Number(part);
    if (difference > 0 && difference <= 100) return difference;
    throw new UsageError(
      `--differences takes points over 0, at most 100, such as 1,2,3, not "${written}"`,
    );
  });
}

/** The plan for the terminal. */
export function planText(plan: SeedPlan): string {
  const { spread, spreadInterval: { low, high }, imageError, seeds, comparisons, needs } = plan;
  const found = [
    `${plural(comparisons, "comparison")} with ${plan.baseline}, ${plural(seeds, "seed")}, ` +
    `${count(plan.images)} images.`,
    `Between seeds a difference varies by ${digits(spread)} points (standard deviation; 95 %: ` +
    `${digits(low)} to ${digits(high)}, from ${plural(plan.freedom, "degree")} of freedom: ` +
    `${list(plan.variants)}).`,
    `The test images leave ${
      digits(imageError)
    } points of standard error, whatever the number of seeds.`,
  ];
  const withMinutes = needs.some((need) => need.minutes !== null);
  const table = terminalTable(
    right(
      "Points",
      `Seeds for ${percent(plan.chance, 0)} %`,
      "as the spread may be",
      `Chance with ${seeds}`,
      ...withMinutes ? ["Minutes more"] : [],
    ),
    needs.map((need) => [
      `${need.difference}`,
      seedCount(need.seeds),
      `${seedCount(need.seedsLow)} to ${seedCount(need.seedsHigh)}`,
      seeds > 1 ? `${percent(need.power, 0)} %` : NOTHING,
      ...withMinutes ? [minutesText(need)] : [],
    ]),
    { width: WIDTH },
  );
  const notes = [
    ...needs.some((need) => need.seeds === null || need.seedsHigh === null)
      ? [
        `never: ${MOST_SEEDS} seeds do not, since other test images could turn such a difference round.`,
      ]
      : [],
    ...withMinutes
      ? ["Minutes: of the runs that are missing, of all variants, as long as theirs took there."]
      : [],
  ];
  return [...found, "", table, ...notes].flatMap((line) =>
    line === table ? [table.trimEnd(), ""] : wrap(line, WIDTH)
  ).join("\n").trimEnd();
}

function seedCount(seeds: number | null): string {
  return seeds === null ? "never" : `${seeds}`;
}

function minutesText({ seeds, minutes: needed }: Need): string {
  return seeds === null || needed === null ? NOTHING : minutes(60 * needed);
}

function digits(points: number): string {
  return points.toFixed(2);
}

if (import.meta.main) await runMain(() => main(Deno.args));
