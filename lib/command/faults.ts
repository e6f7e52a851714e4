/**
 * `deno task test:faults`: kills runs at random moments and breaks what they stand on, and says what
 * the program made of it.
 *
 *     deno task test:faults --minutes 30 --seed 7               # kills and faults until then
 *     deno task test:faults --kills 50 --preset small           # 50 runs of the real size, killed
 *     deno task test:faults --table                             # every fault once, as Markdown
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import { type FaultOutcome, FAULTS } from "../fault/fault.ts";
import { breakSetUp } from "../fault/setup_fault.ts";
import { killAndResume, makeReference, type Reference } from "../fault/kill.ts";
import { type Command, commandHelp, flag, text, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { formatSeconds } from "../progress.ts";
import { markdownTable, right } from "../report/table.ts";
import { randomStream } from "../seed.ts";

const COMMAND = {
  name: "test:faults",
  summary:
    "Kills runs at random moments, breaks what they stand on, and holds what comes out against " +
    "runs that nothing happened to.",
  flags: {
    minutes: whole(
      "N",
      "Kill runs of many small configurations for N minutes, after each fault once",
      { otherwise: "5" },
    ),
    kills: whole("N", "Kill N runs of exp:baseline, once each, and go on with them"),
    table: flag(
      "Only carry out each fault once, those of the set-up among them: these need a network " +
        "for one download of 274 MB, 2.5 GB of disk and five minutes",
    ),
    seed: whole("S", "Seed of configurations and moments", {
      range: [0, Number.MAX_SAFE_INTEGER],
      otherwise: "1",
    }),
    preset: text("NAME", "Size of the runs that --kills kills: smoke, small or full", "tiny ones"),
  },
  exclusive: [["minutes", "kills", "table"]],
  notes: [
    "Prints the table of faults and the counts as Markdown; what goes on goes to standard error.",
    "Exit code 0: everything came out as it should; 1: something did not; 2: wrong usage.",
  ],
} as const satisfies Command;

/** Small runs that use all that has a state: each step's dropout, averages, orders, augmentation. */
const TINY = ["--faces", "140", "--epochs", "4", "--set", "filters=4,8", "--set", "denseUnits=16"];
const VARIANTS: readonly (readonly string[])[] = [
  [],
  ["--set", "batchNorm=true", "--set", "convDropout=0.2", "--set", "denseDropout=0.5"],
  ["--set", "augment=flip|rotate(10)|zoom(0.1)", "--set", "schedule=cosine"],
  ["--seeds", "2", "--set", "optimizer=sgd"],
];

/** Kills of one run with `--minutes`. */
const MOST_KILLS = 4;

interface Counts {
  kills: number;
  runs: number;
  identical: number;
  peakMemory: number;
  readonly found: Map<string, number>;
  readonly failures: string[];
}

