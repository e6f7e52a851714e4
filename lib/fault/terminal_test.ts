/**
 * Every task at a terminal, as people run them: nothing is asked, and one Ctrl-C is one.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { userCacheFolder } from "../cache.ts";
import { exists } from "../file.ts";
import { sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { randomStream } from "../seed.ts";
import { differences, fingerprint } from "./output.ts";
import { CTRL_C, QUESTION, runAtTerminal, type Seen, type TerminalOptions } from "./_terminal.ts";

const TINY = ["--preset", "smoke", "--set", "filters=2", "--set", "denseUnits=4", "--threads", "1"];

/** At a terminal the line that tells of the writing is wiped before it. */
const REPORT = /[\r\n]Report: /;

/** What git says is changed in the checkout, which no task may add to. */
async function status(): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: ["-C", CHECKOUT, "status", "--porcelain"],
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Runs a task at a terminal. */
async function task(words: readonly string[], options: TerminalOptions = {}): Promise<Seen> {
  return await runAtTerminal([Deno.execPath(), "task", ...words], options);
}

/** One's own results, in a folder that is removed. */
async function withResults(body: (out: string) => Promise<void>): Promise<void> {
  const out = join(CHECKOUT, "reports", "own", `terminal-${Deno.pid}`);
  try {
    await body(out);
  } finally {
    if (await exists(out)) await Deno.remove(out, { recursive: true });
  }
}

/** What a person sees of a task that nothing is wrong with. */
function isFine({ code, hung, said }: Seen, expected = 0): void {
  ok(!QUESTION.test(said), `It asks something: ${said.slice(-1500)}`);
  ok(!hung, `It hangs: ${said.slice(-1500)}`);
  strictEqual(code, expected, said.slice(-1500));
}

Deno.test("No task asks anything at a terminal, and none changes the checkout", async (test) => {
  const before = await status();
  await withResults(async (out) => {
    const epochs = [...TINY, "--faces", "70", "--epochs", "1"];
    const results = async (experiment: string) => {
      for await (const { name } of Deno.readDir(out)) {
        if (await exists(join(out, name, experiment))) return join(out, name, experiment);
      }
      throw new Error(`No report of ${experiment}`);
    };
    const step = async (
      name: string,
      words: () => string[] | Promise<string[]>,
      options: TerminalOptions & { readonly says?: RegExp; readonly code?: number } = {},
    ) =>
      void await test.step(name, async () => {
        const seen = await task([name, ...await words()], options);
        isFine(seen, options.code);
        match(seen.said, options.says ?? /./);
        deepStrictEqual(await status(), before);
      });
    await step("exp:baseline", () => [...epochs, "--out", out], { says: REPORT });
    await step("exp:all", () => [...epochs, "--out", out], { says: REPORT });
    // What exp:all has trained is found; the reports are written again.
    for (const name of ["dropout", "batch-norm", "augmentation", "lr-schedule", "combination"]) {
      const show = name === "dropout" ? ["--show"] : [];
      const says = name === "dropout" ? /deno task show \S+dropout/ : REPORT;
      await step(`exp:${name}`, () => [...epochs, "--out", out, ...show], { says });
    }
    await step("sweep", () => ["dropout", ...epochs, "--jobs", "2", "--out", out], {
      says: /\(done before\)[^]*[\r\n]Report: /,
    });
    await step("compare", async () => [await results("baseline"), await results("dropout")], {
      says: /Accuracy against/,
    });
    await step("report", async () => [await results("baseline")], { says: REPORT });
    await step("verify", async () => [await results("baseline")], {
      says: /identical to the byte/,
    });
    await step("show", async () => [await results("baseline")], {
      presses: [{ when: "Ctrl-C to end", keys: CTRL_C }],
      says: /http:\/\/127/,
    });
    await step("live", () => ["--no-browser"], {
      presses: [{ when: "Ctrl-C to end", keys: CTRL_C }],
      says: /http:\/\/127[^]*The page is served no longer/,
    });
    await step("dataset", () => [], { says: /PrivateTest, clean/ });
    await step("bench", () => ["--only", "load", "--rounds", "1", "--no-write"]);
    await step("notebooks", () => ["--help"], { says: /Usage/ });
    await step("lab", () => ["--help"], { says: /Usage/ });
    await step("setup", () => ["--check"], { says: /matmul/i });
    await step("test", () => ["lib/nearest_test.ts"], { says: /passed/ });
    await step("test:docs", () => ["--filter", "nothing"], { says: /0 failed/ });
    await step("test:faults", () => ["--help"], { says: /Usage/ });
  });
});

