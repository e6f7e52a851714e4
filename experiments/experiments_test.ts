import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../lib/_skip.ts";
import { EXPERIMENTS, main } from "../lib/command/all.ts";
import { augmentedForm } from "../lib/augmentation/pipeline.ts";
import { BASELINE, differences } from "../lib/configuration.ts";
import { FER2013_FORM } from "../lib/dataset/form.ts";
import { checkConfiguration } from "../lib/parameter.ts";
import { costOf, millions } from "../lib/report/cost.ts";
import { readRecord, readReport, REPORT_FILES, RUN_FILES } from "../lib/report/files.ts";
import { buildNetwork } from "../lib/model/build_network.ts";
import { main as runOne } from "../lib/run/command.ts";
import { withoutBfloat16 } from "../lib/tensorflow/_bfloat16.ts";
import { COMBINED } from "./combination.ts";
import { DEEP, deep } from "./deep.ts";
import { depth } from "./depth.ts";
import { precision } from "./precision.ts";

const TINY = [
  ...["--preset", "smoke", "--faces", "70", "--epochs", "1", "--threads", "1", "--quiet"],
  ...["--set", "filters=4", "--set", "denseUnits=8", "--set", "batchSize=35"],
];

Deno.test("experiments differ from the baseline in what their variants name, and share its runs", () => {
  for (const { name, variants } of [...EXPERIMENTS, precision]) {
    const configurations = variants.map(({ changes }) =>
      checkConfiguration({ ...BASELINE, ...changes })
    );
    const distinct = new Set(configurations.map((configuration) => JSON.stringify(configuration)));
    strictEqual(distinct.size, variants.length, `${name}: two variants are the same`);
    const baselines = configurations.filter((configuration) =>
      differences(BASELINE, configuration).every((difference) => difference.name === "epochs")
    );
    strictEqual(
      baselines.length,
      1,
      `${name}: exactly one variant is the baseline, however long it is trained`,
    );
  }
});

Deno.test("exp:depth changes the network and its head alone of what is combined, each variant another way", () => {
  const [combined, ...others] = depth.variants.map(({ changes }) =>
    checkConfiguration({ ...BASELINE, ...changes })
  );
  deepStrictEqual(combined, checkConfiguration({ ...BASELINE, ...COMBINED }));
  const changed = others.map((other) =>
    differences(combined!, other).map(({ name, b }) => `${name}=${b}`).join(" ")
  );
  ok(changed.every((text) => /^network=(plain|resnet)\(1, [123], 32\)$|head=average/.test(text)));
  strictEqual(new Set(changed).size, others.length);
});

Deno.test("exp:deep has a network of 1.2 million parameters; its crops take 69 million multiply-adds, whole images 100", () => {
  const [, crop, whole] = deep.variants.map(({ changes }) =>
    costOf(checkConfiguration({ ...BASELINE, ...changes }), {})!
  );
  strictEqual(crop!.parameters, whole!.parameters);
  strictEqual(Math.round(crop!.parameters / 1e5), 12);
  strictEqual(millions(crop!.multiplyAdds), "69.3");
  strictEqual(millions(whole!.multiplyAdds), "99.8");
});

Deno.test("exp:deep gets a fourth stage by one more number, and what that costs is what is built", async () => {
  const filters = [64, 128, 256, 512];
  const four = checkConfiguration({ ...BASELINE, ...DEEP, filters });
  const { parameters, multiplyAdds } = costOf(four, {})!;
  strictEqual(`${millions(parameters)} ${millions(multiplyAdds)}`, "4.98 84");
  const text = await Deno.readTextFile(join(import.meta.dirname!, "deep.ts"));
  ok(text.includes(`--set filters=${filters}`) && text.includes("(5.0 million parameters, 84\n"));
  // Crops of 40, halved before each stage.
  const form = {
    classes: FER2013_FORM.classes,
    sample: augmentedForm(FER2013_FORM.sample, DEEP.augment!),
  };
  const model = buildNetwork(four, { seed: 1, form });
  try {
    strictEqual(model.countParams(), parameters);
    const sizes = model.layers.map(({ outputShape }) => outputShape)
      .filter((shape) => shape.length === 4 && shape[3] === 512).map((shape) => shape[1]);
    // What squeeze-and-excitation scales by is 1x1.
    deepStrictEqual([...new Set(sizes)], [2, 1]);
  } finally {
    model.dispose();
  }
});

