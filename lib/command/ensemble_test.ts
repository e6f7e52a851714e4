import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { EMOTIONS } from "../emotion.ts";
import { UsageError, UserError } from "../error.ts";
import { evaluate, predictedClasses } from "../evaluation/metrics.ts";
import {
  formatPredictions,
  type Predictions,
  roundProbabilities,
} from "../evaluation/predictions.ts";
import { CLEAN, type SampleOptions, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import type { RunSource, VariantSource } from "../report/build.ts";
import { readJson, RUN_FILES } from "../report/files.ts";
import type { EnsembleReport } from "../report/record.ts";
import { randomStream } from "../seed.ts";
import { testInFolder as test } from "./_in_folder.ts";
import { main } from "./ensemble.ts";

/** Runs the command and gives what it printed. */
async function ensemble(...args: string[]): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...parts: unknown[]) => lines.push(parts.join(" "));
  try {
    await main(args);
    return lines.join("\n");
  } finally {
    console.log = log;
  }
}

/** A network that gives the label a little more on average: alone unsure, with others surer. */
function predictions(count: number, skill: number, name: string): Predictions {
  const random = randomStream(1, "ensemble", name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 7);
  const shares = Array.from(labels, (label) => {
    const weights = EMOTIONS.map((_, c) => Math.exp((c === label ? skill : 0) + random.normal()));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  }).flat();
  const probabilities = roundProbabilities(shares);
  return {
    classes: EMOTIONS,
    images: Array.from(labels, (_, i) => `${name.length}${i}`.padStart(16, "0")),
    labels,
    predicted: predictedClasses(probabilities, 7),
    probabilities,
  };
}

/** A variant whose runs were made up, with their predictions on PublicTest. */
function variant(
  name: string,
  skill: number,
  options: SampleOptions = {},
): VariantSource & { validation: string } {
  const [run] = sampleVariant(name, options).runs as [RunSource];
  const validation = predictions(210, skill, `${name} PublicTest`);
  const test = predictions(140, skill, `${name} PrivateTest`);
  const images = (of: string, { labels }: Predictions) => Array.from(labels, (_, i) => `${of}${i}`);
  const { labels, probabilities } = validation;
  const record = {
    ...run.record,
    best: { ...run.record.best, validation: evaluate(labels, probabilities, EMOTIONS) },
  };
  return {
    ...sampleVariant(name),
    runs: [{ ...run, record, predictions: { ...test, images: images("private", test) } }],
    validation: formatPredictions({ ...validation, images: images("public", validation) }),
  };
}

/** Writes a report of these variants with all that an ensemble reads; gives its folder. */
async function written(folder: string, variants: ReturnType<typeof variant>[]): Promise<string> {
  const report = await writeSample(folder, "deep", variants);
  for (const { runs: [run], validation } of variants) {
    await Deno.writeTextFile(join(report, run!.folder, RUN_FILES.validation), validation);
  }
  const copied = run140().filter((_, i) => CLEAN[i] === 0).sort();
  const copies = { kind: "fer-lab/copies", version: 1, data: "d".repeat(64), copied };
  await Deno.writeTextFile(join(folder, "copies.json"), JSON.stringify(copies));
  return report;
}

const run140 = () => Array.from({ length: 140 }, (_, i) => `private${i}`);

const variants = () => [
  variant("weak", 0),
  variant("first", 1.5),
  variant("second", 1.7),
  variant("third", 1.6),
];

