import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { readReport, readReportFacts, REPORT_FILES } from "./report/files.ts";
import { renderReport } from "./report/markdown.ts";

const ROOT = join(import.meta.dirname!, "..");
const TINY = ["--faces", "70", "--set", "filters=4", "--set", "denseUnits=8", "--threads", "1"];

const temporary = await Deno.makeTempDir({ prefix: "fer-lab-experiment-" });
globalThis.addEventListener("unload", () => Deno.removeSync(temporary, { recursive: true }));

/**
 * Runs an experiment to its end and gives its report's folder. In a process of its own: the number of
 * threads is TensorFlow's from the moment it is loaded, and a test process has loaded it long before.
 */
async function run(out: string, args: readonly string[] = []): Promise<string> {
  const { code, said } = await start(out, args).end();
  strictEqual(code, 0, said);
  return reportIn(out);
}

/** The folder of the report; the data's folder is named after its digest. */
function reportIn(out: string): string {
  const [data] = [...Deno.readDirSync(join(temporary, out))].filter(({ isDirectory }) =>
    isDirectory
  );
  match(data!.name, /^synthetic-[0-9a-f]{8}$/);
  return join(temporary, out, data!.name, "baseline");
}

/** An experiment as a process of its own, with what it says as it says it. */
function start(out: string, args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "experiments/baseline.ts", ...TINY, "--out", join(temporary, out)]
      .concat(args),
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const listeners = new Set<() => void>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      listeners.forEach((listener) => listener());
    }
    listeners.forEach((listener) => listener());
  })();
  return {
    kill: (signal: Deno.Signal) => child.kill(signal),
    pid: child.pid,
    /** Waits until it has said something. */
    says: (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const listener = () => {
          if (!pattern.test(said)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        reading.then(() =>
          pattern.test(said) || reject(new Error(`Never said ${pattern}: ${said}`))
        );
      }),
    end: async () => {
      const { code } = await child.status;
      await reading;
      return { code, said };
    },
  };
}

/** All files under a folder by their path, without those that tell of time and machine. */
function filesUnder(folder: string, under = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, under))) {
    const path = join(under, name);
    if (isDirectory) filesUnder(folder, path).forEach((text, file) => files.set(file, text));
    else if (!/run\.json$|lock\.json$|\.md$/.test(name)) {
      files.set(path, new TextDecoder("latin1").decode(Deno.readFileSync(join(folder, path))));
    }
  }
  return files;
}

/** Holds the results in two folders against each other, byte for byte. */
function sameBytes(one: string, other: string): void {
  const [a, b] = [one, other].map((out) => filesUnder(join(temporary, out)));
  deepStrictEqual([...a!.keys()].sort(), [...b!.keys()].sort());
  const differing = [...a!].filter(([file, text]) => b!.get(file) !== text).map(([file]) => file);
  // Only on failure, and then with the lines that differ.
  for (const file of differing.sort()) strictEqual(a!.get(file), b!.get(file));
}

/** Holds a report's Markdown to be made of its JSON and nothing else. */
async function isRendered(folder: string): Promise<void> {
  const report = await readReport(join(folder, REPORT_FILES.report));
  const facts = await readReportFacts(join(folder, REPORT_FILES.facts));
  const text = await Deno.readTextFile(join(folder, REPORT_FILES.markdown));
  ok(text === renderReport(report, facts), "report.md is not made of report.json");
}

Deno.test("An experiment run twice writes the same bytes; another seed writes others", async () => {
  const one = await run("one", ["--epochs", "1"]);
  await run("two", ["--epochs", "1"]);
  sameBytes("one", "two");
  await isRendered(one);
  const files = [...filesUnder(join(temporary, "one")).keys()].map((file) =>
    file.split("/").at(-1)!
  );
  for (const file of ["record.json", "predictions.csv", "report.json", "history.jsonl"]) {
    ok(files.includes(file), file);
  }
  ok(files.some((file) => file.endsWith(".svg")));
  // Done already: found, not run again.
  const record = [...filesUnder(one + "/../runs").keys()].find((f) => f.endsWith("record.json"))!;
  const changed = () => Deno.statSync(join(one, "../runs", record)).mtime!.getTime();
  const before = changed();
  // As of a report in whose place this one comes.
  Deno.writeTextFileSync(join(one, REPORT_FILES.figures, "confusion-other.svg"), "<svg></svg>");
  await run("one", ["--epochs", "1"]);
  strictEqual(changed(), before);
  sameBytes("one", "two");
  await run("one", ["--epochs", "1", "--fresh"]);
  notStrictEqual(changed(), before);
  sameBytes("one", "two");

  const other = await run("other", ["--epochs", "1", "--seed", "0"]);
  notStrictEqual(
    Deno.readTextFileSync(join(other, REPORT_FILES.report)),
    Deno.readTextFileSync(join(one, REPORT_FILES.report)),
  );
});

