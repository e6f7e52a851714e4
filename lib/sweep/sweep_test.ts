/**
 * Sweeps as whole processes, with the permissions that deno.json gives them.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { waitUntil } from "../_wait_until.ts";
import { CHECKOUT_CACHE } from "../cache.ts";
import { differences, filesIn, fingerprint } from "../fault/output.ts";
import { CTRL_C, runAtTerminal } from "../fault/_terminal.ts";
import { type Ended, type ProcessOptions, runTask } from "../fault/process.ts";
import { exists } from "../file.ts";
import { waitForFolder } from "../lock.ts";
import { BEGUN_FILE } from "../run/state.ts";
import { codeState } from "../code_state.ts";

const TINY = ["--faces", "70", "--set", "filters=4", "--set", "denseUnits=8"];

/** Four runs of moments. */
const FOUR = [...TINY, "--variants", "none,dense-0.5", "--seeds", "2", "--epochs", "8"];

/** Two runs that last until they are stopped. */
const LONG = [...TINY, "--seeds", "2", "--set", "batchSize=8"];

const folder = join(CHECKOUT_CACHE, `sweep-test-${Deno.pid}`);
await Deno.mkdir(folder, { recursive: true });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function task(
  words: readonly [string, ...string[]],
  out: string,
  options: ProcessOptions = {},
): Promise<Ended> {
  const [name, ...args] = words;
  return await runTask(name, [...args, "--out", join(folder, out)], {
    timeout: 300_000,
    ...options,
  });
}

function isFine({ code, hung, stderr }: Ended, expected = 0): void {
  ok(!hung, stderr);
  strictEqual(code, expected, stderr);
}

let unswept: Promise<string> | undefined;

/** The folder of what the experiment itself makes of the four runs. */
function alone(): Promise<string> {
  return unswept ??= (async () => {
    isFine(await task(["exp:dropout", ...FOUR, "--threads", "1"], "alone"));
    return "alone";
  })();
}

/** Holds what two folders have to the same bytes. */
async function sameBytes(one: string, other: string): Promise<void> {
  const [a, b] = await Promise.all([one, other].map((out) => fingerprint(join(folder, out))));
  ok(a!.size > 5);
  deepStrictEqual(differences(a!, b!), []);
}

/** The folders of the runs. */
async function runsIn(out: string): Promise<string[]> {
  const files = await filesIn(join(folder, out));
  const runs = files.map((file) => /^.*\/runs\/[0-9a-f]+\/seed-\d+(?=\/)/.exec(file)?.[0]);
  return [...new Set(runs.filter((run) => run !== undefined))].map((run) => join(folder, out, run));
}

const until = (isSo: () => Promise<boolean>, what: string) =>
  waitUntil(isSo, what, { seconds: 180 });

/** Whether so many runs are under way, each with an epoch behind it. */
const trains = (out: string, count: number) => async () =>
  (await filesIn(join(folder, out))).filter((file) => file.endsWith("history.jsonl")).length ===
    count;

/** Waits for a process that is at a run, from its beginning on: runs so short are soon over. */
async function processUnderWay(out: string): Promise<number> {
  let found: number | undefined;
  await until(async () => {
    for (const run of await runsIn(out)) {
      // Before it begins, the sweep itself looks at it.
      if (!await exists(join(run, BEGUN_FILE)) || await exists(join(run, "record.json"))) continue;
      // Between the lock's making and the process's number in it, it is empty.
      const lock = await Deno.readTextFile(join(run, "run.lock.json")).catch(() => "");
      const [, pid] = /"pid": *(\d+)/.exec(lock) ?? [];
      if (pid !== undefined) found = Number(pid);
    }
    return found !== undefined;
  }, "a run under way");
  return found!;
}

/** Waits until the processes of two runs have ended, and holds each to have left its checkpoint. */
async function haveStopped(out: string): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  const runs = await runsIn(out);
  strictEqual(runs.length, 2);
  for (const run of runs) {
    (await waitForFolder(run, { signal }))[Symbol.dispose]();
    const there = [...Deno.readDirSync(run)].map(({ name }) => name);
    ok(there.some((name) => /^checkpoint.*safetensors$/.test(name)), there.join(" "));
    ok(!there.includes("record.json"));
  }
}

