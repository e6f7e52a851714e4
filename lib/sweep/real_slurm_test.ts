/**
 * A sweep by a real Slurm, with all that happens to jobs there.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { waitUntil } from "../_wait_until.ts";
import { testWith } from "../_skip.ts";
import { differences, filesIn, fingerprint } from "../fault/output.ts";
import { type Ended, runTask } from "../fault/process.ts";
import { exists } from "../file.ts";
import { CHECKOUT } from "../paths.ts";
import { type Cluster, missingPrograms, startCluster } from "./_cluster.ts";

const missing = await missingPrograms();
const withoutSlurm = missing.length === 0
  ? undefined
  : `no ${missing.join(", ")}; Debian has them as slurm-wlm and munge`;

/** Four runs of some seconds: none and dense-0.5 with seed 1, then with seed 2. */
const FOUR = [
  ...["--faces", "70", "--set", "filters=4", "--set", "denseUnits=8", "--epochs", "12"],
  ...["--variants", "none,dense-0.5", "--seeds", "2"],
];

// Where the report's own task may write.
const folder = join(CHECKOUT, "reports", "own", `real-slurm-test-${Deno.pid}`);
const out = join(folder, "out");

async function sweep({ env }: Cluster, args: readonly string[]): Promise<Ended> {
  const words = ["dropout", ...FOUR, "--out", out, "--slurm", ...args];
  return await runTask("sweep", words, { env, timeout: 300_000 });
}

/** What the experiment itself makes of the runs. */
async function alone(): Promise<Map<string, string>> {
  const place = join(folder, "alone");
  const args = [...FOUR, "--threads", "1", "--out", place];
  const { code, stderr } = await runTask("exp:dropout", args);
  strictEqual(code, 0, stderr);
  return await fingerprint(place);
}

const until = (isSo: () => Promise<boolean>, what: string) =>
  waitUntil(isSo, what, { seconds: 300 });

/** What was submitted: the numbers of the jobs, and the folder and the log of each element. */
async function readSubmitted({ stderr }: Ended) {
  const [, job, report] =
    /\nSubmitted \d runs as job (\d+), and the report after them as job (\d+)\n/.exec(stderr) ?? [];
  ok(job !== undefined && report !== undefined, stderr);
  const file = (await filesIn(out)).find((file) => file.endsWith("/slurm.json"))!;
  const results = join(out, file, "..");
  const { submissions } = JSON.parse(await Deno.readTextFile(join(out, file)));
  const logs = join(results, "slurm");
  return {
    ...{ job, report },
    runs: (submissions.at(-1).runs as string[]).map((run) => join(results, run)),
    log: (element: number) => Deno.readTextFile(join(logs, `${job}_${element}.log`)),
    reportLog: () => Deno.readTextFile(join(logs, `${report}-report.log`)),
  };
}

/** Does something in the middle of a run, whose process waits for it. */
async function amid(run: string, work: () => Promise<unknown>): Promise<void> {
  await until(() => exists(join(run, "history.jsonl")), `an epoch of ${run}`);
  const { pid } = JSON.parse(await Deno.readTextFile(join(run, "run.lock.json")));
  Deno.kill(pid, "SIGSTOP");
  await work();
  Deno.kill(pid, "SIGCONT");
}

testWith(
  withoutSlurm,
  "What Slurm requeues, cancels or ends for its time comes to the bytes of the experiment",
  async (test) => {
    await Deno.mkdir(folder, { recursive: true });
    try {
      const started = await startCluster();
      if (typeof started === "string") {
        const name = `skipped: no Slurm can be started here: ${started}`;
        await test.step({ name, ignore: true, fn: () => {} });
        return;
      }
      await using cluster = started;
      await interrupted(cluster);
      await completed(cluster);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Has one run requeued, one reach its time limit, one fail and one cancelled. */
async function interrupted(cluster: Cluster): Promise<void> {
  const refused = await sweep(cluster, ["--", "--partition=none"]);
  strictEqual(refused.code, 1);
  match(refused.stderr, /\nError: sbatch refuses: .*invalid partition specified: none.*\n$/);

  const first = await sweep(cluster, ["--jobs", "4", "--", "--hold", "--time=1:00:00"]);
  strictEqual(first.code, 0, first.stderr);
  const { job, report, runs, log, reportLog } = await readSubmitted(first);
  match(first.stderr, new RegExp(`\nWatch: squeue -j ${job},${report}; .*\nCancel: scancel `));
  const queued = await sweep(cluster, []);
  strictEqual(queued.code, 0, queued.stderr);
  match(queued.stderr, new RegExp(`\n4 runs in the queue already: squeue -j ${job}\n$`));

  const [requeued, limited, failing, cancelled] = runs as [string, string, string, string];
  // Its record cannot be kept.
  await Deno.mkdir(join(failing, "record.json", "x"), { recursive: true });
  const watching = sweep(cluster, ["--wait"]);
  await cluster.ask("scontrol", "release", job, report);
  await Promise.all([
    amid(requeued, () => cluster.ask("scontrol", "requeue", `${job}_0`)),
    amid(cancelled, () => cluster.ask("scancel", `${job}_3`)),
    amid(limited, async () => {
      const setLimit = (minutes: number) =>
        cluster.ask("scontrol", "update", `JobId=${job}_1`, `TimeLimit=${minutes}`);
      // No more than the time before it at which Slurm warns; it looks every half minute.
      await setLimit(2);
      await until(async () => /^The time limit is near/m.test(await log(1)), "the time limit");
      await setLimit(60);
    }),
  ]);

  const { code, stderr } = await watching;
  strictEqual(code, 1, stderr);
  match(
    stderr,
    /\n2 runs missing; the same command submits what is missing:\n {2}none, seed 2 \(3\/4\): Error: .*record\.json.*\n {2}dense-0\.5, seed 2 \(4\/4\): Interrupted .*\n$/,
  );
  for (const element of [0, 1]) match(await log(element), /: going on after epoch \d+ of 12\n/);
  match(await log(0), /CANCELLED AT .* DUE TO JOB REQUEUE/);
  match(await log(3), /CANCELLED AT/);
  const there = [...Deno.readDirSync(cancelled)].map(({ name }) => name);
  ok(there.some((name) => /^checkpoint.*safetensors$/.test(name)), there.join(" "));
  await until(async () => await cluster.ask("squeue", "--noheader") === "", "the report's job");
  match(await reportLog(), /^Report: \S+report\.md\n/m);
  await Deno.remove(join(failing, "record.json"), { recursive: true });
}

/** Submits again what is missing. */
async function completed(cluster: Cluster): Promise<void> {
  const [again, expected] = await Promise.all([sweep(cluster, []), alone()]);
  strictEqual(again.code, 0, again.stderr);
  match(again.stderr, /\n2 runs done before\nSubmitted 2 runs as job /);
  const { log, reportLog } = await readSubmitted(again);
  await until(async () => await cluster.ask("squeue", "--noheader") === "", "the end");
  match(await log(1), /: going on after epoch \d+ of 12\n/);
  match(await reportLog(), /^Report: /);
  deepStrictEqual(differences(expected, await fingerprint(out)), []);
  const done = await sweep(cluster, ["--wait"]);
  strictEqual(done.code, 0, done.stderr);
  match(done.stderr, /\n4 runs done before\n[^]*\nReport: /);
}
