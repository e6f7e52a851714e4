/**
 * A short pass of `deno task test:faults`: whole processes, killed and broken.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { taskCommand } from "../task.ts";
import { FAULTS } from "./fault.ts";
import { killAndResume, makeReference } from "./kill.ts";
import { brokenFiles, differences } from "./output.ts";
import { runTask } from "./process.ts";

const SIZE = ["--faces", "70", "--epochs", "3", "--set", "filters=4", "--set", "denseUnits=8"];

Deno.test("Killed and broken runs come to the same bytes as one that nothing happened to", async () => {
  const folder = join(CHECKOUT_CACHE, `faults-test-${Deno.pid}`);
  const common = {
    task: "exp:baseline",
    args: [...SIZE, "--set", "convDropout=0.2", "--set", "augment=flip|rotate(10)"],
    folder,
  };
  try {
    const reference = await makeReference({ ...common, killsPerRun: 1, onNote: () => {} });
    strictEqual(reference.fingerprint.size, 9, [...reference.fingerprint.keys()].join());
    ok(reference.peakMemory < 1.5 * 2 ** 30, `${reference.peakMemory} bytes of memory`);
    // With the first seed at a third of the changes on disk, while it trains. On a machine busy enough
    // to see that change too late the run has ended by then: the next ones try again.
    let met = 0;
    for (let seed = 13; met === 0 && seed < 18; seed++) {
      const kill = { ...common, killsPerRun: 1, seed, onNote: () => {} };
      const { failures, kills } = await killAndResume(kill, reference);
      deepStrictEqual(failures, []);
      met += kills;
    }
    strictEqual(met, 1, "No kill met its run");
    // One for all of the faults: what each is about, tests of a single process show as well.
    const [fault] = FAULTS.filter(({ name }) => name === "loss that is no number");
    const outcome = await fault!.carryOut({ ...common, seed: 1, reference });
    deepStrictEqual(outcome.failures, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--resume with nothing to go on with is refused before anything is trained", async () => {
  const folder = join(CHECKOUT_CACHE, `faults-resume-${Deno.pid}`);
  const { code, stderr } = await runTask("exp:baseline", [...SIZE, "--resume", "--out", folder]);
  strictEqual(code, 1);
  ok(/^Error: Nothing to go on with in \S+: /m.test(stderr), stderr);
  ok(!/epoch 1/.test(stderr));
});

Deno.test("A file that is cut is found, and so is an output that differs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "history.jsonl"), '{"epoch":1}\n{"epo');
    await Deno.writeTextFile(join(folder, "a.svg"), "<svg><g>");
    await Deno.writeTextFile(join(folder, "b.json.tmp-1-1"), "{");
    deepStrictEqual(await brokenFiles(folder), [
      "a.svg: its end is missing",
      "history.jsonl: its last line is cut",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const expected = new Map([["a", "1"], ["b", "1"]]);
  const found = new Map([["b", "2"], ["c", "1"]]);
  deepStrictEqual(differences(expected, found), ["a is missing", "b differs", "c is too much"]);
  deepStrictEqual(differences(expected, expected), []);
});

Deno.test("A task's own flags are read from deno.json", async () => {
  const words = await taskCommand("exp:baseline");
  strictEqual(words[0], "run");
  ok(words.includes("--allow-ffi"));
  strictEqual(words.at(-1), "experiments/baseline.ts");
});