Deno.test("A sweep gives the reports of the experiment to the byte, and does nothing twice", async () => {
  const args = ["sweep", "dropout", ...FOUR, "--jobs", "2", "--threads", "1"] as const;
  const first = await task(args, "swept");
  isFine(first);
  match(
    first.stderr,
    /^exp:dropout \(small, seeds 1,2\) .* 2 processes at once of TensorFlow on 1 CPU/,
  );
  strictEqual(first.stderr.match(/: PrivateTest .* best epoch/g)?.length, 4, first.stderr);
  match(first.stderr, /\nReport: \S+dropout\/report\.md\n$/);
  await sameBytes(await alone(), "swept");
  deepStrictEqual(await filesIn(join(folder, "swept")), await filesIn(join(folder, "alone")));
  const plan = (out: string) =>
    filesIn(join(folder, out)).then((files) =>
      Deno.readTextFile(join(folder, out, files.find((file) => file.endsWith("plan.json"))!))
    );
  strictEqual(await plan("swept"), await plan("alone"));

  const again = await task(args, "swept");
  isFine(again);
  strictEqual(again.stderr.match(/\(done before\)/g)?.length, 4, again.stderr);
  await sameBytes(await alone(), "swept");
});

Deno.test("A run that fails does not stop the others, and the last lines say which and why", async () => {
  const args = ["sweep", "dropout", ...FOUR, "--jobs", "2", "--threads", "1"] as const;
  isFine(await task(["exp:dropout", ...FOUR, "--threads", "1", "--only", "none:1"], "broken"));
  const [done] = await runsIn("broken");
  // None of the first seed has the place for its files, and what none has with the second cannot be kept.
  await Deno.remove(done!, { recursive: true });
  await Deno.writeTextFile(done!, "");
  const second = done!.replace(/1$/, "2");
  await Deno.mkdir(join(second, "record.json", "x"), { recursive: true });
  const ended = await task(args, "broken");
  isFine(ended, 1);
  strictEqual(ended.stderr.match(/dense-0\.5, seed \d .*: PrivateTest/g)?.length, 2, ended.stderr);
  const lines = ended.stderr.trimEnd().split("\n").slice(-3);
  strictEqual(lines[0], "2 of 4 runs failed; the same command tries them again:");
  match(lines[1]!, /^ {2}none, seed 1 \(1\/4\): .*seed-1.* Cannot be written/);
  match(lines[2]!, /^ {2}none, seed 2 \(3\/4\): .*record\.json.* Cannot be written/);
  match(ended.stderr, /\nReport: /);

  await Deno.remove(done!);
  await Deno.remove(second, { recursive: true });
  isFine(await task(args, "broken"));
  await sameBytes(await alone(), "broken");
});

Deno.test("Bfloat16 that cannot be had is refused in one line before anything is trained", async () => {
  const args = ["sweep", "baseline", ...TINY, "--set", "precision=bfloat16"] as const;
  const ended = await task(args, "refused", { env: { TF_ENABLE_ONEDNN_OPTS: "0" } });
  isFine(ended, 1);
  match(ended.stderr, /^exp:.*\nError: precision=bfloat16 cannot be had here \(it needs .*\n$/);
  deepStrictEqual(await runsIn("refused"), []);
});

Deno.test("After SIGTERM to the sweep, and after kill -9, every run has stopped with its checkpoint", async () => {
  const epochs = ["--epochs", "400", "--jobs", "2", "--threads", "1"];
  const args = ["sweep", "baseline", ...LONG, ...epochs] as const;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const out = `ended-${signal}`;
    let pid = 0;
    const running = task(args, out, { onStart: (id) => pid = id });
    await until(trains(out, 2), "two runs under way");
    Deno.kill(pid, signal);
    const ended = await running;
    isFine(ended, signal === "SIGTERM" ? 130 : 137);
    if (signal === "SIGTERM") {
      match(ended.stderr, /\nStopping every run after its step; once more to stop at once\n/);
      match(ended.stderr, /\nInterrupted with 0 of 2 runs done: nothing is lost, the same command/);
      strictEqual(ended.stderr.match(/Interrupted|Stopping/g)?.length, 2, ended.stderr);
    }
    await haveStopped(out);
  }
});

