/**
 * What notebooks show of a data set, and the faces that belong to a report.
 *
 * FER2013's faces are shown only where the data set is present; `deno task notebooks` runs without
 * it, so that what is committed holds synthetic faces or none.
 *
 * @module
 */

import { balance } from "../augmentation/balance.ts";
import { augmentImage, parsePipeline } from "../augmentation/pipeline.ts";
import { BASELINE } from "../configuration.ts";
import { auditDataset, classCounts as countClasses, labelCounts } from "../dataset/audit.ts";
import {
  type ClassCounts,
  type DataForm,
  type Dataset,
  type Split,
  SPLITS,
} from "../dataset/dataset.ts";
import { loadDataset } from "../dataset/load.ts";
import { FACES_SEED, FER2013_TRAINING, generateFaces } from "../dataset/synthetic.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { dataWords, isFaces } from "../dataset/words.ts";
import { classCounts } from "../figure/classes.ts";
import { faceGrid, meanFaces } from "../figure/faces.ts";
import type { Figure, FigureData } from "../figure/figure.ts";
import { escape } from "../report/gfm.ts";
import type { ReportDataset } from "../report/record.ts";
import { right } from "../report/table.ts";
import { count, percent } from "../report/text.ts";
import { grayImageSize, sampleSize, type SampleValues, selectRows } from "../sample.ts";
import { randomStream } from "../seed.ts";
import { contrastFigure } from "./contrast.ts";
import type { Results } from "./reports.ts";
import { show } from "./show.ts";
import type { CaptionedTable } from "./table.ts";

/** How many faces a notebook draws: some seconds' work, and enough for every class. */
const DRAWN = { training: 1_400, publicTest: 350, privateTest: 350 };

/** The Training counts that the original report prints; two differ from the data's own. */
const ORIGINAL_TRAINING: ClassCounts = { ...FER2013_TRAINING, happy: 7285, fear: 4107 };

/** Notebooks open FER2013 and synthetic faces only. */
const SIZE = grayImageSize(FER2013_FORM.sample)!;

/** Draws of each augmentation that are shown beside the image. */
const DRAWS = 7;

/**
 * Loads the data set to look at, or draws synthetic faces, and says which in a sentence.
 *
 * @param path FER2013 as a CSV, folder or zip; empty for synthetic faces. `FER_LAB_DATA` goes before
 * it.
 * @throws {UserError} For data that cannot be loaded.
 */
export async function openFaces(path: string): Promise<Dataset> {
  const source = Deno.env.get("FER_LAB_DATA") || path;
  const dataset = source === ""
    ? generateFaces({ seed: FACES_SEED, ...DRAWN })
    : await loadDataset(source);
  await show(
    `**${escape(titleOf(dataset))}**: ` +
      `${escape(dataset.description)}.` +
      (source === "" ? " Name FER2013 in FER_LAB_DATA to see it instead." : ""),
  );
  return dataset;
}

/**
 * Faces of PrivateTest that a report names.
 *
 * @param dataset The report's data set.
 * @param ids Names of the images, as in `predictions.csv`.
 * @returns Gray values, shape [ids.length, 48, 48]; or why there are none, in a sentence.
 */
export async function testFaces(
  dataset: ReportDataset,
  ids: readonly string[],
): Promise<Uint8Array | string> {
  if (!isFaces(dataWords(dataset))) {
    return "*The images themselves are shown only of faces: of FER2013 and of synthetic ones.*";
  }
  const source = Deno.env.get("FER_LAB_DATA");
  if (!dataset.synthetic && !source) {
    return "*The faces themselves are shown only where the data set is present: name it in " +
      "FER_LAB_DATA.*";
  }
  const split = dataset.synthetic
    // A face depends on its number only, so the other splits need no faces.
    ? generateFaces({
      seed: FACES_SEED,
      training: 1,
      publicTest: 1,
      privateTest: total(dataset.counts.PrivateTest),
    }).splits.PrivateTest
    : (await loadDataset(source!)).splits.PrivateTest;
  const places = new Map(split.ids.map((id, i) => [id, i]));
  const wanted = ids.map((id) => places.get(id));
  if (wanted.some((place) => place === undefined)) {
    return "*The faces are not shown: this data set does not hold the images that the report names.*";
  }
  return gather(split, FER2013_FORM, wanted as number[]);
}

/** How many images of each class the splits hold, beside what the original report prints. */
export function counts(dataset: Dataset): Figure {
  return classCounts(
    Object.fromEntries(SPLITS.map((
      split,
    ) => [split, countClasses(dataset.splits[split].labels, dataset.classes)])),
    {
      ...about(dataset),
      classes: dataset.classes,
      ...(dataset.name === "fer2013"
        ? {
          reference: { name: "the original report", splits: { Training: ORIGINAL_TRAINING } },
        }
        : {}),
    },
  );
}

