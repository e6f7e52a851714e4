/**
 * `deno task new`: an experiment of one's own, with its task, its test and its section in a notebook.
 *
 *     deno task new depthwise
 *     deno task exp:depthwise --preset smoke
 *
 * @module
 */

import { basename, join } from "node:path";
import { applyEdits, type FormattingOptions, modify, parse, type ParseError } from "jsonc-parser";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, explainReading, writeFileWhole } from "../file.ts";
import { type Command, commandHelp } from "../flags.ts";
import { runMain } from "../main.ts";
import { parseNotebook } from "../notebook/format.ts";
import { CHECKOUT } from "../paths.ts";
import { EXPERIMENT_NAME } from "../run/check.ts";
import { capital } from "../text.ts";

const COMMAND = {
  name: "new",
  summary:
    "Begins an experiment of your own: a file that runs as it is, to be changed, with its task, its " +
    "test and a section in the notebook of ablations. Nothing that is there is written over.",
  usage: "NAME",
  words: {
    name: "NAME",
    meaning: "As its task is to be called after exp:, of small letters, digits and hyphens",
    least: 1,
    most: 1,
    request: "Name the experiment: deno task new depthwise",
  },
  flags: {},
  examples: ["deno task new depthwise"],
} as const satisfies Command;

const LONGEST_NAME = 40;

/** Where the section of an experiment goes. */
const NOTEBOOK = "notebooks/ablations.ipynb";

/** Words that no variable can be called, and those that the file itself imports. */
const TAKEN = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval " +
    "export extends false finally for function if implements import in instanceof interface let new " +
    "null package private protected public return runExperiment static super switch this throw true " +
    "try typeof undefined var void while with yield").split(" "),
);

/** Writes the files of a new experiment, and says which. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const [name] = words as [string];
  const written = await newExperiment(name);
  const width = Math.max(...written.map(({ path }) => path.length));
  for (const { path, what } of written) console.log(`${path.padEnd(width)}  ${what}`);
  console.log(`\nNext: deno task exp:${name} --preset smoke`);
}

/** A file that was written or changed. */
export interface Written {
  /** From the checkout on. */
  readonly path: string;
  /** What it holds now. */
  readonly what: string;
}

/**
 * Writes the files of a new experiment: all of them, or where one cannot be written none.
 *
 * @param name The experiment's.
 * @param options `checkout`: the folder of deno.json.
 * @throws {UsageError} For a name that cannot be.
 * @throws {UserError} Where there is such an experiment, or deno.json or the notebook cannot be read.
 */
export async function newExperiment(
  name: string,
  { checkout = CHECKOUT }: { readonly checkout?: string } = {},
): Promise<Written[]> {
  refuseName(name);
  const file = `experiments/${name.replaceAll("-", "_")}.ts`;
  const test = file.replace(/\.ts$/, "_test.ts");
  const [config, notebook] = await Promise.all([
    readTextOf(checkout, "deno.json"),
    readTextOf(checkout, NOTEBOOK),
  ]);
  const configured = withTask(config, name, file);
  for (const path of [file, test]) {
    if (await exists(join(checkout, path))) {
      throw new UserError(`${path} is there already: choose another name, or edit that file`);
    }
  }
  // All texts before anything is written.
  const files = [
    { path: file, text: experimentText(name), what: "the question and its variants: edit these" },
    { path: test, text: testText(name, file), what: "its test" },
    {
      path: NOTEBOOK,
      text: withSection(notebook, name),
      what: "its section, filled by deno task notebooks",
    },
    { path: "deno.json", text: configured, what: `its task exp:${name}` },
  ];
  const done: string[] = [];
  try {
    for (const { path, text } of files) {
      await writeFileWhole(join(checkout, path), text);
      done.push(path);
    }
  } catch (error) {
    for (const path of done) {
      if (path === NOTEBOOK) await writeFileWhole(join(checkout, path), notebook);
      else await Deno.remove(join(checkout, path));
    }
    throw error;
  }
  return files;
}

async function readTextOf(checkout: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(join(checkout, path));
  } catch (error) {
    throw explainReading(error, path);
  }
}

function refuseName(name: string): void {
  const bad = !EXPERIMENT_NAME.test(name) || name.length > LONGEST_NAME || name === "all" ||
    // Deno takes such a file for a test.
    name === "test" || name.endsWith("-test") || TAKEN.has(variableOf(name));
  if (!bad) return;
  const plain = name.toLowerCase().replace(/^exp:/, "").replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "");
  const better = plain !== name && EXPERIMENT_NAME.test(plain) && !TAKEN.has(variableOf(plain));
  throw new UsageError(
    `"${name}" cannot be an experiment's name: small letters, digits and hyphens, at most ` +
      `${LONGEST_NAME}, a letter first, and no word of TypeScript; such as ${
        better ? plain.slice(0, LONGEST_NAME).replace(/-$/, "") : "depthwise"
      }`,
  );
}