Deno.test("After Ctrl-C at a terminal every run has stopped with its checkpoint, and one line says so", async () => {
  const out = "pressed";
  const flags = ["--epochs", "400", "--jobs", "2", "--threads", "1", "--out", join(folder, out)];
  const { code, hung, said } = await runAtTerminal(
    [Deno.execPath(), "task", "-q", "sweep", "baseline", ...LONG, ...flags],
    {
      seconds: 300,
      presses: [{
        when: "seed 1[^,]*: epoch [2-9][\\s\\S]*seed 2[^,]*: epoch [2-9]",
        keys: CTRL_C,
      }],
    },
  );
  deepStrictEqual([code, hung], [130, false], said);
  strictEqual(
    said.match(/Stopping every run after its step; once more to stop at once/g)?.length,
    1,
  );
  strictEqual(said.match(/Interrupted/g)?.length, 1, said);
  match(
    said,
    /Interrupted with 0 of 2 runs done: nothing is lost, the same command goes on from here/,
  );
  await haveStopped(out);
});

Deno.test("Killed again and again, a sweep and its runs come to the bytes of one that was left alone", async () => {
  const args = ["sweep", "dropout", ...FOUR, "--jobs", "2", "--threads", "1"] as const;
  const first = task(args, "killed");
  Deno.kill(await processUnderWay("killed"), "SIGKILL");
  const ended = await first;
  isFine(ended, 1);
  strictEqual(ended.stderr.match(/: PrivateTest .* best epoch/g)?.length, 3, ended.stderr);
  match(
    ended.stderr,
    /\n1 of 4 runs failed; the same command tries it again:\n {2}\S+, seed 1 .*: it was killed; .*\n$/,
  );

  for (let kills = 0; kills < 3; kills++) {
    await task([...args, "--fresh"], "killed", { killAfter: 1500 + 700 * kills });
  }
  // Whoever is still at a run is waited for.
  isFine(await task(args, "killed"));
  await sameBytes(await alone(), "killed");
  const left = (await filesIn(join(folder, "killed"))).filter((file) =>
    /checkpoint|begun/.test(file)
  );
  deepStrictEqual(left, []);
});

Deno.test("A run that another process is at is waited for", async () => {
  const args = [
    ...TINY,
    "--seeds",
    "2",
    "--epochs",
    "40",
    "--set",
    "batchSize=8",
    "--threads",
    "1",
  ];
  const first = task(["exp:baseline", ...args, "--only", "baseline:1"], "shared");
  await until(trains("shared", 1), "the first run under way");
  const second = await task(["sweep", "baseline", ...args, "--jobs", "2"], "shared");
  isFine(second);
  match(
    second.stderr,
    /seed 1 \(1\/2\): another process is at it \(process \d+, started \S+\); it is/,
  );
  match(second.stderr, /seed 1 \(1\/2\): PrivateTest .*\(done before\)/);
  isFine(await first);
});

Deno.test("Another code than at the sweep's beginning is noticed", async () => {
  const checkout = join(folder, "checkout");
  for (const name of ["lib", "experiments"]) {
    await Deno.mkdir(join(checkout, name), { recursive: true });
  }
  for (const name of ["deno.json", "deno.lock", "lib/a.ts", "lib/a_test.ts", "experiments/b.ts"]) {
    await Deno.writeTextFile(join(checkout, name), "1");
  }
  const before = codeState(checkout);
  await Deno.writeTextFile(join(checkout, "lib/a_test.ts"), "another test");
  strictEqual(codeState(checkout), before);
  await Deno.writeTextFile(join(checkout, "lib/a.ts"), "12");
  ok(codeState(checkout) !== before);
});
