/**
 * The model card of a trained network (Mitchell et al. 2019) with the header that Hugging Face reads: a
 * function of the run's record and predictions alone.
 *
 * @module
 */

import { formOf } from "../dataset/form.ts";
import { isEqualised } from "../dataset/known.ts";
import { calibration, type ProbablePredictions } from "../evaluation/calibration.ts";
import { mostFrequentConfusions } from "../evaluation/confusions.ts";
import { wilsonInterval } from "../evaluation/intervals.ts";
import {
  BASELINE,
  differences,
  formatValue,
  recordedConfiguration,
  wholeConfiguration,
} from "../configuration.ts";
import { grayImageSize } from "../sample.ts";
import { code, details, escape } from "./gfm.ts";
import type { RunRecord } from "./record.ts";
import { hasCopies, selectionText } from "./summary.ts";
import { hasSyntheticChannel, SYNTHETIC_CHANNEL } from "./synthetic_channel.ts";
import { markdownTable, right } from "./table.ts";
import { count, list, percent, percentInterval, percentOrNothing } from "./text.ts";

/** What a card needs besides the record. */
export interface CardOptions {
  /** What the model file is called. */
  readonly name: string;
  /** On PrivateTest; in the record stands their digest. */
  readonly predictions: ProbablePredictions;
  /** The command that trained it, where that is known. */
  readonly command: string | undefined;
}

/** The card as Markdown. */
export function modelCard(record: RunRecord, options: CardOptions): string {
  return [
    header(record, options),
    `# ${options.name}`,
    lead(record),
    ...modelDetails(record),
    ...intendedUse(record),
    ...factors(record),
    ...metrics(record, options),
    ...data(record),
    ...limits(record),
    ...again(record, options),
  ].join("\n\n") + "\n";
}

/** What Hugging Face reads; a `source` of the results would need an address, and there is none. */
function header({ dataset, best }: RunRecord, { name }: CardOptions): string {
  return [
    "---",
    "license: mit",
    "library_name: fer-lab",
    "pipeline_tag: image-classification",
    "tags: [facial-expression-recognition, emotion]",
    "metrics: [accuracy, f1]",
    "model-index:",
    `  - name: ${JSON.stringify(name)}`,
    "    results:",
    "      - task: { type: image-classification }",
    `        dataset: { type: ${JSON.stringify(dataset.name)}, name: ${
      JSON.stringify(dataset.name)
    }, split: PrivateTest, revision: ${dataset.digest} }`,
    "        metrics:",
    `          - { type: accuracy, value: ${best.test.accuracy.toFixed(4)} }`,
    `          - { type: f1, name: Macro F1, value: ${best.test.macro.f1.toFixed(4)} }`,
    "---",
  ].join("\n");
}

/** What a reader wants to know first. */
function lead({ dataset, best: { test } }: RunRecord): string {
  const { classes } = formOf(dataset);
  return `Tells ${list(classes.map(escape))} apart: right on ${percent(test.accuracy)} % ` +
    `${interval(test.correct, test.images)} of the ${count(test.images)} test samples of ` +
    `${escape(dataset.name)}${dataset.synthetic ? ", which are drawn and stand for nobody" : ""}.`;
}

function modelDetails({ configuration, model, digest, seed, best, dataset }: RunRecord): string[] {
  const { classes, sample } = formOf(dataset);
  const { network } = wholeConfiguration(configuration);
  const kind = network.startsWith("pool")
    ? "A pool of votes"
    : network.startsWith("mlp")
    ? "A network of dense layers"
    : "A convolutional network";
  const layers = markdownTable(
    [{ title: "Layer" }, { title: "Kind" }, ...right("Output", "Parameters")],
    model.layers.map(({ name, type, output, parameters }) => [
      ...[code(name), type],
      ...[output.join("x"), count(parameters)],
    ]),
  );
  return [
    "## Model details",
    [
      `- ${kind}, ${code(network)}, of ${count(model.parameters)} parameters.`,
      `- Input: ${sample.shape.join("x")} values divided by ${sample.divisor}, float32. Output: ` +
      `probabilities of ${classes.map(escape).join(", ")}, in this order.`,
      `- Test-time views: ${viewsText(configuration)}.`,
      `- Run ${
        code(digest)
      }, seed ${seed}, weights of epoch ${best.epoch}; SHA-256 of the weights ` +
      `${code(best.weights)}.`,
      "- Licence of the weights: MIT, as the code; on the data see below.",
    ].join("\n"),
    details(`Its ${model.layers.length} layers`, layers),
  ];
}

/** What a prediction looks at, in words. */
export function viewsText(
  { mirrorPrediction, cropPrediction, augment }: RunRecord["configuration"],
): string {
  const crops = cropPrediction === "five"
    ? ["crops of the image, the centre and the corners", "their mirror images"] as const
    : augment.includes("crop(")
    ? ["the centre of the image", "its mirror image"] as const
    : ["the image", "its mirror image"] as const;
  if (mirrorPrediction) return `the mean of the probabilities of ${crops.join(" and ")}`;
  return cropPrediction === "five"
    ? `the mean of the probabilities of ${crops[0]}`
    : `${crops[0]} alone`;
}

function intendedUse({ dataset }: RunRecord): string[] {
  const from = dataset.synthetic ? "drawn faces" : `images like those of ${escape(dataset.name)}`;
  return [
    "## Intended use",
    `Research and teaching: to label expressions in ${from}, to compare with other networks, to go on ` +
    "from. Not to decide anything about a person: not in hiring, schools, policing, medicine or " +
    "border control.",
    "An output says how sure the network is of what the people who labelled its training data would " +
    "have called an expression. It does not say how somebody feels.",
  ];
}

