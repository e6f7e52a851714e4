/**
 * What notebooks show of a report: each a figure or a table, made by `lib/figure` and `lib/report`.
 *
 * @module
 */

import { join } from "node:path";
import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { calibration, mostConfidentMistakes } from "../evaluation/calibration.ts";
import { mostFrequentConfusions } from "../evaluation/confusions.ts";
import { parsePredictions, type Predictions } from "../evaluation/predictions.ts";
import { reliabilityDiagram } from "../figure/calibration.ts";
import { perClassBars } from "../figure/classes.ts";
import { confusionMatrix } from "../figure/confusion.ts";
import { accuracyComparison } from "../figure/effects.ts";
import { faceGrid } from "../figure/faces.ts";
import type { Figure } from "../figure/figure.ts";
import { learningCurves } from "../figure/learning_curves.ts";
import {
  bitsFigure,
  confusionChangeFigure,
  curvesSelection,
  effectsFigure,
  recallsFigure,
  schedulesFigure,
} from "../figure/report_figures.ts";
import { exists } from "../file.ts";
import { readRecord, readText, RUN_FILES } from "../report/files.ts";
import type { Estimate, RunReport, VariantReport } from "../report/record.ts";
import { hasOriginal, ORIGINAL } from "../report/original.ts";
import { claimedSection } from "../report/section_claimed.ts";
import { scoreRows } from "../report/scores.ts";
import { conditionsTable } from "../report/section_conditions.ts";
import {
  absentClasses,
  chosenVariant,
  classesOf,
  commonHistory,
  comparedPairs,
  comparedVariants,
  hasCopies,
  seedsText,
  verdictText,
} from "../report/summary.ts";
import { hasSyntheticChannel } from "../report/synthetic_channel.ts";
import { right } from "../report/table.ts";
import {
  capital,
  count,
  NOTHING,
  percent,
  percentInterval,
  plural,
  points,
  pointsInterval,
  pValue,
} from "../report/text.ts";
import { testFaces } from "./faces.ts";
import type { Results } from "./reports.ts";
import type { Shown } from "./show.ts";
import type { CaptionedTable } from "./table.ts";

/** How many confident mistakes are shown. */
const MISTAKES = 14;

// ------------------------------------------------------------------------------------- one model

/** Accuracy, precision, recall and F1 on all of PrivateTest and on its clean images. */
export function headline({ report }: Results): CaptionedTable {
  const { test, cleanTest } = baselineOf(report.variants);
  const { samples } = dataWords(report.dataset);
  const original = hasOriginal(report.dataset);
  return {
    caption: ["Scores on PrivateTest in per cent, with 95 % intervals"]
      .concat(absentClasses([test], "PrivateTest", dataWords(report.dataset))).join(". "),
    columns: [
      { title: "Score" },
      ...right(
        `All ${count(test.images)} ${samples}`,
        ...(hasCopies({ test, cleanTest }) ? [`${count(cleanTest.images)} clean ${samples}`] : []),
      ),
      ...(original ? right("Original report") : []),
    ],
    rows: scoreRows({ test, cleanTest }, { original, absent: "" }),
  };
}

/** The accuracy beside what needs no training, and beside the original report on FER2013. */
export function accuracy({ report, data }: Results): Figure {
  const { name, test, cleanTest } = baselineOf(report.variants);
  return accuracyComparison(
    [
      measured(name, test.accuracy),
      ...(hasCopies({ test, cleanTest })
        ? [measured(`${name}, clean ${dataWords(report.dataset).samples}`, cleanTest.accuracy)]
        : []),
    ],
    [
      ...report.commonsense.map(({ name, accuracy }) => ({ name, accuracy })),
      ...(hasOriginal(report.dataset)
        ? [{ name: "the original report", accuracy: ORIGINAL.accuracy }]
        : []),
    ],
    { ...data, title: "Accuracy on PrivateTest" },
  );
}

/** Loss, accuracy and learning rate by epoch, of every run where the runs' records are there. */
export async function curves({ report, folder, data }: Results): Promise<Figure> {
  const variants = await Promise.all(report.variants.map(async (variant) => {
    const { name, runs } = variant;
    const records = await Promise.all(runs.map(async (run) => {
      const file = join(folder, run.folder, RUN_FILES.record);
      return await exists(file) ? await readRecord(file) : undefined;
    }));
    const whole = records.filter((record) => record !== undefined);
    return {
      name,
      runs: whole.length === runs.length ? whole : [{ epochs: commonHistory(variant) }],
    };
  }));
  return learningCurves(variants, { ...data, selection: curvesSelection(report) });
}