/**
 * Training's class counts beside those of a report and those that the original report prints.
 *
 * @param dataset What was loaded.
 * @param reports Reports of this suite.
 */
export function countsBeside(dataset: Dataset, reports: readonly Results[]): CaptionedTable {
  const columns = [
    {
      title: dataset.synthetic ? "Drawn here" : "Loaded here",
      of: countClasses(dataset.splits.Training.labels, dataset.classes),
    },
    ...reports.map(({ report }) => ({
      title: `Report of ${report.experiment.name}, ${
        report.dataset.synthetic ? "synthetic faces" : report.dataset.name
      }`,
      of: report.dataset.counts.Training,
    })),
    ...(dataset.name === "fer2013" ? [] : [{ title: "FER2013", of: FER2013_TRAINING }]),
    { title: "Original report on FER2013", of: ORIGINAL_TRAINING },
  ];
  const share = (of: ClassCounts, name: string) =>
    `${count(of[name] ?? 0)} (${percent((of[name] ?? 0) / total(of), 1)} %)`;
  return {
    caption: "Images of Training",
    columns: [
      { title: "Class" },
      ...right(...columns.map(({ title }) => title)),
    ],
    rows: [
      ...dataset.classes.map((name) => [name, ...columns.map(({ of }) => share(of, name))]),
      ["all", ...columns.map(({ of }) => count(total(of)))],
    ],
  };
}

/** The first faces of each class, a row each. */
export function samples(dataset: Dataset): Figure {
  const { Training } = dataset.splits;
  const columns = 10;
  const { classes, sample } = dataset;
  const rows = classes.map((_, label) => placesOf(Training, label).slice(0, columns));
  const width = Math.max(...rows.map((row) => row.length));
  // A class with fewer faces leaves white places.
  const images = new Uint8Array(classes.length * width * sampleSize(sample)).fill(255);
  rows.forEach((row, r) =>
    images.set(gather(Training, dataset, row), r * width * sampleSize(sample))
  );
  const captions = classes.flatMap((name) =>
    Array.from({ length: width }, (_, i) => i === 0 ? name : "")
  );
  return faceGrid(images, captions, {
    ...about(dataset),
    title: "The first faces of each class of Training, a row each",
    columns: width,
    scale: 1.5,
  });
}

/** The mean face of each class. */
export function means(dataset: Dataset): Figure {
  const { samples, labels } = dataset.splits.Training;
  return meanFaces(samples, labels, {
    ...about(dataset),
    classes: dataset.classes,
    note: "Training",
  });
}

/** The contrast of each class: how far an image's gray values lie from their mean. */
export function contrast(dataset: Dataset): Figure {
  return contrastFigure(dataset.splits.Training, dataset, { ...about(dataset), note: "Training" });
}

/** What balancing does to Training: the baseline's, unless told otherwise. */
export function balancing(dataset: Dataset): CaptionedTable {
  const { Training } = dataset.splits;
  const { classes } = dataset;
  const { labels } = balance(Training, dataset, BALANCING);
  const before = labelCounts(Training.labels, classes);
  const after = labelCounts(labels, classes);
  return {
    caption: `Training before and after balancing (${BASELINE.balanceClasses.join(" and ")} to ` +
      `${BASELINE.balanceTo} x the mean class size)`,
    columns: [
      { title: "Class" },
      ...right("Before", "After", "Copies"),
    ],
    rows: classes.map((name, i) => [
      name,
      count(before[i]!),
      count(after[i]!),
      count(after[i]! - before[i]!),
    ]),
  };
}

/** An image that balancing copies, and its first copies. */
export function copies(dataset: Dataset): Figure {
  const { Training } = dataset.splits;
  const balanced = balance(Training, dataset, BALANCING);
  const made = Array.from(
    { length: balanced.labels.length - Training.length },
    (_, i) => Training.length + i,
  );
  const often = new Map<number, number[]>();
  for (const copy of made) {
    const original = balanced.source[copy]!;
    often.set(original, [...often.get(original) ?? [], copy]);
  }
  // The originals with the most copies, one of each class that has any.
  const chosen = BASELINE.balanceClasses.flatMap((emotion) => {
    const label = dataset.classes.indexOf(emotion);
    return [...often].filter(([original]) => Training.labels[original] === label)
      .sort((a, b) => b[1].length - a[1].length).slice(0, 1);
  });
  const shown = chosen.flatMap(([original, own]) => [original, ...own.slice(0, DRAWS)]);
  return faceGrid(
    gather(balanced, dataset, shown),
    shown.map((place) =>
      place < Training.length ? `${dataset.classes[Training.labels[place]!]}\noriginal` : "copy"
    ),
    {
      ...about(dataset),
      note: BASELINE.balanceWith,
      title: "Balancing: an original and its copies",
      columns: 1 + Math.max(...chosen.map(([, own]) => Math.min(own.length, DRAWS)), 1),
    },
  );
}

