import { deepStrictEqual, doesNotMatch, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE, type Configuration } from "../configuration.ts";
import { BARS, VOTES } from "../dataset/_made_up.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Experiment } from "../experiment.ts";
import { compareSubjects, readSubjects } from "../report/compare.ts";
import { comparisonText } from "../report/compare_text.ts";
import { readRecord, readReport } from "../report/files.ts";
import { openNetwork } from "./network.ts";
import { carryOut } from "./carry_out.ts";

/** Small networks, whatever the data. */
const SMALL: Partial<Configuration> = {
  epochs: 6,
  batchSize: 16,
  filters: [4, 8],
  denseUnits: 16,
  learningRate: 0.01,
  schedule: "constant",
  balanceClasses: [],
};

function experimentOf(variants: Readonly<Record<string, Partial<Configuration>>>): Experiment {
  return {
    name: "probe",
    title: "A probe",
    question: "Do experiments run on other data?",
    hypothesis: "Yes.",
    expected: "A report.",
    variants: Object.entries(variants).map(([name, changes]) => ({
      name,
      description: `The ${name} one`,
      changes: { ...SMALL, ...changes },
    })),
  };
}

/** Runs an experiment on a data set as its command would, into a folder that is removed afterwards. */
async function carriedOut(
  dataset: Dataset,
  variants: Readonly<Record<string, Partial<Configuration>>>,
  look: (folder: string) => Promise<void>,
): Promise<void> {
  const out = await Deno.makeTempDir();
  const experiment = experimentOf(variants);
  const args = ["--preset", "full", "--seeds", "2", "--threads", "1", "--quiet", "--out", out];
  try {
    await look(
      await carryOut(
        experiment,
        parseExperimentArgs(args, { experiment, base: BASELINE }),
        () => Promise.resolve(dataset),
      ),
    );
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

Deno.test("Images of three classes and another size train, report and draw", async () => {
  const variants = {
    plain: {},
    augmented: { augment: "flip|shift(0.1)|erase(0.2)", balanceClasses: ["happy"], balanceTo: 1.5 },
  };
  await carriedOut(BARS, variants, async (folder) => {
    const report = await readReport(join(folder, "report.json"));
    strictEqual(report.status, "complete");
    deepStrictEqual(report.dataset.classes, BARS.classes);
    deepStrictEqual(report.dataset.sample, BARS.sample);
    const [plain, augmented] = report.variants;
    ok(plain!.test.accuracy.mean > 0.6, `recognises ${plain!.test.accuracy.mean}`);
    deepStrictEqual(augmented!.trainedOn, { "happy": 48, "calm": 32, "tense <&|*>": 32 });
    deepStrictEqual(plain!.test.classes.map(({ name }) => name), BARS.classes);
    strictEqual(plain!.test.confusion.flat().length, 9);
    deepStrictEqual(augmented!.comparison!.recalls.map(({ name }) => name), BARS.classes);
    deepStrictEqual(augmented!.comparison!.pairs, []);

    const run = join(folder, plain!.runs[0]!.folder);
    const record = await readRecord(join(run, "record.json"));
    deepStrictEqual(record.dataset.counts.PrivateTest, {
      "happy": 16,
      "calm": 16,
      "tense <&|*>": 16,
    });
    match(
      await Deno.readTextFile(join(run, "predictions.csv")),
      /^image,label,predicted,p_happy,p_calm,p_tense <&\|\*>\n/,
    );

    const markdown = await Deno.readTextFile(join(folder, "report.md"));
    match(markdown, /\*\*Synthetic data\.\*\* The images were made by a program/);
    match(markdown, /The images are 32x32 gray images\./);
    match(markdown, /\| Images +\| +happy \| +calm \| tense &lt;&\\\|\\\*&gt; \| +all \|/);
    match(markdown, /over the three classes/);
    doesNotMatch(markdown, /FER2013|faces|disgust/);
    for (const [, file] of markdown.matchAll(/!\[[^\]]*\]\((figures[^)]*)\)/g)) {
      match(await Deno.readTextFile(join(folder, decodeURIComponent(file!))), /^<svg/);
    }
    const matrix = await Deno.readTextFile(join(folder, "figures", "confusion-plain.svg")).catch(
      () => Deno.readTextFileSync(join(folder, "figures", "confusion-augmented.svg")),
    );
    match(matrix, /Predicted class/);
    match(matrix, /Synthetic data \(bars\)/);
    match(matrix, /calm \(32\)/);
    doesNotMatch(matrix, /surprise|emotion/);

    // What else reads reports and runs.
    const text = comparisonText(compareSubjects(await readSubjects(folder)));
    match(text, /^SYNTHETIC DATA: 2 configurations on bars/);
    using network = await openNetwork(run);
    const { samples, length } = BARS.splits.PrivateTest;
    strictEqual((await network.predict(samples)).length, 3 * length);
  });
});

