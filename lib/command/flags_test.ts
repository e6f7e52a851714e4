import { deepStrictEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE, PARAMETERS } from "../configuration.ts";
import { main as all } from "./all.ts";
import { main as bench } from "./bench.ts";
import { main as compare } from "./compare.ts";
import { main as dataset } from "./dataset.ts";
import { main as ensemble } from "./ensemble.ts";
import { main as exportTask } from "./export.ts";
import { main as faults } from "./faults.ts";
import { main as lab } from "./lab.ts";
import { main as live } from "./live.ts";
import { main as model } from "./model.ts";
import { main as beginNew } from "./new.ts";
import { main as notebooks } from "./notebooks.ts";
import { main as pairs } from "./pairs.ts";
import { main as power } from "./power.ts";
import { main as predict } from "./predict.ts";
import { main as probabilities } from "./probabilities.ts";
import { main as report } from "./report.ts";
import { main as runs } from "./runs.ts";
import { main as setup } from "./setup.ts";
import { main as show } from "./show.ts";
import { main as sweep } from "./sweep.ts";
import { main as tensorboard } from "./tensorboard.ts";
import { main as verify } from "./verify.ts";
import { main as votes } from "./votes.ts";

const ROOT = join(import.meta.dirname!, "../..");

/** Every task that takes flags of ours, but those of experiments. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  "exp:all": all,
  bench,
  compare,
  dataset,
  ensemble,
  export: exportTask,
  lab,
  live,
  model,
  new: beginNew,
  notebooks,
  pairs,
  power,
  predict,
  probabilities,
  report,
  runs,
  setup,
  show,
  sweep: (args) => sweep(["baseline", ...args]),
  tensorboard,
  "test:faults": faults,
  verify,
  votes,
};

function experiment(args: readonly string[]) {
  const variants = [{ name: "a" }];
  const description = { name: "x", title: "X", question: "X?", variants };
  return parseExperimentArgs(args, { experiment: description, base: BASELINE });
}

Deno.test("--help of every command keeps within 100 columns", async () => {
  const { log } = console;
  const wide: string[] = [];
  try {
    for (const [name, command] of Object.entries(COMMANDS)) {
      console.log = (text: string) => {
        wide.push(
          ...text.split("\n").filter((line) => line.length > 100).map((line) => name + line),
        );
      };
      await command(["--help"]);
    }
  } finally {
    console.log = log;
  }
  deepStrictEqual(wide, []);
});

/** Who prints the texts of a folder or file: the first that fits. */
const OWNERS: readonly [place: RegExp, tasks: readonly string[]][] = [
  [/^lib\/command\/all\.ts$/, ["exp:x"]],
  [/^lib\/command\/faults\.ts$/, ["test:faults"]],
  [/^lib\/(command|fault)\//, []],
  [/^lib\/port\.ts$/, ["lab", "tensorboard"]],
  [/^lib\/live\//, ["live"]],
  [/^lib\/run\/(choose_runs|runs_text)\.ts$/, ["runs"]],
  [/^lib\/report\/ensemble_text\.ts$/, ["ensemble"]],
  // What git writes.
  [/^lib\/(patch|run\/code_difference)\.ts$/, []],
  [/^lib\/export\//, ["export"]],
  [/^lib\/sweep\//, ["sweep"]],
  [/^lib\/dataset\//, ["exp:x", "dataset"]],
  [/^lib\/(tensorflow|figure|notebook)\/|^benchmarks\//, []],
  [/^(lib|experiments)\//, ["exp:x"]],
];

/** Programs that are not ours; what follows their name are their flags. */
const FOREIGN =
  /\b(pip|wsl|git|sbatch|zip -s|deno (run|install|eval|fmt|test)|apt-get)\b[^;:,)`]*$/;

/** Whether a task knows a flag: then it complains of the other one. */
async function knows(task: string, flag: string): Promise<boolean> {
  // It stops there, whatever else is asked; and all have it.
  if (flag === "--help") return true;
  const command = COMMANDS[task] ?? experiment;
  const other = "--no-such-flag-at-all";
  try {
    await command([flag, other]);
  } catch (error) {
    return (error as Error).message.includes(other);
  }
  throw new Error(`${task} takes ${other}`);
}

/** A flag that a text names, and whose it should be. */
interface Mention {
  readonly where: string;
  readonly flag: string;
  readonly tasks: readonly string[];
}

/** The flags that a line of a file names. */
function mentionsIn(file: string, line: string, number: number): Mention[] {
  const where = `${file}:${number}`;
  const comment = /^\s*(\/\/|\/?\*)/.test(line) || file.endsWith(".md");
  return [...line.matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z](?![\w-])/g)].flatMap(
    ({ 0: flag, index }) => {
      const before = line.slice(0, index);
      const named = [...before.matchAll(/deno task ([a-z:-]+)/g)].at(-1)?.[1];
      // What a sweep hands on to sbatch.
      if (named === "sweep" && / -- /.test(before)) return [];
      if (named !== undefined) {
        const task = named.startsWith("exp:") && named !== "exp:all" ? "exp:x" : named;
        return [{ where, flag, tasks: task === "exp:" ? ["exp:x"] : [task] }];
      }
      // What stands alone between quotes is handed to a program; code and comments are no messages.
      const argument = /["'`]$/.test(before) &&
        /^(=\S*?)?["'`]/.test(line.slice(index + flag.length));
      if (comment || argument || FOREIGN.test(before.replaceAll(/\$\{[^}]*\}/g, "X"))) return [];
      // Whoever says it: only experiments have them.
      if (flag === "--set" || flag === "--histograms") return [{ where, flag, tasks: ["exp:x"] }];
      const [, tasks = []] = OWNERS.find(([place]) => place.test(file)) ?? [];
      const own = /^lib\/command\/(\w+)\.ts$/.exec(file)?.[1];
      return [{ where, flag, tasks: tasks.length === 0 && own ? [own] : tasks }];
    },
  );
}

function* filesOf(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(ROOT, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesOf(path);
    else if (/\.(ts|md)$/.test(name) && !name.endsWith("_test.ts")) yield path;
  }
}

const TEXTS = ["README.md", "SECURITY.md", "data/README.md"]
  .concat(
    ...["lib", "experiments", "benchmarks", "notebooks"].map((folder) => [...filesOf(folder)]),
  )
  .map((file) => ({ file, lines: Deno.readTextFileSync(join(ROOT, file)).split("\n") }));

Deno.test("Every flag that a message, a help text or a page names exists for its command", async () => {
  const mentions = TEXTS.flatMap(({ file, lines }) =>
    lines.flatMap((line, i) => mentionsIn(file, line, i + 1))
  );
  ok(mentions.length > 100);
  const wrong: string[] = [];
  for (const { where, flag, tasks } of mentions) {
    for (const task of tasks) {
      if (!await knows(task, flag)) wrong.push(`${where}: ${task} has no ${flag}`);
    }
  }
  deepStrictEqual(wrong, []);
});

Deno.test("Every --set that a text names sets a hyper-parameter", () => {
  const wrong = TEXTS.flatMap(({ file, lines }) =>
    lines.flatMap((line, i) =>
      [...line.matchAll(/--set "?([a-zA-Z]\w*)=/g)]
        .filter(([, name]) => !/^(name|NAME)$/.test(name!) && !PARAMETERS.some((p) => p === name))
        .map(([setting]) => `${file}:${i + 1}: ${setting}`)
    )
  );
  deepStrictEqual(wrong, []);
});

Deno.test("A flag that does not exist is found in a message, and in an example of another task", async () => {
  const find = (file: string, line: string) => mentionsIn(file, line, 1);
  deepStrictEqual(
    find("lib/command/dataset.ts", '        "left out of training by --dedupe",'),
    [{ where: "lib/command/dataset.ts:1", flag: "--dedupe", tasks: ["dataset"] }],
  );
  deepStrictEqual(
    find("README.md", "deno task dataset --data x --dedupe").map(({ flag }) => flag),
    ["--data", "--dedupe"],
  );
  deepStrictEqual(find("lib/training/train.ts", '    "--allow-read",'), []);
  ok(await knows("dataset", "--data") && !await knows("dataset", "--dedupe"));
  ok(await knows("exp:x", "--set") && !await knows("exp:all", "--variants"));
});
