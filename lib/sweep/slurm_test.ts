/**
 * What Slurm is asked for, with programs in its place that take it down; what it does with it
 * `real_slurm_test.ts` shows.
 *
 * @module
 */

import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { delimiter, join } from "node:path";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { type Ended, runTask } from "../fault/process.ts";
import { CHECKOUT } from "../paths.ts";
import { readQueue, writeQueue } from "./queue.ts";
import {
  arrayScript,
  jobCommand,
  type RunSlurm,
  submitAfter,
  submitArray,
  warnedBefore,
} from "./slurm.ts";

const FLAGS = [
  ...["--faces", "70", "--set", "filters=4", "--set", "denseUnits=8", "--epochs", "4"],
  ...["--variants", "none,dense-0.5"],
];

// Where the report's own task may write as well.
const folder = join(CHECKOUT, "reports", "own", `slurm-test-${Deno.pid}`);
const out = join(folder, "out");
const slurm = join(folder, "slurm");
await Deno.mkdir(folder, { recursive: true });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const PROGRAMS = {
  sbatch: `[ "$1" = --version ] && { echo slurm 24.05.0; exit; }
job=$(($(cat last) + 1))
echo $job > last
for word in "$@"; do echo "$word"; done > $job.args
cat > $job.sh
echo "$job"`,
  // At the second time after "count" was written its controller does not answer.
  squeue: `cat queued 2>/dev/null && exit
if [ -e count ]; then
  echo >> count
  [ $(wc -l < count) = 2 ] && { echo "Unable to contact slurm controller" >&2; exit 1; }
fi
echo "slurm_load_jobs error: Invalid job id specified" >&2
exit 1`,
};

async function writePrograms(): Promise<void> {
  await Deno.mkdir(slurm, { recursive: true });
  await Deno.writeTextFile(join(slurm, "last"), "100");
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await Deno.writeTextFile(join(slurm, name), `#!/bin/sh\ncd ${slurm}\n${text}\n`, {
      mode: 0o755,
    });
  }
}

async function sweep(path: string, args: readonly string[]): Promise<Ended> {
  return await runTask("sweep", ["dropout", ...FLAGS, "--out", out, "--slurm", ...args], {
    env: { PATH: path },
    timeout: 300_000,
  });
}

const submitted = (job: number) =>
  Deno.readTextFile(join(slurm, `${job}.args`)).then((text) => text.trim().split("\n"));

Deno.test("Without Slurm one line says so, before anything is done", async () => {
  const { code, stderr } = await sweep(folder, []);
  strictEqual(code, 1);
  match(
    stderr,
    /^Error: --slurm: There is no sbatch in PATH: .* leave --slurm out .* --jobs says\n$/,
  );
  strictEqual(await exists(out), false);
});

Deno.test("What is missing is submitted once, and who waits is told what is missing in the end", async () => {
  await writePrograms();
  const path = `${slurm}${delimiter}${Deno.env.get("PATH")}`;
  const first = await sweep(path, ["--jobs", "2", "--", "--time=1:00:00"]);
  strictEqual(first.code, 0, first.stderr);
  match(first.stderr, /\nSubmitted 2 runs as job 101, and the report after them as job 102\n/);
  match(first.stderr, /\nWatch: squeue -j 101,102; .*\nCancel: scancel 101 102\n$/);
  const array = await submitted(101);
  for (
    const option of [
      ...["--parsable", "--array=0-1%2", "--cpus-per-task=1", "--requeue", "--time=1:00:00"],
      ...["--signal=B:USR1@120", `--chdir=${CHECKOUT}`, "--job-name=fer-lab-dropout"],
    ]
  ) ok(array.includes(option), option);
  strictEqual((await submitted(102)).at(-1), "--dependency=afterany:101");

  await Deno.writeTextFile(join(slurm, "queued"), "0\n1\n");
  const queued = await sweep(path, []);
  strictEqual(queued.code, 0, queued.stderr);
  match(queued.stderr, /\n2 runs in the queue already: squeue -j 101\n$/);
  strictEqual(await exists(join(slurm, "103.args")), false);

  await Deno.remove(join(slurm, "queued"));
  await Deno.writeTextFile(join(slurm, "count"), "");
  const again = await sweep(path, ["--wait"]);
  strictEqual(again.code, 1);
  match(again.stderr, /\nSubmitted 2 runs as job 103, and the report after them as job 104\n/);
  match(again.stderr, /\nsqueue refuses: Unable to contact slurm controller; it is asked again\n/);
  match(
    again.stderr,
    /\n2 runs missing; the same command submits what is missing:\n {2}none, seed 1 .*: it was/,
  );
});