test("ensemble begins with what is to be known of the data", async (folder) => {
  const dataset = { caveat: "Made-up pairs of strangers. An upper bound." };
  const report = await written(folder, [
    variant("first", 1.5, { dataset }),
    variant("second", 1.7, { dataset }),
  ]);
  const md = join(folder, "e.md");
  match(await ensemble(report, "--md", md), /^Made-up pairs of strangers\. An upper bound\.\n/);
  match(await Deno.readTextFile(md), /^# .*\n\nMade-up pairs of strangers\. An upper bound\.\n/);
});

test("ensemble chooses members on PublicTest, and says what they gain over the best of them", async (folder) => {
  const report = await written(folder, variants());
  const [json, md] = ["e.json", "e.md"].map((name) => join(folder, name)) as [string, string];
  const out = await ensemble(report, "--json", json, "--md", md);
  const made = await readJson(json) as EnsembleReport;
  const members = made.members.filter(({ chosen }) => chosen);
  ok(members.length > 1 && members.length < 4, `${members.length} members`);
  strictEqual(made.members[0]!.name, made.best);
  const alone = made.members.map(({ alone }) => alone.validation);
  strictEqual(alone[0], Math.max(...alone));
  ok(made.validationAccuracy > alone[0]!);
  strictEqual(made.validationAccuracy, members.at(-1)!.joined.validation);
  strictEqual(made.test.accuracy.mean, members.at(-1)!.joined.test);
  ok(
    Math.abs(made.gain.difference - (made.test.accuracy.mean - made.members[0]!.alone.test)) < 1e-9,
  );
  strictEqual(made.bestTest.accuracy.mean, made.members[0]!.alone.test);
  deepStrictEqual([made.test.images, made.cleanTest.images], [140, 120]);
  strictEqual(made.gain.verdict, "not distinguishable");
  strictEqual(made.members.at(-1)!.name, "deep: weak, seed 1");
  strictEqual(made.members.at(-1)!.without, null);

  match(out, /\d networks of 4, chosen one by one on PublicTest: \d\d\.\d\d \[/);
  ok(out.split("\n").every((line) => line.length <= 100), out);
  const text = await Deno.readTextFile(md);
  match(text, /^# Ensemble on fer2013\n/);
  match(text, /\| All of PrivateTest \(140\) +\|/);
  match(text, /\| deep: weak, seed 1 +\| no +\|/);
  // What the second to join adds to the first, on PublicTest and on PrivateTest.
  const [before, after] = made.members.map(({ joined }) => joined);
  const added = (["validation", "test"] as const).map((split) => {
    const points = 100 * (after![split] - before![split]);
    return `${points > 0 ? "+" : ""}${points.toFixed(2)}`;
  });
  for (const each of [out, text]) {
    match(each, /Together[ |]+Adds[ |]+Without/);
    ok(each.includes(` ${added.join(" / ")} `), each);
  }
  // The same again, to the byte, and whatever the order in which they are named.
  await ensemble(`${report}#third`, report, "--json", md);
  const again = await readJson(md) as EnsembleReport;
  deepStrictEqual(again.test, made.test);
});

test("ensemble says where no network helps the best", async (folder) => {
  const report = await written(folder, [variant("best", 4), variant("guess", 0)]);
  const out = (await ensemble(report)).replaceAll("\n", " ");
  match(out, /^On PublicTest none of 2 networks helps deep: best, seed 1, .* stays alone \(--all/);
  ok(!out.includes("Against its best member"));
});

test("ensemble --all takes every run named, in the order of the command line", async (folder) => {
  const report = await written(folder, variants());
  const json = join(folder, "e.json");
  const out = await ensemble(`${report}#weak`, `${report}#third`, "--all", "--json", json);
  match(out, /All 2 networks given/);
  const { members, best } = await readJson(json) as EnsembleReport;
  deepStrictEqual(members.map(({ name, chosen }) => [name, chosen]), [
    ["deep: weak, seed 1", true],
    ["deep: third, seed 1", true],
  ]);
  strictEqual(best, "deep: third, seed 1");
  deepStrictEqual(members[0]!.without, members[1]!.alone);
});

test("ensemble refuses runs without predictions on PublicTest, and files that are not the record's", async (folder) => {
  const report = await written(folder, variants());
  await rejects(ensemble(`${report}#weak`), (error) => error instanceof UsageError);
  const place = join(report, variants()[1]!.runs[0]!.folder);
  const refused = async (message: RegExp) =>
    await rejects(ensemble(report), (error: Error) => {
      ok(error instanceof UserError, String(error));
      ok(!error.message.includes("\n"));
      match(error.message, message);
      return true;
    });
  const file = join(place, RUN_FILES.validation);
  const text = await Deno.readTextFile(file);
  const lines = text.trim().split("\n");
  await Deno.writeTextFile(file, lines.slice(0, -1).join("\n") + "\n");
  await refused(
    /validation\.csv: Not the file that its record was made with: train it again with deno task exp:sample --fresh, or take the file from/,
  );
  await Deno.remove(file);
  await refused(
    /validation\.csv: Not here: .*: name only those that have them: '\S*deep#weak' '\S*deep#second' '\S*deep#third', or train it again with deno task exp:sample --fresh$/,
  );
  await Deno.writeTextFile(file, text);
  await Deno.writeTextFile(join(place, RUN_FILES.predictions), text);
  await refused(
    /predictions\.csv: Not the file that .*: train it again with .*, or take the file from/,
  );
});

test("Networks with the synthetic channel together: it is said before any number", async () => {
  const channel = "face-network/synthetic-physiology#synthetic-2";
  const said = (await ensemble(channel)).replace(/\s+/g, " ");
  match(said, /With a synthetic physiological channel, .* anew for each seed\. .* networks/);
  const face = await ensemble("face-network/synthetic-physiology#face");
  ok(!face.includes("synthetic physiological channel"));
});