/** Kills and breaks, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const { minutes = 5, kills, seed = 1, preset, table } = flags;

  const folder = join(CHECKOUT_CACHE, `faults-${Deno.pid}`);
  await Deno.mkdir(folder, { recursive: true });
  const counts: Counts = {
    kills: 0,
    runs: 0,
    identical: 0,
    peakMemory: 0,
    found: new Map(),
    failures: [],
  };
  try {
    if (kills !== undefined) {
      const size = preset === undefined ? TINY : ["--preset", preset];
      await killRuns([size], { folder, seed, runs: kills, killsPerRun: 1 }, counts);
    } else {
      const outcomes = await breakThings(folder, seed);
      console.log(faultTable(outcomes));
      counts.failures.push(
        ...outcomes.flatMap(({ name, failures }) =>
          failures.map((failure) => `${name}: ${failure}`)
        ),
      );
      if (!table) {
        const until = performance.now() + 60_000 * minutes;
        const sizes = VARIANTS.map((variant) => [...TINY, ...variant]);
        await killRuns(sizes, { folder, seed, until, killsPerRun: MOST_KILLS }, counts);
      }
    }
  } finally {
    // What came out wrong is kept to be looked at.
    if (counts.failures.length === 0) await Deno.remove(folder, { recursive: true });
  }
  if (counts.runs > 0) console.log(killSummary(counts));
  for (const failure of counts.failures) console.error(`FAILED ${failure}`);
  if (counts.failures.length > 0) console.error(`See ${folder}`);
  return counts.failures.length > 0 ? 1 : 0;
}

/** Kills runs of each size in turn, so many or until then. */
async function killRuns(
  sizes: readonly (readonly string[])[],
  options: {
    readonly folder: string;
    readonly seed: number;
    readonly killsPerRun: number;
    readonly runs?: number;
    readonly until?: number;
  },
  counts: Counts,
): Promise<void> {
  const { killsPerRun, runs = Infinity, until = Infinity } = options;
  const references = new Map<number, Reference>();
  const onNote = (line: string) => console.error(line);
  const seeds = randomStream(options.seed, "faults", "runs");
  while (counts.runs < runs && performance.now() < until) {
    const which = counts.runs % sizes.length;
    const common = {
      task: "exp:baseline",
      args: sizes[which]!,
      folder: join(options.folder, `size-${which}`),
      killsPerRun,
      onNote,
    };
    const reference = references.get(which) ?? await makeReference(common);
    references.set(which, reference);
    const result = await killAndResume({ ...common, seed: seeds.integer(0, 2 ** 31) }, reference);
    // With one kill each, a run that ended before its kill does not count.
    if (result.kills === 0 && result.failures.length === 0) continue;
    counts.runs++;
    counts.kills += result.kills;
    if (result.failures.length === 0) counts.identical++;
    counts.peakMemory = Math.max(counts.peakMemory, result.peakMemory, reference.peakMemory);
    for (const [state, times] of result.found) {
      counts.found.set(state, (counts.found.get(state) ?? 0) + times);
    }
    counts.failures.push(...result.failures);
    onNote(
      `${counts.identical} of ${counts.runs} runs identical after ${counts.kills} kills ` +
        `(${formatSeconds(performance.now() / 1000)})`,
    );
  }
}

async function breakThings(folder: string, seed: number): Promise<FaultOutcome[]> {
  const common = { task: "exp:baseline", args: TINY, folder: join(folder, "faults") };
  console.error("the uninterrupted run");
  const reference = await makeReference({ ...common, killsPerRun: 0, onNote: () => {} });
  const outcomes: FaultOutcome[] = [];
  for (const fault of FAULTS) {
    console.error(fault.name);
    outcomes.push(await fault.carryOut({ ...common, seed, reference }));
  }
  return [...outcomes, ...await breakSetUp({ folder, seed, onNote: console.error })];
}

/** The faults, one row each. */
export function faultTable(outcomes: readonly FaultOutcome[]): string {
  const columns = ["Fault", "What the program printed", "Exit code", "On disk after", "In the end"];
  return markdownTable(
    columns.map((title) => ({ title })),
    outcomes.map(({ name, printed, code, disk, end }) => [
      name,
      printed === "" ? "nothing" : `\`${printed}\``,
      code === null ? "–" : String(code),
      disk,
      end,
    ]),
  );
}

function killSummary({ kills, runs, identical, peakMemory, found }: Counts): string {
  const rows = [...found].sort(([, a], [, b]) => b - a)
    .map(([state, times]) => [state, String(times)]);
  return [
    `${kills} kills over ${runs} runs: ${identical} of ${runs} came out identical to the byte to the ` +
    `uninterrupted one. Largest resident memory: ${(peakMemory / 1e6).toFixed(0)} MB.`,
    "",
    markdownTable([{ title: "On disk when killed" }, ...right("Kills")], rows),
  ].join("\n");
}

if (import.meta.main) await runMain(() => main(Deno.args));