Deno.test("What Slurm does not know any more is not in the queue, and what else it says is told", async () => {
  const says = (text: string): RunSlurm => () => Promise.reject(new UserError(text));
  const gone = says("squeue refuses: slurm_load_jobs error: Invalid job id specified");
  const down = says("squeue refuses: slurm_load_jobs error: Unable to contact slurm controller");
  const results = await Deno.makeTempDir();
  try {
    const submissions = [{ job: "7", runs: ["a", "b", "c"] }];
    await writeQueue(results, submissions);
    deepStrictEqual(await readQueue(gone, results), []);
    await rejects(readQueue(down, results), /Unable to contact/);
    // As squeue gives the elements of an array, and nothing where it is over.
    deepStrictEqual(await readQueue(() => Promise.resolve("2\n0\n"), results), [
      { job: "7", runs: ["a", "", "c"] },
    ]);
    deepStrictEqual(await readQueue(() => Promise.resolve(""), results), []);
    await Deno.writeTextFile(join(results, "slurm.json"), '{"kind":"fer-lab/slurm"}');
    await rejects(readQueue(gone, results), /slurm\.json: Is damaged: cancel what is queued/);
    await writeQueue(results, []);
    deepStrictEqual(await readQueue(down, results), []);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("With several clusters each is asked for its own jobs", async () => {
  const asked: string[][] = [];
  const run: RunSlurm = (program, args) => {
    asked.push([program, ...args]);
    return Promise.resolve(program === "sbatch" ? "7;north\n" : "CLUSTER: north\n1\n");
  };
  const options = { name: "x", checkout: "/c", deno: "deno", logs: "/l", options: ["-M", "north"] };
  const job = await submitArray(run, [["a"], ["b"]], { ...options, threads: 1 });
  strictEqual(await submitAfter(run, job, [["report"]], options), "7;north");
  ok(asked.at(-1)!.includes("--dependency=afterany:7"), `${asked.at(-1)}`);
  const results = await Deno.makeTempDir();
  try {
    await writeQueue(results, [{ job, runs: ["a", "b"] }]);
    deepStrictEqual(await readQueue(run, results), [{ job, runs: ["", "b"] }]);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
  deepStrictEqual(asked.at(-1)!.slice(-2), ["--clusters=north", "--jobs=7"]);
  strictEqual(jobCommand("squeue", ["7", "8"]), "squeue -j 7,8");
  strictEqual(
    jobCommand("scancel", ["7;north", "8", "9;north"]),
    "scancel --clusters=north 7 9 && scancel 8",
  );
});

Deno.test("An element with a short time limit is told of it later, and none as it begins", () => {
  const before = (...options: string[]) => warnedBefore(options);
  deepStrictEqual([before(), before("--mem=3G"), before("--time=0")], [120, 120, 120]);
  deepStrictEqual([before("--time=4:00:00"), before("-t", "1-0"), before("-t10")], [120, 120, 120]);
  deepStrictEqual([before("--time=2"), before("--time", "5:00"), before("-t00:01:30")], [
    15,
    60,
    7,
  ]);
  // sbatch takes the last.
  strictEqual(before("--time=1", "--time=2"), 15);
  for (const short of ["--time=1", "--time=0:30", "--time=00:01:00", "-t1:00"]) {
    throws(() => before(short), /^UsageError: sbatch --time: .* more than a minute/);
  }
});

Deno.test("An element runs its words; near its time limit it stops its run and goes back into the queue", async () => {
  const place = await Deno.makeTempDir();
  try {
    const scontrol = join(place, "scontrol");
    await Deno.writeTextFile(scontrol, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    // A run that ends with its checkpoint, after a moment.
    const run =
      "trap 'sleep 0.3; exit 130' TERM; echo begun; for i in $(seq 200); do sleep 0.05; done";
    for (
      const [signal, code, said] of [["SIGUSR1", 0, "requeue 7_1"], ["SIGTERM", 130, ""]] as const
    ) {
      const child = new Deno.Command("sh", {
        args: ["-c", arrayScript([["-c", "exit 3"], ["-c", run]], { deno: "sh", from: "/" })],
        env: {
          PATH: `${place}${delimiter}${Deno.env.get("PATH")}`,
          SLURM_ARRAY_JOB_ID: "7",
          SLURM_ARRAY_TASK_ID: "1",
        },
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      match((await reader.read()).value!, /begun/);
      child.kill(signal);
      let rest = "";
      for (let piece; !(piece = await reader.read()).done;) rest += piece.value;
      deepStrictEqual([(await child.status).code, rest.trim()], [code, said]);
    }
    const other = await new Deno.Command("sh", {
      args: [
        "-c",
        arrayScript([["-c", 'echo "$INIT_CWD"; exit 3']], { deno: "sh", from: "/a home" }),
      ],
      clearEnv: true,
      env: { SLURM_ARRAY_TASK_ID: "0", PATH: Deno.env.get("PATH")! },
    }).output();
    // Paths start where the person stood, whatever is left of their environment.
    deepStrictEqual([other.code, new TextDecoder().decode(other.stdout)], [3, "/a home\n"]);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});
