/**
 * Sweeps by Slurm, with programs in its place that take down what they are asked for; the test carries out
 * the scripts that they were handed.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { delimiter, join } from "node:path";
import { exists } from "../file.ts";
import { differences, filesIn, fingerprint } from "../fault/output.ts";
import { type Ended, runTask } from "../fault/process.ts";
import { CHECKOUT } from "../paths.ts";
import { arrayScript } from "./slurm.ts";

const FLAGS = [
  ...["--faces", "70", "--set", "filters=4", "--set", "denseUnits=8", "--epochs", "40"],
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
for word in "$@"; do
  case $word in --partition=none) echo "sbatch: error: invalid partition specified: none" >&2; exit 1; esac
done
echo "$job;cluster"`,
  squeue: `cat queued 2>/dev/null && exit
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

async function sweep(args: readonly string[]): Promise<Ended> {
  return await runTask("sweep", ["dropout", ...FLAGS, "--out", out, "--slurm", ...args], {
    env: { PATH: `${slurm}${delimiter}${Deno.env.get("PATH")}` },
    timeout: 120_000,
  });
}

const submitted = (job: number) =>
  Deno.readTextFile(join(slurm, `${job}.args`)).then((text) => text.trim().split("\n"));

/** Carries out a job's script, as Slurm does on a node. */
async function carryOut(
  job: number,
  { element, meanwhile }: { element?: number; meanwhile?: (pid: number) => Promise<void> } = {},
) {
  const child = new Deno.Command("sh", {
    args: [join(slurm, `${job}.sh`)],
    cwd: CHECKOUT,
    env: {
      ...element === undefined ? {} : { SLURM_ARRAY_TASK_ID: `${element}` },
      SLURM_ARRAY_JOB_ID: `${job}`,
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await meanwhile?.(child.pid);
  const { code, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stderr) };
}

Deno.test("Without Slurm one line says so, before anything is done", async () => {
  const { code, stderr } = await runTask(
    "sweep",
    ["dropout", ...FLAGS, "--out", out, "--slurm"],
    { env: { PATH: folder } },
  );
  strictEqual(code, 1);
  match(
    stderr,
    /^Error: --slurm: There is no sbatch in PATH: .* leave --slurm out .* --jobs says\n$/,
  );
  strictEqual(await exists(out), false);
});

Deno.test("Slurm carries out what is missing, to the bytes of the experiment itself", async () => {
  await writePrograms();
  const first = await sweep(["--jobs", "2", "--", "--time=1:00:00"]);
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

  // In the queue, nothing is submitted twice.
  await Deno.writeTextFile(join(slurm, "queued"), "0\n1\n");
  const queued = await sweep([]);
  strictEqual(queued.code, 0, queued.stderr);
  match(queued.stderr, /\n2 runs in the queue already: squeue -j 101\n$/);
  strictEqual(await exists(join(slurm, "103.args")), false);

  // The first element is cancelled on its way; the second comes to its end.
  const stopped = await carryOut(101, {
    element: 0,
    meanwhile: async (pid) => {
      while (!(await filesIn(out)).some((file) => file.endsWith("history.jsonl"))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      Deno.kill(pid, "SIGTERM");
    },
  });
  strictEqual(stopped.code, 130, stopped.said);
  ok((await filesIn(out)).some((file) => /checkpoint.*safetensors$/.test(file)));
  const ended = await carryOut(101, { element: 1 });
  strictEqual(ended.code, 0, ended.said);
  await Deno.remove(join(slurm, "queued"));

  // Submitted again is the one that is missing, and it goes on.
  const again = await sweep([]);
  strictEqual(again.code, 0, again.stderr);
  match(
    again.stderr,
    /\n1 run done before\nSubmitted 1 run as job 103, and the report .* job 104\n/,
  );
  ok((await submitted(103)).includes("--array=0-0"));
  const goneOn = await carryOut(103, { element: 0 });
  strictEqual(goneOn.code, 0, goneOn.said);
  match(goneOn.said, /none, seed 1 \(1\/2\): going on after epoch \d+ of 40/);
  strictEqual((await carryOut(104)).code, 0);

  // All is done: what is left is to say so.
  const done = await sweep(["--wait"]);
  strictEqual(done.code, 0, done.stderr);
  match(done.stderr, /\n2 runs done before\n[^]*\nReport: /);
  strictEqual(await exists(join(slurm, "105.args")), false);
  const alone = join(folder, "alone");
  strictEqual((await runTask("exp:dropout", [...FLAGS, "--threads", "1", "--out", alone])).code, 0);
  deepStrictEqual(differences(await fingerprint(alone), await fingerprint(out)), []);
});

Deno.test("What sbatch refuses is told as it says it", async () => {
  await writePrograms();
  const { code, stderr } = await sweep(["--seeds", "2", "--", "--partition=none"]);
  strictEqual(code, 1);
  match(stderr, /\nError: sbatch refuses: sbatch: error: invalid partition specified: none\n$/);
});

Deno.test("Who waits is told which runs are missing in the end, and why", async () => {
  await writePrograms();
  const { code, stderr } = await sweep(["--seed", "5", "--wait"]);
  strictEqual(code, 1);
  match(
    stderr,
    /\n2 runs missing; the same command submits what is missing:\n {2}none, seed 5 .*: it was/,
  );
});

Deno.test("Near its time limit an element stops its run and goes back into the queue", async () => {
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
        args: ["-c", arrayScript([["-c", "exit 3"], ["-c", run]], "sh")],
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
      args: ["-c", arrayScript([["-c", "exit 3"]], "sh")],
      env: { SLURM_ARRAY_TASK_ID: "0" },
    }).output();
    strictEqual(other.code, 3);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});