Deno.test("Vectors of votes train a dense network towards their shares, and report", async () => {
  const variants = {
    shares: { network: "mlp(2)" },
    normalised: { network: "mlp(1)", batchNorm: "all", classWeights: "balanced" } as const,
  };
  await carriedOut(VOTES, variants, async (folder) => {
    const report = await readReport(join(folder, "report.json"));
    const [shares] = report.variants;
    ok(shares!.test.accuracy.mean > 0.6, `recognises ${shares!.test.accuracy.mean}`);
    deepStrictEqual(shares!.model.layers.map(({ name, output }) => [name, ...output]), [
      ["dense1", 16],
      ["dense2", 16],
      ["output", 4],
    ]);
    const markdown = await Deno.readTextFile(join(folder, "report.md"));
    match(markdown, /of the 100 PrivateTest samples/);
    match(
      markdown,
      /The samples are vectors of 12 numbers\. Training is towards each sample's distribution/,
    );
    doesNotMatch(markdown, /\b[iI]mages?\b|pixel|faces/);
    for await (const { name } of Deno.readDir(join(folder, "figures"))) {
      const svg = await Deno.readTextFile(join(folder, "figures", name));
      match(svg, /Synthetic data \(votes\)/);
      doesNotMatch(svg, /\bimages?\b|emotion|surprise/);
    }
    doesNotMatch(await Deno.readTextFile(join(folder, "report.json")), /over (seeds and )?images/);
    // One of the classes' pairs that are hard on FER2013 is here too.
    deepStrictEqual(
      report.variants[1]!.comparison!.pairs.map(({ pair }) => pair),
      [["angry", "sad"]],
    );
    using network = await openNetwork(join(folder, shares!.runs[0]!.folder));
    strictEqual((await network.predict(VOTES.splits.PrivateTest.samples)).length, 4 * 100);
  });
});

Deno.test("What is for other data is refused before anything is trained, with the flag that helps", async () => {
  const refusal = async (dataset: Dataset, changes: Partial<Configuration>, message: RegExp) =>
    await rejects(carriedOut(dataset, { a: changes }, () => Promise.resolve()), { message });
  await refusal(VOTES, {}, /network=chain cannot .* it takes images, not vectors of 12 .*mlp\(2\)/);
  await refusal(
    VOTES,
    { network: "mlp(2)", augment: "flip", mirrorPrediction: true },
    new RegExp(
      "^votes: Only gray images can be copied, augmented or mirrored, not vectors of 12 numbers: " +
        "--set augment=none --set mirrorPrediction=false$",
    ),
  );
  await refusal(
    BARS,
    { balanceClasses: ["happy", "disgust"] },
    new RegExp(
      "^bars: The classes are happy, calm and tense <&\\|\\*>, and balanceClasses has disgust: " +
        "leave it out with --set balanceClasses=happy$",
    ),
  );
});