Deno.test("Stopped by Ctrl-C, an experiment says so, and the same command ends in the same bytes", async () => {
  const args = ["--epochs", "20", "--set", "batchSize=8"];
  await run("whole", args);
  const stopped = start("stopped", args);
  await stopped.says(/epoch 2\/20/);
  stopped.kill("SIGINT");
  const { code, said } = await stopped.end();
  strictEqual(code, 130);
  match(said, /Stopping after this step; once more to stop at once/);
  const [, epoch] = /Interrupted in epoch (\d+) of baseline: nothing is lost, the same command/
    .exec(said)!;
  const folder = reportIn("stopped");
  const there = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  deepStrictEqual(there, ["plan.json", "report.md", "run.lock.json"]);
  const text = Deno.readTextFileSync(join(folder, "report.md"));
  match(text, new RegExp(`\`baseline\` with seed 1 was stopped in epoch ${epoch} of 20`));
  match(text, /PrivateTest has not been scored/);
  match(text, /deno task exp:baseline --faces 70 --seeds 1 --epochs 20/);
  ok(![...filesUnder(join(temporary, "stopped")).keys()].some((f) => f.endsWith("record.json")));

  await run("stopped", args);
  sameBytes("stopped", "whole");
  await isRendered(folder);
});

Deno.test("A run that another process is at is waited for, and gone on with after that one is killed", async () => {
  const args = ["--epochs", "400", "--set", "batchSize=8"];
  const first = start("locked", args);
  await first.says(/epoch 1\/400/);
  const second = start("locked", args);
  await second.says(
    new RegExp(
      `baseline: another process is at it \\(process ${first.pid}, started \\S+\\); it is waited`,
    ),
  );
  await first.says(/epoch 3\/400/);
  first.kill("SIGKILL");
  await first.end();
  await second.says(/going on after epoch \d+ of 400/);
  second.kill("SIGINT");
  strictEqual((await second.end()).code, 130);
});

Deno.test("Of two processes at one experiment each does what the other is not at, to one report", async () => {
  const args = ["--seeds", "2", "--epochs", "120", "--set", "batchSize=8"];
  const first = start("two-at-once", args);
  await first.says(/seed 1 \(1\/2\), epoch 1\/120/);
  const second = start("two-at-once", args);
  await second.says(/seed 1 \(1\/2\): another process is at it/);
  await second.says(/seed 2 \(2\/2\), epoch 1\/120/);
  const ends = await Promise.all([first.end(), second.end()]);
  deepStrictEqual(ends.map(({ code }) => code), [0, 0]);
  await run("two-alone", args);
  sameBytes("two-at-once", "two-alone");
});

Deno.test("Stopped in a later run, the report of the finished ones says what is missing", async () => {
  const args = ["--seeds", "1,2", "--epochs", "20", "--set", "batchSize=8"];
  const stopped = start("later", args);
  await stopped.says(/seed 2 \(2\/2\), epoch 1\/20/);
  stopped.kill("SIGINT");
  strictEqual((await stopped.end()).code, 130);
  const folder = reportIn("later");
  const report = JSON.parse(Deno.readTextFileSync(join(folder, REPORT_FILES.report)));
  strictEqual(report.status, "interrupted");
  match(
    Deno.readTextFileSync(join(folder, REPORT_FILES.markdown)),
    /\*\*Interrupted: these are not the final results\.\*\* Not run: baseline with seed 2\./,
  );
});