/** The confusion matrix, summed over the seeds. */
export function confusion({ report, data }: Results): Figure {
  return confusionMatrix(baselineOf(report.variants).test.confusion, {
    ...data,
    classes: formOf(report.dataset).classes,
  });
}

/** What is most often taken for what. */
export function confusions({ report }: Results): CaptionedTable {
  const { test, runs } = baselineOf(report.variants);
  const { samples } = dataWords(report.dataset);
  return {
    caption: runs.length === 1
      ? "The most frequent confusions"
      : `The most frequent confusions, ${samples} of all ${runs.length} seeds`,
    columns: [
      { title: "True" },
      { title: "Predicted" },
      ...right(capital(samples), "Of the true class"),
    ],
    rows: mostFrequentConfusions(test.confusion, formOf(report.dataset).classes, {
      limit: 8,
    }).map((one) => [
      one.true,
      one.predicted,
      count(one.count),
      `${percent(one.share, 1)} %`,
    ]),
  };
}

/** Precision, recall and F1 of each class. */
export function classes({ report, data }: Results): Figure {
  return perClassBars(
    classesOf(baselineOf(report.variants).test).map(({ name, recall, ...rest }) => ({
      ...rest,
      emotion: name,
      recall: recall && recall.mean,
    })),
    data,
  );
}

/** Whether the model is as sure as it is right; all seeds' predictions together. */
export async function reliability(results: Results): Promise<Shown> {
  const { report, data } = results;
  const { runs } = baselineOf(report.variants);
  const all: Predictions[] = [];
  for (const run of runs) {
    const predictions = await predictionsOf(results, run);
    if (typeof predictions === "string") return predictions;
    all.push(predictions);
  }
  const { bins } = calibration({
    classes: formOf(report.dataset).classes,
    labels: Uint8Array.from(all.flatMap(({ labels }) => [...labels])),
    predicted: Uint8Array.from(all.flatMap(({ predicted }) => [...predicted])),
    probabilities: all.flatMap(({ probabilities }) => Array.from(probabilities)),
  });
  return reliabilityDiagram(bins.map(({ images, ...bin }) => ({ ...bin, count: images })), data);
}

/** What the first seed's model was surest of and wrong about, with the faces where they are there. */
export async function mistakes(results: Results): Promise<Shown[]> {
  const { report, data } = results;
  const run = baselineOf(report.variants).runs[0]!;
  const predictions = await predictionsOf(results, run);
  if (typeof predictions === "string") return [predictions];
  const wrong = mostConfidentMistakes(predictions, { limit: MISTAKES });
  const table: CaptionedTable = {
    caption: `The most confident mistakes of seed ${run.seed}`,
    columns: [
      { title: capital(dataWords(report.dataset).sample) },
      { title: "True" },
      { title: "Predicted" },
      ...right("Confidence", "Given to the truth"),
    ],
    rows: wrong.map((mistake) => [
      predictions.images[mistake.index]!,
      mistake.true,
      mistake.predicted,
      `${percent(mistake.confidence, 1)} %`,
      `${percent(mistake.probabilityOfTrue, 1)} %`,
    ]),
  };
  const ids = wrong.map(({ index }) => predictions.images[index]!);
  const faces = await testFaces(report.dataset, ids);
  if (typeof faces === "string") return [table, faces];
  return [
    faceGrid(
      faces,
      wrong.map((m) => `${m.true}\nnot ${m.predicted}\n(${percent(m.confidence, 0)} % sure)`),
      { ...data, note: `seed ${run.seed}`, title: "The most confident mistakes" },
    ),
    table,
  ];
}

// --------------------------------------------------------------------------------------- ablations

/** Every variant's accuracy, of all experiments. */
export function accuracies(all: readonly Results[]): Figure {
  const { data, report } = all[0]!;
  const same = all.filter((results) => results.report.dataset.digest === report.dataset.digest);
  return accuracyComparison(
    same.flatMap(({ report }) =>
      report.variants.map(({ name, test }) =>
        measured(`${report.experiment.name}: ${name}`, test.accuracy)
      )
    ),
    hasOriginal(report.dataset)
      ? [{ name: "the original report", accuracy: ORIGINAL.accuracy }]
      : [],
    {
      ...data,
      note: seedsOf(same.flatMap(({ report }) => report.variants)),
      title: "Accuracy on PrivateTest, every variant of every experiment",
    },
  );
}

