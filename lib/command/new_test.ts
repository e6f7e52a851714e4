import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseNotebook, sourceOf } from "../notebook/format.ts";
import { CHECKOUT } from "../paths.ts";
import { checkExperiment } from "../run/check.ts";
import { runProcess } from "../fault/process.ts";
import { newExperiment } from "./new.ts";

const NOTEBOOK = "notebooks/ablations.ipynb";
const CONFIG = await Deno.readTextFile(join(CHECKOUT, "deno.json"));
const SMALL = JSON.stringify({ cells: [], nbformat: 4, nbformat_minor: 5 });

/** A folder with what a new experiment is written into. */
async function checkout(config = CONFIG, notebook = SMALL): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-new-" });
  folders.push(folder);
  await Deno.mkdir(join(folder, "notebooks"));
  await Deno.writeTextFile(join(folder, "deno.json"), config);
  await Deno.writeTextFile(join(folder, NOTEBOOK), notebook);
  return folder;
}

const folders: string[] = [];
globalThis.addEventListener("unload", () => {
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
});

/** Lines that were not there, and the lines that are there no more. */
function changed(before: string, after: string): { added: string[]; lost: string[] } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (old[start] === now[start]) start++;
  let end = 0;
  while (old.at(-1 - end) === now.at(-1 - end) && end < old.length - start) end++;
  return { added: now.slice(start, now.length - end), lost: old.slice(start, old.length - end) };
}

Deno.test("A new experiment has no mistake, is formatted, and adds to deno.json and the notebook alone", async () => {
  const there = await Deno.readTextFile(join(CHECKOUT, NOTEBOOK));
  const folder = await checkout(CONFIG, there);
  const written = await newExperiment("wide-kernels-2", { checkout: folder });
  deepStrictEqual(
    written.map(({ path }) => path),
    ["experiments/wide_kernels_2.ts", "experiments/wide_kernels_2_test.ts", NOTEBOOK, "deno.json"],
  );
  const text = await Deno.readTextFile(join(folder, "experiments/wide_kernels_2.ts"));
  const library = pathToFileURL(join(CHECKOUT, "lib/")).href;
  await Deno.writeTextFile(join(folder, "loaded.ts"), text.replace("../lib/", library));
  const { wideKernels2 } = await import(pathToFileURL(join(folder, "loaded.ts")).href);
  strictEqual(wideKernels2.name, "wide-kernels-2");
  await checkExperiment(wideKernels2);
  // How a variant with a fourth stage is written, in one line.
  match(text, /^ +\{ name: .*, changes: \{ filters: \[32, 64, 128, 256\] \} \},$/m);

  const config = await Deno.readTextFile(join(folder, "deno.json"));
  const { added, lost } = changed(CONFIG, config);
  deepStrictEqual(lost, []);
  ok(added.length > 5 && added.length < 9, added.join("\n"));
  const { tasks } = JSON.parse(config);
  deepStrictEqual(tasks["exp:wide-kernels-2"], {
    ...tasks["exp:baseline"],
    description: "Wide kernels 2",
    command: tasks["exp:baseline"].command.replace("baseline", "wide_kernels_2"),
  });
  const names = Object.keys(tasks);
  strictEqual(names.indexOf("exp:wide-kernels-2"), names.indexOf("exp:all") - 1);

  const notebook = await Deno.readTextFile(join(folder, NOTEBOOK));
  deepStrictEqual(changed(there, notebook).lost, []);
  const { cells } = parseNotebook(notebook, NOTEBOOK);
  deepStrictEqual(cells.slice(-2).map(sourceOf), [
    "## Wide kernels 2",
    'const wideKernels2Reports = await openReports(["wide-kernels-2"], REPORTS);\n' +
    "await wideKernels2Reports.showTogether(views.verdicts);\n" +
    "await wideKernels2Reports.show(views.effects);",
  ]);
  strictEqual(new Set(cells.map(({ id }) => id)).size, cells.length);
  strictEqual(notebook, JSON.stringify(JSON.parse(notebook), null, 1) + "\n");

  await Deno.remove(join(folder, "loaded.ts"));
  const formatted = await runProcess([Deno.execPath(), "fmt", "--check", "-q"], { cwd: folder });
  strictEqual(formatted.code, 0, formatted.stderr);
});

Deno.test("deno.json keeps its comments, its indentation and its line ends", async () => {
  const config =
    '{\r\n\t// Mine.\r\n\t"tasks": {\r\n\t\t"exp:baseline": { "command": "deno run experiments/baseline.ts" }, // the first\r\n\t},\r\n}\r\n';
  const folder = await checkout(config);
  await newExperiment("deeper", { checkout: folder });
  const text = await Deno.readTextFile(join(folder, "deno.json"));
  ok(text.includes("\t// Mine.\r\n") && text.includes("// the first"), text);
  match(text, /\r\n\t\t"exp:deeper": \{\r\n\t\t\t"description": "Deeper",\r\n/);
  ok(!/[^\r]\n/.test(text), JSON.stringify(text));
});

Deno.test("A name that cannot be or is taken is refused in a line, and nothing is written", async () => {
  const folder = await checkout();
  await Deno.mkdir(join(folder, "experiments"));
  await Deno.writeTextFile(join(folder, "experiments/there.ts"), "");
  const before = await filesOf(folder);
  const refusals: [name: string, said: RegExp][] = [
    ["Deep Wise", /^"Deep Wise" cannot be .*; such as deep-wise$/],
    ["exp:depthwise", /; such as depthwise$/],
    ["../elsewhere", /; such as elsewhere$/],
    ["3x3", /; such as x3$/],
    ["new", /no word of TypeScript; such as depthwise$/],
    ["run-experiment", /cannot be/],
    ["my-test", /cannot be/],
    ["all", /cannot be/],
    ["", /cannot be/],
    ["a".repeat(41), /at most 40/],
    ["dropout", /^deno\.json has a task exp:dropout already: choose another name$/],
    ["there", /^experiments\/there\.ts is there already: choose another name, or edit that file$/],
  ];
  for (const [name, said] of refusals) {
    await rejects(newExperiment(name, { checkout: folder }), { message: said }, name);
  }
  deepStrictEqual(await filesOf(folder), before);
});

Deno.test("Where a file cannot be written or read, nothing of the experiment stays", async () => {
  const folder = await checkout();
  const before = await filesOf(folder);
  // In the way of what is written last.
  await Deno.remove(join(folder, "deno.json"));
  await Deno.mkdir(join(folder, "deno.json"));
  await rejects(newExperiment("late", { checkout: folder }), { name: "UserError" });
  await Deno.remove(join(folder, "deno.json"));
  await Deno.writeTextFile(join(folder, "deno.json"), "{\n]");
  await rejects(newExperiment("late", { checkout: folder }), /^UserError: deno\.json:2: Not JSON/);
  deepStrictEqual(await filesOf(folder), before);
});

async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const part of ["", "experiments", "notebooks"]) {
    const entries = await Array.fromAsync(Deno.readDir(join(folder, part))).catch(() => []);
    names.push(...entries.filter(({ isFile }) => isFile).map(({ name }) => name));
  }
  return names.sort();
}
