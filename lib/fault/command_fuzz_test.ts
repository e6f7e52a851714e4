/**
 * Damaged command lines of every task, seeded: each ends in a value, or in one line that says what is
 * wrong. What would train, download or open something is given a last argument that it must refuse.
 * See `fuzz_test.ts`.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import { helpText, parseExperimentArgs } from "../cli.ts";
import { EXPERIMENTS, main as all } from "../command/all.ts";
import { parseRequest } from "../command/bench.ts";
import { main as compare } from "../command/compare.ts";
import { main as dataset } from "../command/dataset.ts";
import { main as faults } from "../command/faults.ts";
import { main as notebooks } from "../command/notebooks.ts";
import { main as show } from "../command/show.ts";
import { main as sweep } from "../command/sweep.ts";
import { main as verify } from "../command/verify.ts";
import { BASELINE } from "../configuration.ts";
import { sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { carryOut } from "../run/carry_out.ts";
import { fuzz } from "./_fuzz.ts";
import { mutateText } from "./_mutate.ts";
import { filesIn } from "./output.ts";

/** A task's command line: what it is made of, and what is put at its end. */
interface Line {
  readonly words: readonly string[];
  readonly last?: string;
  readonly run: (args: readonly string[]) => unknown;
  readonly cases?: number;
}

const FLAGS = ["--help", "-h", "--quiet", "-q", "--", "--odd", "--help=x", "-", "", "word"];

/**
 * Paths are words without a slash, so that what a damaged line writes is written beside them: `report`
 * and `runs` hold a report and its runs, `damaged.json` half of one, nothing else is there.
 */
const PATHS = ["report", "runs", "damaged.json", "none", "report#none", "report#x"];

const EXPERIMENT = [
  ...["--preset", "smoke", "--seeds", "1,2", "3", "--seed", "7", "--epochs", "2", "--set"],
  ...["filters=4,8", "schedule=cosine(2)", "augment=flip|rotate(10)", "learningRate=1e-3"],
  ...["--variants=none", "--faces=70", "--out=out", "--fresh", "--resume", "--threads=1"],
  ...[
    "--eager",
    "--detect-anomalies",
    "--profile",
    "--histograms=1",
    "--skip-bad",
    "--set=balanceClasses=disgust",
  ],
  ...["--split=80/10/10", "--split", "--follow-links", "--only", "none:1", "--only=none:2"],
];

const LINES: Readonly<Record<string, Line>> = {
  ...Object.fromEntries(EXPERIMENTS.map((experiment) => [experiment.name, {
    words: EXPERIMENT,
    last: "--data=none",
    run: async (args: readonly string[]) => {
      const options = { experiment, base: BASELINE };
      const request = parseExperimentArgs(args, options);
      if (request.help) return helpText(options);
      for (const { changes } of experiment.variants) request.configure(changes);
      return await carryOut(experiment, request);
    },
  }])),
  "all": { words: EXPERIMENT, last: "--data=none", run: all },
  "sweep": {
    words: [
      ...[
        ...EXPERIMENT,
        "dropout",
        "exp:baseline",
        "all",
        "--jobs",
        "2",
        "--jobs=0",
        "--jobs=1025",
      ],
      ...["--only=none:1", "--show"],
    ],
    last: "--data=none",
    run: sweep,
  },
  "compare": {
    words: [...PATHS, ...PATHS, "--md=a.md", "--json=a.json", "--md", "--fail-if-worse"],
    run: compare,
    cases: 40,
  },
  "dataset": {
    words: [
      ...[...PATHS, "--json=a.json", "--md", "--skip-bad", "--seed=3", "--seed", "-1", "--data"],
      ...["--split=80/10/10", "--split", "--follow-links"],
    ],
    last: "--data=damaged.json",
    run: dataset,
  },
  "verify": {
    words: [
      ...[...PATHS, ...PATHS, "--epochs", "1", "--seed=2", "--variant=none", "--variant"],
      ...["--threads=1", "--threads=999", "--data=none"],
    ],
    run: verify,
  },
  "show": { words: PATHS.filter((path) => !path.startsWith("report")), run: show },
  "notebooks": {
    words: [...PATHS, "--check", "--html=out", "--html", "--data", "--data=report", "--reports"],
    last: "--reports=none",
    run: notebooks,
  },
  "bench": {
    words: [
      ...[...PATHS, "--peers", "--memory", "--only", "plain", "--only=load,epoch", "--rounds=3"],
      ...["--steps", "20", "--threads=2", "--data", "--data=report", "--no-write"],
    ],
    run: parseRequest,
  },
  "faults": {
    words: ["--minutes", "5", "--kills=3", "--table", "--seed", "x", "--preset", "smoke"],
    last: "--minutes=0",
    run: faults,
  },
};

/** Runs something and keeps what it prints. */
async function silently(run: () => unknown): Promise<void> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    await run();
  } finally {
    Object.assign(console, { log, error });
  }
}

for (const [name, { words, last, run, cases = 100 }] of Object.entries(LINES)) {
  Deno.test(`A damaged command line of ${name} ends in a value, or in one line`, async () => {
    const folder = await Deno.makeTempDir();
    const before = Deno.cwd();
    const environment = Deno.env.toObject();
    Deno.chdir(folder);
    Deno.env.delete("FER_LAB_DATA");
    Deno.env.delete("INIT_CWD");
    try {
      const place = await writeSample(folder, "report", [
        sampleVariant("none", { skill: 0.6 }),
        sampleVariant("dropout", { skill: 0.8 }),
      ]);
      const text = await Deno.readTextFile(`${place}/report.json`);
      await Deno.writeTextFile("damaged.json", text.slice(0, text.length / 2));
      const known = [...words, ...words, ...FLAGS];
      await fuzz(`command line of ${name}`, async (random) => {
        const args = Array.from({ length: random.integer(0, 6) }, () => {
          const word = known[random.integer(0, known.length)]!;
          return random.integer(0, 3) === 0 ? mutateText(word, random) : word;
        });
        // Now and then what is asked for most, which must not be refused.
        if (random.integer(0, 20) === 0) args.splice(0, args.length, "--help");
        await silently(() => run(last === undefined ? args : [...args, last]));
      }, { cases });
      const written = (await filesIn(folder)).filter((file) => /\.tmp-|^out/.test(file));
      deepStrictEqual(written, [], "half-written, or of a run that should not be");
    } finally {
      Deno.chdir(before);
      for (const name of ["FER_LAB_THREADS", "FER_LAB_DATA", "INIT_CWD"]) {
        if (environment[name] === undefined) Deno.env.delete(name);
        else Deno.env.set(name, environment[name]);
      }
      await Deno.remove(folder, { recursive: true });
    }
  });
}