Deno.test("experiments say what is expected with the minutes to plan with, and on which data", () => {
  for (const { name, expected } of EXPERIMENTS) {
    match(expected, /minutes?\b/, name);
    match(expected, /FER2013|synthetic faces/, name);
  }
});

Deno.test("exp:all carries out every variant of every experiment, and a second time nothing", async () => {
  const out = await Deno.makeTempDir();
  try {
    await main([...TINY, "--out", out]);
    const data = [...Deno.readDirSync(out)].find(({ isDirectory }) => isDirectory)!.name;
    const reports = join(out, data);
    const digests = new Set<string>();
    const different = new Set<string>();
    for (const { name, variants, question } of EXPERIMENTS) {
      const report = await readReport(join(reports, name, REPORT_FILES.report));
      strictEqual(report.status, "complete");
      deepStrictEqual(
        report.variants.map((variant) => variant.name),
        variants.map((variant) => variant.name),
      );
      const first = checkConfiguration({ ...BASELINE, ...variants[0]!.changes });
      for (const [i, { digest, changes, runs }] of report.variants.entries()) {
        digests.add(digest);
        const own = checkConfiguration({ ...BASELINE, ...variants[i]!.changes });
        different.add(JSON.stringify({ ...own, epochs: 1 }));
        deepStrictEqual(
          changes.map((change) => change.name),
          // --epochs holds for all variants.
          differences({ ...first, epochs: 1 }, { ...own, epochs: 1 })
            .map((difference) => difference.name),
          `${name}: ${variants[i]!.name}`,
        );
        const record = await readRecord(join(reports, name, runs[0]!.folder, RUN_FILES.record));
        ok(Number.isFinite(record.epochs[0]!.trainingLoss));
      }
      const markdown = await Deno.readTextFile(join(reports, name, REPORT_FILES.markdown));
      ok(markdown.includes(question), `${name}: the report gives its question`);
      ok(markdown.includes("nearest class mean"), `${name}: the report gives floors`);
    }
    strictEqual(digests.size, different.size, "what experiments share is run once");
    const overview = await Deno.readTextFile(join(out, "README.md"));
    for (const { name } of EXPERIMENTS) ok(overview.includes(`${data}/${name}/report.md`));

    const before = await changed(reports);
    await main([...TINY, "--out", out]);
    deepStrictEqual(await changed(reports), before, "no run is written again");
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

testWith(
  withoutBfloat16,
  "exp:precision trains in both precisions, and its report says which variant is which",
  async () => {
    const out = await Deno.makeTempDir();
    try {
      await runOne(precision, [...TINY, "--out", out]);
      const [data] = [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory);
      const folder = join(out, data!.name, precision.name);
      const { variants } = await readReport(join(folder, REPORT_FILES.report));
      deepStrictEqual(
        variants.map(({ name, configuration }) => [name, configuration.precision]),
        [
          ["float32", undefined],
          ["bfloat16", "bfloat16"],
          ["combined", undefined],
          ["combined-bfloat16", "bfloat16"],
        ],
      );
      deepStrictEqual(variants[1]!.changes, [
        { name: "precision", baseline: "float32", value: "bfloat16" },
      ]);
      const weights = new Set(variants.map(({ runs }) => runs[0]!.best.weights));
      strictEqual(weights.size, 4, "no two variants end in the same weights");
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
);

/** When each record was written. */
async function changed(reports: string): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for await (const { name } of Deno.readDir(join(reports, "runs"))) {
    const { mtime } = await Deno.stat(join(reports, "runs", name, "seed-1", RUN_FILES.record));
    times[name] = mtime!.getTime();
  }
  return times;
}