function factors({ dataset }: RunRecord): string[] {
  const { synthetic, name } = dataset;
  const people = synthetic
    ? "The faces are drawn, of nobody: nothing is known of how results differ by age, sex, skin colour or " +
      "origin."
    : `Age, sex, skin colour and origin of the people in ${
      escape(name)
    } were not looked at, so how ` +
      "results differ by them is not known.";
  const grays = isEqualised(dataset)
    ? "; and grays are equalised in these training data, so they have to be in what it is given"
    : "";
  const cut = isOfImages(dataset)
    ? ` Known to matter: how the face is cut, turned and lit${grays}.`
    : "";
  return ["## Factors", people + cut];
}

/** Whether the samples are images; there are also votes of human raters. */
function isOfImages(dataset: RunRecord["dataset"]): boolean {
  return grayImageSize(formOf(dataset).sample) !== undefined;
}

function metrics({ best, configuration }: RunRecord, { predictions }: CardOptions): string[] {
  const { test, cleanTest, validation } = best;
  const chosenOn = selectionText(configuration);
  const row = (title: string, { images, correct, accuracy, macro }: typeof test) => [
    title,
    count(images),
    images === 0 ? "–" : `${percent(accuracy)} ${interval(correct, images)}`,
    images === 0 ? "–" : percent(macro.f1),
  ];
  const confusions = mostFrequentConfusions(test.confusion, predictions.classes);
  return [
    "## Metrics",
    "In %, in brackets 95 % intervals over images (Wilson 1927). The epoch was chosen on " +
    `${chosenOn}; ` +
    "PrivateTest was scored once, at the end.",
    markdownTable([{ title: "Images" }, ...right("Count", "Accuracy", "Macro F1")], [
      row("PrivateTest", test),
      ...(hasCopies(best)
        ? [row("PrivateTest without copies in the other splits", cleanTest)]
        : []),
      row(chosenOn === "PublicTest" ? "PublicTest (chosen on)" : "PublicTest", validation),
    ]).trimEnd(),
    markdownTable(
      [{ title: "Class" }, ...right("Images", "Precision", "Recall", "F1")],
      test.perClass.map(({ emotion, support, precision, recall, f1 }, c) => [
        escape(emotion),
        count(support),
        percentOrNothing(precision),
        `${percentOrNothing(recall)} ${interval(test.confusion[c]![c]!, support)}`,
        percentOrNothing(f1),
      ]),
    ).trimEnd(),
    `Calibration: the expected calibration error (Naeini et al. 2015; 15 bins) on PrivateTest is ${
      percent(calibration(predictions).expectedError, 1)
    } points.`,
    confusions.length === 0 ? "Nothing is confused." : `Most often confused: ${
      list(
        confusions.map(({ true: truth, predicted, count: images, share }) =>
          `${escape(truth)} taken for ${escape(predicted)} (${count(images)}, ${
            percent(share, 1)
          } % of ${escape(truth)})`
        ),
      )
    }.`,
  ];
}

/** Wilson's interval of a share of images in per cent. */
function interval(hits: number, images: number): string {
  return images === 0 ? "" : percentInterval(wilsonInterval(hits, images));
}

function data({ dataset }: RunRecord): string[] {
  return [
    "## Training and evaluation data",
    `${escape(dataset.description)}. SHA-256 of the data: ${code(dataset.digest)}.`,
    dataset.synthetic
      ? "The faces are drawn, so nothing here says how the network does on photographs."
      : "The data are not part of this file. " +
        (dataset.name === "fer2013"
          ? "The licence of FER2013's images, which were collected from the web, is unclear."
          : "On their licence ask whoever made them."),
  ];
}

function limits({ best, dataset, configuration }: RunRecord): string[] {
  const worst = best.test.perClass.filter(({ recall }) => recall !== null)
    .toSorted((a, b) => a.recall! - b.recall!)[0];
  return [
    "## Limits",
    [
      ...hasSyntheticChannel([{ configuration }])
        ? [
          `- It takes a ${SYNTHETIC_CHANNEL}, which a program drew from the labels: there is no sensor whose ` +
          "values it could be given.",
        ]
        : [],
      dataset.synthetic
        ? "- Labels are what the faces were drawn to show, but for those that are wrong on purpose: no rater had to " +
          "agree on them."
        : "- Labels are what raters called an expression, and raters disagree: people are right on about " +
          "65 % of FER2013 (Goodfellow et al. 2013).",
      ...worst
        ? [
          `- Weakest class: ${escape(worst.emotion)}, of which ${
            percent(worst.recall!, 1)
          } % are recognised.`,
        ]
        : [],
      `- One run, one seed: another seed gives another network${
        dataset.synthetic ? "" : "; its score may differ by a point or more"
      }.`,
      ...isOfImages(dataset)
        ? [
          "- The figures above are of faces that are cut out already: finding them is not in them.",
        ]
        : [],
    ].join("\n"),
  ];
}

function again({ configuration, build, seed }: RunRecord, { command }: CardOptions): string[] {
  const changed = differences(BASELINE, recordedConfiguration(configuration));
  return [
    "## How to train it again",
    command === undefined
      ? "The command that trained it is not known; its settings are below."
      : fenced(command, "sh"),
    `The same seed (${seed}) gives the same bytes on TensorFlow ${build.tensorflow}, ` +
    `${build.platform}, ${build.threads} threads and a CPU with ${build.cpu}. Settings that differ ` +
    "from the baseline's:",
    changed.length === 0 ? "None." : fenced(
      changed.map(({ name, b }) => `${name}=${formatValue(b as Parameters<typeof formatValue>[0])}`)
        .join("\n"),
    ),
  ];
}

/** Lines as they are; none of them begins with three backquotes. */
function fenced(text: string, language = ""): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