/** `lr-schedule` as `lrSchedule`. */
function variableOf(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function titleOf(name: string): string {
  return capital(name.replaceAll("-", " "));
}

/** deno.json with one task more, after those of the other experiments; all else as it was. */
function withTask(config: string, name: string, file: string): string {
  const errors: ParseError[] = [];
  const json = parse(config, errors, { allowTrailingComma: true });
  if (errors[0]) {
    const line = config.slice(0, errors[0].offset).split("\n").length;
    throw new UserError(`deno.json:${line}: Not JSON: mend it first`);
  }
  const tasks = json?.tasks as Record<string, unknown> | undefined;
  const task = `exp:${name}`;
  const { description: _, command, ...others } = (tasks?.["exp:baseline"] ?? {}) as {
    description?: unknown;
    command?: unknown;
  };
  if (typeof command !== "string") {
    throw new UserError("deno.json has no task exp:baseline, after which a new one is made");
  }
  if (tasks && task in tasks) {
    throw new UserError(`deno.json has a task ${task} already: choose another name`);
  }
  const own = {
    description: titleOf(name),
    // The same permissions as every experiment.
    command: command.replace(/\S+\.ts$/, file),
    ...others,
  };
  return applyEdits(
    config,
    modify(config, ["tasks", task], own, {
      formattingOptions: formattingOf(config),
      getInsertionIndex: (names) => {
        const all = names.indexOf("exp:all");
        return all >= 0 ? all : names.findLastIndex((each) => each.startsWith("exp:")) + 1;
      },
    }),
  );
}

/** A notebook with a section on an experiment at its end; all else as it was. */
function withSection(notebook: string, name: string): string {
  parseNotebook(notebook, NOTEBOOK);
  const reports = `${variableOf(name)}Reports`;
  const id = `${basename(NOTEBOOK, ".ipynb")}-${name}`;
  const code = [
    `const ${reports} = await openReports(["${name}"], REPORTS);\n`,
    `await ${reports}.showTogether(views.verdicts);\n`,
    `await ${reports}.show(views.effects);`,
  ];
  const section = [
    { cell_type: "markdown", id: `${id}-1`, metadata: {}, source: [`## ${titleOf(name)}`] },
    {
      ...{ cell_type: "code", execution_count: null, id: `${id}-2`, metadata: {}, outputs: [] },
      source: code,
    },
  ];
  return section.reduce(
    (text, cell) =>
      applyEdits(
        text,
        modify(text, ["cells", -1], cell, {
          formattingOptions: formattingOf(text),
          isArrayInsertion: true,
        }),
      ),
    notebook,
  );
}

/** As wide as the file's own first step to the right. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^[^\S\n]+/m.exec(text)?.[0] ?? "  ";
  return {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

function experimentText(name: string): string {
  const lines = [
    [`deno task exp:${name} --preset smoke`, "seconds: shows that it works"],
    [`deno task exp:${name} --seeds 3`, "synthetic faces"],
    [`deno task exp:${name} --data data/fer2013.zip --seeds 3`, "the report's protocol"],
  ];
  const width = Math.max(...lines.map(([command]) => command!.length));
  return `/**
 * Does a fourth stage of filters recognise more faces than three?
 *
${lines.map(([command, what]) => ` *     ${command!.padEnd(width)}  # ${what}`).join("\n")}
 *
 * @module
 */

import { type Experiment, runExperiment } from "../lib/experiment.ts";

export const ${variableOf(name)} = {
  name: "${name}",
  title: "${titleOf(name)}",
  question: "Does a fourth stage of filters recognise more faces than three?",
  hypothesis: "What you believe before you look: by how many points, and why.",
  expected: "What you saw: accuracy, on which data, and the minutes of a run.",
  variants: [
    // The first is what the others are compared with; --help lists what changes can name.
    { name: "baseline", description: "The report's network", changes: {} },
    { name: "four-stages", description: "One more", changes: { filters: [32, 64, 128, 256] } },
  ],
} satisfies Experiment;

if (import.meta.main) await runExperiment(${variableOf(name)}, Deno.args);
`;
}

function testText(name: string, file: string): string {
  return `import { checkExperiment } from "../lib/run/check.ts";
import { ${variableOf(name)} } from "./${basename(file)}";

Deno.test("exp:${name} has no mistake in it", async () => {
  await checkExperiment(${variableOf(name)});
});
`;
}

if (import.meta.main) await runMain(() => main(Deno.args));
