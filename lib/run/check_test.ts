import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EXPERIMENTS } from "../command/all.ts";
import type { Experiment } from "../experiment.ts";
import { runProcess } from "../fault/process.ts";
import { CHECKOUT } from "../paths.ts";
import { checkExperiment } from "./check.ts";

const RIGHT = `import { type Experiment } from "experiment.ts";
const STRONG = { denseDropout: 0.5 };
export const mine = {
  name: "mine", // "strong" and changes: in a comment are no variant
  title: "A title: of mine",
  question: "Which?",
  hypothesis: "This.",
  expected: "Seconds.",
  variants: [
    { name: "baseline", description: "The baseline", changes: {} },
    {
      name: "strong",
      description: "More of it",
      changes: { ...STRONG, learningRate: 0.01 },
    },
    {
      name: "four-stages",
      description: "A fourth stage",
      changes: { filters: [32, 64, 128, 256] },
    },
  ],
  contrasts: [{ variant: "four-stages", against: "strong" }],
} satisfies Experiment;
`;

const folder = await Deno.makeTempDir({ prefix: "fer-lab-check-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let files = 0;

/** What is said of a file with something else in place of what is right. */
async function said(right: string | RegExp, wrong: string): Promise<string> {
  const file = join(folder, `mine_${++files}.ts`);
  const text = RIGHT.replace(right, wrong);
  await Deno.writeTextFile(file, text.replace(/^import.*\n/, "\n"));
  const { mine } = await import(pathToFileURL(file).href);
  let message = "nothing";
  await checkExperiment(mine, { file }).catch((error) => {
    strictEqual(error.name, "UserError");
    strictEqual(error.exitCode, 1);
    message = error.message.replace(/^\S*mine_\d+\.ts/, "mine.ts");
  });
  return message;
}

Deno.test("checkExperiment() finds nothing in what is right, nor in any experiment that comes along", async () => {
  strictEqual(await said("", ""), "nothing");
  const folder = join(CHECKOUT, "experiments");
  const checked: string[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const exported = Object.values(await import(pathToFileURL(join(folder, name)).href));
    const experiment = (exported as Experiment[]).find(({ variants }) => variants);
    await checkExperiment(experiment!);
    checked.push(name);
  }
  ok(checked.length > EXPERIMENTS.length, checked.join());
});

Deno.test("checkExperiment() names the line of a mistake, and the remedy", async () => {
  const cases: [right: string | RegExp, wrong: string, message: RegExp][] = [
    // Hyper-parameters: in the variant whose they are, not in another that has the same.
    [
      "filters: [",
      "filers: [",
      /^mine\.ts:19: Variant "four-stages": Unknown hyper-parameter "filers": did you mean "filters"\?$/,
    ],
    [
      "learningRate: 0.01",
      'learningRate: "0.01"',
      /^mine\.ts:14: Variant "strong": "learningRate" must be a number .*, not the text "0.01"$/,
    ],
    [
      'name: "mine",',
      'name: "mine", notes: "one",',
      /^mine\.ts:4: "notes" must be a list of texts, not "one"$/,
    ],
    ["learningRate: 0.01", "learningRate: 100", /^mine\.ts:14: .* to 10, not 100$/],
    ["learningRate: 0.01", "learningRate: null", /^mine\.ts:14: .*, not null$/],
    ["learningRate: 0.01", "learningRate: NaN", /^mine\.ts:14: .*, not NaN$/],
    ["[32, 64, 128, 256]", "64", /^mine\.ts:19: .*"filters" must be 1 to 8 whole .*, not 64$/],
    ["[32, 64, 128, 256]", '["32", 64]', /^mine\.ts:19: .*, not \["32",64\]$/],
    [
      "learningRate: 0.01",
      'schedule: "cosin(2)"',
      /^mine\.ts:14: .*not the text "cosin\(2\)" \(Unknown name "cosin": did you mean "cosine"\?\)$/,
    ],
    // It stands elsewhere: the variant's line.
    [
      "STRONG = { denseDropout: 0.5",
      "STRONG = { denseDropout: true",
      /^mine\.ts:12: Variant "strong": "denseDropout" must be .*, not true$/,
    ],
    // Variants.
    [
      'name: "four-stages"',
      'name: "strong"',
      /^mine\.ts:17: Two variants are called "strong": give each a name of its own$/,
    ],
    [/variants: \[[^]*?\n {2}\]/, "variants: []", /^mine\.ts:9: The experiment has no variant: /],
    [/variants: \[[^]*?\n {2}\],/, "", /^mine\.ts: The experiment has no variant: /],
    ["changes: { filters", "change: { filters", /^mine\.ts:19: .* did you mean "changes"\?$/],
    [/changes: \{ filters.*/, "", /^mine\.ts:17: Variant "four-stages" must have changes/],
    ['description: "A fourth stage",', "", /^mine\.ts:17: .* must have a description/],
    ['"four-stages",', '"four, stages",', /^mine\.ts:17: Variant 3 must have a name without comma/],
    [
      "{ filters: [32, 64, 128, 256] }",
      "{}",
      /^mine\.ts:17: Variants "baseline" and "four-stages" are the same/,
    ],
    // Contrasts.
    [
      'against: "strong"',
      'against: "storng"',
      /^mine\.ts:22: A contrast names the variant "storng", .*: did you mean "strong"\?$/,
    ],
    ['against: "strong"', 'against: "four-stages"', /^mine\.ts:22: .*with itself/],
    ['against: "strong"', 'than: "strong"', /^mine\.ts:22: A contrast has no "than"/],
    // The experiment's own.
    ['name: "mine"', 'name: "My own"', /^mine\.ts:4: The experiment's name "My own" must be/],
    ['title: "A title: of mine"', "title: 7", /^mine\.ts:5: "title" must be a text, not 7$/],
    [/ {2}question: .*\n/, "", /^mine\.ts: The experiment has no "question": add/],
    ["hypothesis:", "hypotesis:", /^mine\.ts:7: .*no "hypotesis": did you mean "hypothesis"\?$/],
  ];
  for (const [right, wrong, message] of cases) match(await said(right, wrong), message);
});

Deno.test("An experiment's own command tells a mistake in one line, without a stack, and exits with 1", async () => {
  const file = join(folder, "command.ts");
  const library = pathToFileURL(join(CHECKOUT, "lib/experiment.ts")).href;
  const text = RIGHT.replace("experiment.ts", library).replace("{ type", "{ runExperiment, type")
    .replace("learningRate: 0.01", "learning: 0.01") + "await runExperiment(mine, Deno.args);\n";
  await Deno.writeTextFile(file, text);
  const { code, stderr } = await runProcess([
    Deno.execPath(),
    "run",
    "-q",
    "-A",
    "--config",
    join(CHECKOUT, "deno.json"),
    file,
  ]);
  strictEqual(code, 1);
  match(stderr, /^Error: \S*command\.ts:14: Variant "strong": Unknown hyper-parameter .*\n$/);
});

Deno.test("Changes that only together cannot be are told with their variant, those of a command line without", async () => {
  const { checkVariants } = await import("./check.ts");
  const { parseExperimentArgs } = await import("../cli.ts");
  const { BASELINE } = await import("../configuration.ts");
  const experiment: Experiment = {
    ...{ name: "none-such", title: "T", question: "Q", hypothesis: "H", expected: "E" },
    variants: [{
      name: "six",
      description: "Six blocks",
      changes: { filters: [1, 1, 1, 1, 1, 1] },
    }],
  };
  const check = (args: readonly string[]) =>
    checkVariants(
      experiment,
      experiment.variants,
      parseExperimentArgs(args, { experiment, base: BASELINE }).configure,
    );
  await rejects(check([]), { name: "UserError", message: /^Variant "six": network=chain cannot/ });
  await check(["--set", "filters=4"]);
  await rejects(check(["--set", "filters=4,4,4,4,4,4,4"]), { name: "UsageError" });
});