/** How many seeds the variants have: `1 to 3 seeds` where not all have as many. */
function seedsOf(variants: readonly VariantReport[]): string {
  const seeds = new Set(variants.flatMap(({ runs }) => runs.map(({ seed }) => seed)));
  if (seeds.size === 1) return seedsText([...seeds]);
  const counts = variants.map(({ runs }) => runs.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? plural(most, "seed") : `${least} to ${plural(most, "seed")}`;
}

/** What may be said of every variant, against its experiment's baseline and in planned contrasts. */
export function verdicts(all: readonly Results[]): CaptionedTable {
  const copies = all.some(({ report }) => report.variants.some(hasCopies));
  return {
    caption: "Differences of accuracy on PrivateTest, in percentage points",
    columns: [
      { title: "Experiment" },
      { title: "Variant" },
      { title: "Against" },
      ...right(
        "Difference",
        "95 % interval",
        ...(copies ? [`Clean ${samplesOf(all)}`] : []),
        "p (Holm)",
      ),
      { title: "Verdict" },
    ],
    rows: all.flatMap(({ report }) =>
      comparedPairs(report).map(({ variant, against, test, cleanTest }) => [
        report.experiment.name +
        (report.dataset.synthetic || hasSyntheticChannel(report.variants) ? " (synthetic)" : ""),
        variant,
        against,
        points(test.difference),
        pointsInterval(test.interval),
        ...(copies
          ? [report.dataset.cleanTestImages === 0 ? NOTHING : points(cleanTest.difference)]
          : []),
        pValue(test.adjustedP),
        verdictText(test),
      ])
    ),
  };
}

/** What the samples of all reports are called: `images` only where all are. */
function samplesOf(all: readonly Results[]): string {
  const words = new Set(all.map(({ report }) => dataWords(report.dataset).samples));
  return words.size === 1 ? [...words][0]! : "samples";
}

/** What every variant is, and how much of PrivateTest it recognises. */
export function scores({ report }: Results): CaptionedTable {
  const { dataset, variants, baseline } = report;
  const { accuracy, images } = baselineOf(variants).test;
  const over = accuracy.over === "groups" && dataset.groups
    ? ` over the ${dataset.groups.count} ${dataset.groups.name}`
    : "";
  return {
    caption: `Accuracy on the ${count(images)} ${dataWords(dataset).samples} of PrivateTest in ` +
      `per cent, with 95 % intervals${over}. PublicTest chooses ${chosenVariant(report).name}`,
    columns: [
      { title: "Variant" },
      { title: "What it is" },
      ...right("Accuracy", "Macro F1", `Against ${baseline}`),
    ],
    rows: variants.map(({ name, description, test, comparison }) => [
      name,
      description,
      // In one line, however narrow the column.
      `${percent(test.accuracy.mean)} ${percentInterval(test.accuracy)}`.replaceAll(" ", "\u00a0"),
      percent(test.macroF1.mean),
      comparison ? points(comparison.test.difference) : NOTHING,
    ]),
  };
}

/** What is left where something is missing from the test samples, or noisy. */
export function conditions({ report }: Results): Shown {
  const table = conditionsTable(report, ({ mean }) => percent(mean, 1));
  if (!table) {
    return `*${report.experiment.name} was not tested with anything missing: nothing to show.*`;
  }
  return {
    caption: "Accuracy on PrivateTest in per cent, by networks trained on whole " +
      `${dataWords(report.dataset).samples} (the report has the intervals)`,
    ...table,
  };
}

/** What may be said of the controls, which no number of PublicTest chooses. */
export function controls({ report }: Results): Shown {
  const controls = report.variants.filter(({ control }) => control);
  if (controls.length === 0) {
    return `*${report.experiment.name} has no controls: nothing to show.*`;
  }
  return {
    caption: "The controls: differences of accuracy on PrivateTest, in percentage points",
    columns: [
      { title: "Control" },
      { title: "What it is" },
      { title: "Against" },
      ...right("Difference", "95 % interval", "p (Holm)"),
      { title: "Verdict" },
    ],
    rows: controls.flatMap(({ name, description }) =>
      comparedPairs(report).filter(({ variant }) => variant === name)
        .map(({ against, test }) => [
          name,
          description,
          against,
          points(test.difference),
          pointsInterval(test.interval),
          pValue(test.adjustedP),
          verdictText(test),
        ])
    ),
  };
}

/** The variants' effects with their intervals. */
export function effects({ report, data }: Results): Shown {
  const { name } = report.experiment;
  if (comparedVariants(report.variants).length === 0) return nothingToCompare(name);
  return effectsFigure(report, { ...data, title: `${name}: accuracy` });
}

/** The accuracy against the bits of the synthetic channel. */
export function bits({ report, data }: Results): Shown {
  return bitsFigure(report, data) ??
    `*${report.experiment.name} has no synthetic channel of several bits: nothing to show.*`;
}

/** Whom the variants helped: the recalls of the classes. */
export function recalls({ report, data }: Results): Shown {
  const { name } = report.experiment;
  if (comparedVariants(report.variants).length === 0) return nothingToCompare(name);
  const title = `${name}: recall by class minus ${report.baseline}, points`;
  return recallsFigure(report, { ...data, title });
}

/** What the variant that PublicTest chooses confuses otherwise than the baseline. */
export function changes({ report, data }: Results): Shown {
  const first = baselineOf(report.variants);
  return chosenVariant(report) === first
    ? `PublicTest chooses **${first.name}** in ${report.experiment.name}: nothing differs.`
    : confusionChangeFigure(report, data);
}

// --------------------------------------------------------------------------------------- schedules

/** The learning rate of each variant by epoch. */
export function schedules({ report, data }: Results): Figure {
  return schedulesFigure(report, data);
}

/** The share of the best accuracy that counts as having converged. */
const CONVERGED = 0.95;

/** Who converges first: when each variant comes near the best accuracy that any of them reaches. */
export function convergence({ report }: Results): CaptionedTable {
  const best = Math.max(
    ...report.variants.flatMap((variant) =>
      commonHistory(variant).map((epoch) => epoch.validationAccuracy)
    ),
  );
  const when = report.variants.map((variant) => {
    const { name } = variant;
    const history = commonHistory(variant);
    const near = history.find((epoch) => epoch.validationAccuracy >= CONVERGED * best);
    const highest = history.reduce((a, b) => b.validationAccuracy > a.validationAccuracy ? b : a);
    const lowest = history.reduce((a, b) => b.validationLoss < a.validationLoss ? b : a);
    return { name, near: near?.epoch ?? Infinity, highest, lowest, last: history.at(-1)! };
  });
  return {
    caption: `Who comes first to ${percent(CONVERGED * best, 1)} % on PublicTest, ` +
      `${100 * CONVERGED} % of the best that any reaches (means over the seeds)`,
    columns: [
      { title: "Schedule" },
      ...right(
        "There in epoch",
        "Best accuracy %",
        "in epoch",
        "Lowest loss",
        "in epoch",
        "Training loss at the end",
      ),
    ],
    rows: when.sort((a, b) => a.near === b.near ? 0 : a.near - b.near)
      .map(({ name, near, highest, lowest, last }) => [
        name,
        near === Infinity ? "never" : String(near),
        percent(highest.validationAccuracy),
        String(highest.epoch),
        lowest.validationLoss.toFixed(3),
        String(lowest.epoch),
        last.trainingLoss.toFixed(3),
      ]),
  };
}

// --------------------------------------------------------------------------------------- protocols

/** What each protocol would have reported, beside what its network is worth on PrivateTest. */
export function claimedAndTrue({ report, data }: Results): Figure {
  return accuracyComparison(
    report.variants.flatMap(({ name, claimed, test }) => [
      ...(claimed ? [measured(`${name}: claimed`, claimed.accuracy)] : []),
      measured(claimed ? `${name}: true` : `${name}: claimed and true`, test.accuracy),
    ]),
    hasOriginal(report.dataset)
      ? [{ name: "the original report", accuracy: ORIGINAL.accuracy }]
      : [],
    { ...data, title: "What each protocol claims, and what is true on PrivateTest" },
  );
}

/** Each protocol's table, the classes' optimism and the verdict, as in the report. */
export function claims({ report }: Results): string {
  const section = claimedSection(report);
  return section.length > 0
    ? section.join("\n\n")
    : `*${report.experiment.name} has no variant that splits Training anew: nothing is claimed.*`;
}

// ------------------------------------------------------------------------------------------ pieces

function baselineOf(variants: readonly VariantReport[]): VariantReport {
  return variants[0]!;
}

function measured(name: string, { mean, low, high }: Estimate) {
  return { name, accuracy: mean, low, high };
}

function nothingToCompare(experiment: string): string {
  return `*${experiment} has only one variant with finished runs: nothing to compare yet.*`;
}

/** A run's predictions, or what is missing. */
async function predictionsOf(
  { folder, report }: Results,
  run: RunReport,
): Promise<Predictions | string> {
  const file = join(folder, run.folder, RUN_FILES.predictions);
  if (!await exists(file)) {
    return `*The predictions of seed ${run.seed} are not there (${run.folder}/${RUN_FILES.predictions}): ` +
      "run the experiment again to write them.*";
  }
  return parsePredictions(await readText(file), formOf(report.dataset).classes, { file });
}