Deno.test("What was typed before a question deletes nothing, and what is typed after it does", () =>
  withResults(async (out) => {
    const run = join(out, "synthetic", "runs", "0123456789abcdef", "seed-4");
    await Deno.mkdir(run, { recursive: true });
    const early = { when: "Task", keys: "y\n" };
    const prune = (answer: string) =>
      task(["runs", join(out, "synthetic"), "--prune"], {
        presses: [early, { when: "\\[y/N\\]", keys: answer }],
      });
    match((await prune("n\n")).said, /Nothing was deleted/);
    ok(await exists(run));
    match((await prune("y\n")).said, /Deleted 1 interrupted run/);
    ok(!await exists(run));
  }));

Deno.test("deno.json lets no task ask", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(CHECKOUT, "deno.json")));
  for (const [name, { command }] of Object.entries<{ command: string }>(tasks)) {
    for (const program of command.split(" && ")) {
      if (!/^deno (run|test)\b/.test(program)) continue;
      ok(program.includes(" --no-prompt "), `${name} may ask: ${program}`);
    }
  }
});

Deno.test("Paths start where the person stands, in every task that takes one", async (test) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await writeSample(folder, "mine", [sampleVariant("none"), sampleVariant("other")]);
    const config = ["task", "--config", join(CHECKOUT, "deno.json")];
    const cases: [words: string[], says: RegExp][] = [
      // What is said of each names the file that was looked for, or was read.
      [["exp:baseline", "--data", "none.zip"], /Error: none\.zip: Does not exist/],
      [
        ["exp:all", "--data=~/none.zip"],
        new RegExp(`Error: ${folder}/none\\.zip|Error: none\\.zip`),
      ],
      [["dataset", "--data", "none.zip"], /Error: none\.zip: Does not exist/],
      [["bench", "--data", "none.zip"], /Error: none\.zip: Does not exist/],
      [["notebooks", "--html", "out", "--data", "none.zip"], /Error: none\.zip: Does not exist/],
      [["compare", "mine", "--md", "out/a.md"], /Accuracy against/],
      [["verify", "mine", "--variant", "none"], /The run was made on fer2013/],
      [["show", "nowhere"], /Error: .*nowhere/],
    ];
    for (const [words, says] of cases) {
      await test.step(words[0]!, async () => {
        const { hung, said } = await runAtTerminal([Deno.execPath(), ...config, ...words], {
          cwd: folder,
          // Another home, and yet the caches that lie in this one.
          env: { HOME: folder, DENO_DIR: await denoDir(), FER_LAB_CACHE: userCacheFolder() },
        });
        ok(!hung && !QUESTION.test(said), said.slice(-1500));
        match(said, says);
      });
    }
    ok(await exists(join(folder, "out", "a.md")));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Where Deno keeps its packages. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Presses in one test; the long form for those who look for more. */
const PRESSES = Number(Deno.env.get("FER_LAB_PRESSES") || 5);

Deno.test("A single Ctrl-C at any moment interrupts in words, and the run goes on to the same bytes", async () => {
  await withResults(async (out) => {
    const run = (folder: string, options: TerminalOptions = {}) =>
      task(
        ["exp:baseline", ...TINY, "--epochs", `${20 + 30 * PRESSES}`, "--out", join(out, folder)],
        options,
      );
    const whole = await run("whole");
    isFine(whole);
    const random = randomStream(1, "presses");
    for (let i = 0; i < PRESSES; i++) {
      const after = 1.2 * random.uniform();
      const seen = await run("pressed", {
        presses: [{ when: "exp:baseline \\(", after, keys: CTRL_C }],
      });
      strictEqual(seen.unpressed, 0);
      isFine(seen, 130);
      strictEqual(seen.said.match(/Interrupted/g)?.length, 1, seen.said.slice(-1500));
    }
    isFine(await run("pressed"));
    const [expected, found] = await Promise.all([
      fingerprint(join(out, "whole")),
      fingerprint(join(out, "pressed")),
    ]);
    deepStrictEqual(differences(expected, found), []);
  });
});

Deno.test("A single Ctrl-C stops every run of a sweep, and the same command goes on to the same bytes", async () => {
  await withResults(async (out) => {
    const sweep = (folder: string, options: TerminalOptions = {}) =>
      task(
        [
          ...["sweep", "baseline", ...TINY, "--seeds", "2", "--epochs", "40", "--jobs", "2"],
          ...["--out", join(out, folder)],
        ],
        options,
      );
    const whole = await sweep("whole");
    isFine(whole);
    // Both are seen at once, each in its line, and the total below them.
    match(
      whole.said,
      /seed 1 \(1\/2\): epoch \d+\/40[^\n]*\n[^\n]*seed 2 \(2\/2\): epoch \d+\/40[^\n]*\n[^\n]*2 runs: 2 running/,
    );
    const when = "seed 1 .*: epoch \\d+/40.*\\n.*seed 2 .*: epoch [2-9]/40";
    const once = await sweep("pressed", { presses: [{ when, keys: CTRL_C }] });
    strictEqual(once.unpressed, 0);
    isFine(once, 130);
    strictEqual(once.said.match(/Stopping/g)?.length, 1, once.said.slice(-1500));
    match(once.said, /Interrupted with 0 of 2 runs done: nothing is lost[^\n]*\n$/);
    const [run] = [...Deno.readDirSync(join(out, "pressed", "synthetic-smoke", "runs"))];
    for (const seed of ["seed-1", "seed-2"]) {
      const folder = join(out, "pressed", "synthetic-smoke", "runs", run!.name, seed);
      const there = [...Deno.readDirSync(folder)].map(({ name }) => name);
      ok(there.some((name) => /^checkpoint/.test(name)), there.join(" "));
    }
    isFine(await sweep("pressed"));
    const [expected, found] = await Promise.all([
      fingerprint(join(out, "whole")),
      fingerprint(join(out, "pressed")),
    ]);
    deepStrictEqual(differences(expected, found), []);
  });
});

Deno.test("A signal from elsewhere, or a closed terminal, loses nothing either", async () => {
  await withResults(async (out) => {
    const args = ["exp:baseline", ...TINY, "--epochs", "8", "--out", out];
    const when = "epoch 2/8:";
    const ended = await task(args, { presses: [{ when, signal: "SIGTERM" }] });
    isFine(ended, 130);
    match(ended.said, /Interrupted in epoch/);
    const hungUp = await task(args, { presses: [{ when: "epoch [2-7]/8:", close: true }] });
    ok(!hungUp.hung);
    const whole = await task(args);
    isFine(whole);
    match(whole.said, /going on after epoch/);
  });
});

Deno.test("Commands that save nothing end in words as well", async (test) => {
  for (
    const [name, words, when] of [
      ["dataset", [], "Task dataset"],
      ["bench", ["--only", "start", "--no-write"], "threads"],
      ["verify", [join("reports", "synthetic-example", "baseline")], "epoch 1/"],
    ] as const
  ) {
    await test.step(name, async () => {
      const seen = await task([name, ...words], { presses: [{ when, after: 1, keys: CTRL_C }] });
      // A quick machine may be done before the press.
      if (seen.unpressed > 0 || (name === "dataset" && seen.code === 0)) return;
      isFine(seen, 130);
      strictEqual(seen.said.match(/Interrupted/g)?.length, 1, seen.said.slice(-1500));
    });
  }
});