/** What each augmentation does to one image, a row each. */
export function augmentations(dataset: Dataset): Figure {
  const { Training } = dataset.splits;
  const original = placesOf(Training, dataset.classes.indexOf("happy"))[0] ?? 0;
  const texts = [
    "flip",
    "rotate(10)",
    "zoom(0.1)",
    "shift(0.1)",
    "contrast(0.4)",
    "brightness(0.2)",
    "erase(0.3)",
    "flip|rotate(10)|zoom(0.1)|shift(0.1)",
  ];
  const width = DRAWS + 1;
  const pixels = sampleSize(dataset.sample);
  const images = new Uint8Array(texts.length * width * pixels);
  const captions = texts.flatMap((text, row) => {
    const pipeline = parsePipeline(text);
    images.set(gather(Training, dataset, [original]), row * width * pixels);
    const stream = randomStream(FACES_SEED, "notebook", "augmentation", row);
    for (let draw = 1; draw < width; draw++) {
      augmentImage(Training.samples, original, pipeline, stream, images, row * width + draw, SIZE);
    }
    const name = text.includes("|") ? "the first four" : text;
    return ["original", ...Array.from({ length: DRAWS }, (_, i) => i === 0 ? name : "")];
  });
  return faceGrid(images, captions, {
    ...about(dataset),
    title: `Augmentations: an image and ${DRAWS} draws of each`,
    columns: width,
    scale: 1.5,
  });
}

/** Copies, conflicting labels and blank images. */
export function audit(dataset: Dataset): CaptionedTable {
  const found = auditDataset(dataset);
  const perSplit = (counts: Readonly<Record<string, number>>) =>
    SPLITS.map((split) => `${split} ${count(counts[split]!)}`).join(", ");
  const sum = (counts: Readonly<Record<string, number>>) =>
    SPLITS.reduce((all, split) => all + counts[split]!, 0);
  return {
    caption: "Audit: exact copies by pixels, labels and blank images",
    columns: [{ title: "Finding" }, ...right("Number"), { title: "Where" }],
    rows: [
      ["images", count(found.images), ""],
      ["distinct images", count(found.distinct), ""],
      ["redundant copies", count(found.redundant), `within ${perSplit(found.redundantWithin)}`],
      [
        "PrivateTest images with a copy in another split",
        count(found.copies.privateTestInEither),
        `Training ${count(found.copies.privateTestInTraining)}, PublicTest ${
          count(found.copies.privateTestInPublicTest)
        }`,
      ],
      ["clean PrivateTest images", count(found.cleanPrivateTest), ""],
      [
        "groups of copies with different labels",
        count(found.conflicts.groups),
        `${count(found.conflicts.images)} images`,
      ],
      ["black images", count(sum(found.black)), perSplit(found.black)],
      ["blank images, black ones included", count(sum(found.blank)), perSplit(found.blank)],
      [
        "nearly blank images",
        count(sum(found.nearBlank)),
        `lowest contrast ${found.lowestDeviation.toFixed(1)}`,
      ],
    ],
  };
}

/** The baseline's balancing. */
const BALANCING = {
  classes: BASELINE.balanceClasses,
  to: BASELINE.balanceTo,
  pipeline: parsePipeline(BASELINE.balanceWith),
  seed: 1,
};

function about({ name, synthetic }: Dataset): FigureData {
  return { dataset: name, synthetic };
}

function titleOf({ name, synthetic }: Pick<Dataset, "name" | "synthetic">): string {
  if (synthetic) return "Synthetic faces (not FER2013)";
  return name === "fer2013" ? "FER2013" : name;
}

function total(counts: ClassCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function placesOf({ labels }: Split, label: number): number[] {
  return Array.from(labels.keys()).filter((i) => labels[i] === label);
}

function gather(
  { samples }: { readonly samples: SampleValues },
  { sample }: Pick<DataForm, "sample">,
  places: readonly number[],
): Uint8Array {
  return selectRows(samples as Uint8Array, Uint32Array.from(places), sampleSize(sample));
}
