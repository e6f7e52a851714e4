/**
 * What detector and cut cost a network on FER2013: of several frames around the detector's box the one
 * that PublicTest chooses, then, once, the accuracy on PrivateTest through detector and frame, beside that
 * on the same images as they are. Prints Markdown; faces that were found are kept in `.cache`, so that it
 * goes on where it was stopped. With EVERY = 20 it takes every 20th image alone, to see whether it runs.
 *
 *     deno run --allow-read --allow-write=.cache --allow-env --allow-sys --allow-ffi \
 *       benchmarks/face_cut.ts data/fer2013.zip [EVERY]
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../lib/cache.ts";
import type { Split, SplitName } from "../lib/dataset/dataset.ts";
import { equalise } from "../lib/dataset/gray.ts";
import { isEqualised } from "../lib/dataset/known.ts";
import { loadDataset } from "../lib/dataset/load.ts";
import type { Picture } from "../lib/dataset/picture.ts";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../lib/emotion.ts";
import { UsageError, UserError } from "../lib/error.ts";
import { predictedClasses } from "../lib/evaluation/metrics.ts";
import type { Box } from "../lib/face/blazeface.ts";
import { cutSquare, faceSquare, FER2013_FRAME, type Frame } from "../lib/face/cut.ts";
import { type Detector, loadDetector } from "../lib/face/detect.ts";
import { exists } from "../lib/file.ts";
import { runMain } from "../lib/main.ts";
import { userPath } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { markdownTable, right } from "../lib/report/table.ts";
import { BOXED_MODEL } from "../lib/run/find_network.ts";
import { type Network, openNetwork } from "../lib/run/network.ts";
import { selectRows } from "../lib/sample.ts";
import { count, percent } from "../lib/text.ts";

const SCALES = [1, 1.05, 1.1, 1.15, 1.2];
const RAISES = [0, 0.03, 0.06];

/** What a network says of some images: how many it is right on, and its mean loss. */
interface Score {
  readonly right: number;
  /** Of -log of the right class's probability. */
  readonly loss: number;
}

/** Scores the frames on PublicTest, the best and the one in use on PrivateTest, and prints both. */
async function main([data, every = "1"]: readonly string[]): Promise<void> {
  if (data === undefined || !/^[1-9]\d*$/.test(every)) {
    throw new UsageError(
      "Name FER2013's folder or zip, and of which images every how many-th is taken",
    );
  }
  const { digest, splits } = await loadDataset(userPath(data));
  if (!isEqualised({ digest })) throw new UserError(`${data}: Is not the copy in class folders`);
  using network = await openNetwork(BOXED_MODEL, { execution: "traced" });
  if (network.record.dataset.digest !== digest) {
    throw new UserError(`${BOXED_MODEL}: Was trained on other data than ${data}`);
  }
  using detector = await loadDetector();
  const look = async (name: SplitName) => {
    const split = everyNth(splits[name], Number(every));
    return { split, boxes: await surestBoxes(split, detector, `${name}-${every}`) };
  };

  const { split, boxes } = await look("PublicTest");
  const { best, lines } = await chooseFrame(network, split, boxes);
  console.log(lines.join("\n"));
  const test = await look("PrivateTest");
  console.log(await testLines(network, test.split, test.boxes, best));
}

/** What is looked at of a split. */
type Images = Pick<Split, "samples" | "labels" | "length">;

function everyNth({ samples, labels, length }: Split, every: number): Images {
  const places = Uint32Array.from({ length: Math.ceil(length / every) }, (_, i) => i * every);
  return {
    samples: selectRows(samples, places, IMAGE_PIXELS),
    labels: selectRows(labels, places, 1),
    length: places.length,
  };
}

/** Every frame's score on PublicTest: the most right, then the least loss. */
async function chooseFrame(network: Network, split: Images, boxes: readonly (Box | null)[]) {
  const tried: { frame: Frame; score: Score }[] = [];
  for (const scale of SCALES) {
    for (const raise of RAISES) {
      const pixels = throughFrame(split, boxes, { scale, raise }, { again: true });
      tried.push({ frame: { scale, raise }, score: await scoreOf(network, pixels, split, boxes) });
    }
  }
  const [best] = tried.toSorted((a, b) =>
    b.score.right - a.score.right || a.score.loss - b.score.loss
  );
  const faces = boxes.filter((box) => box !== null).length;
  const lines = [
    `PublicTest: a face is found in ${count(faces)} of ${count(split.length)} images.`,
    "",
    markdownTable(
      right("Scale", "Raise", "Right", "Accuracy, %", "Loss"),
      tried.map(({ frame, score }) => [
        ...[String(frame.scale), String(frame.raise), count(score.right)],
        ...[percent(score.right / faces), score.loss.toFixed(4)],
      ]),
    ),
  ];
  return { best: best!.frame, lines };
}

async function testLines(
  network: Network,
  split: Images,
  boxes: readonly (Box | null)[],
  best: Frame,
): Promise<string> {
  const faces = boxes.filter((box) => box !== null).length;
  const text = ({ scale, raise }: Frame) => `${scale} times the box, raised by ${raise}`;
  const isInUse = best.scale === FER2013_FRAME.scale && best.raise === FER2013_FRAME.raise;
  const all = split.samples as Uint8Array;
  const whole = await scoreOf(network, all, split, split.labels);
  const asTheyAre = boxes.flatMap((box, i) => box ? [imageOf(split, i)] : []);
  const rows: [string, Uint8Array][] = [
    ["as they are", joined(asTheyAre)],
    [
      `${text(best)} (${isInUse ? "chosen, in use" : "chosen"})`,
      throughFrame(split, boxes, best, { again: true }),
    ],
  ];
  if (!isInUse) {
    rows.push([
      `${text(FER2013_FRAME)} (in use)`,
      throughFrame(split, boxes, FER2013_FRAME, { again: true }),
    ]);
  }
  rows.push([
    `${text(FER2013_FRAME)}, not equalised again`,
    throughFrame(split, boxes, FER2013_FRAME),
  ]);
  const scored: string[][] = [];
  for (const [name, pixels] of rows) {
    const { right } = await scoreOf(network, pixels, split, boxes);
    scored.push([name, count(right), percent(right / faces)]);
  }
  return [
    `\nPrivateTest: right on ${count(whole.right)} of ${count(split.length)} images as they are ` +
    `(${percent(whole.right / split.length)} %). A face is found in ${count(faces)}; on those:`,
    "",
    markdownTable([{ title: "What the network sees" }, ...right("Right", "Accuracy, %")], scored),
  ].join("\n");
}

function imageOf({ samples }: Images, i: number): Uint8Array {
  return samples.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS) as Uint8Array;
}

function joined(images: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(images.length * IMAGE_PIXELS);
  images.forEach((image, i) => all.set(image, i * IMAGE_PIXELS));
  return all;
}

/** The found faces cut by a frame, as `predict` does it: equalised, though their images are. */
function throughFrame(
  split: Images,
  boxes: readonly (Box | null)[],
  frame: Frame,
  { again = false }: { readonly again?: boolean } = {},
): Uint8Array {
  const size = { width: IMAGE_SIZE, height: IMAGE_SIZE };
  return joined(boxes.flatMap((box, i) => {
    if (!box) return [];
    const cut = cutSquare(imageOf(split, i), size, faceSquare(box, frame));
    return [again ? equalise(cut) : cut];
  }));
}

/** @param chosen Of each image of the split whether it is among the pixels, in any form. */
async function scoreOf(
  network: Network,
  pixels: Uint8Array,
  { labels }: Images,
  chosen: ArrayLike<unknown>,
): Promise<Score> {
  const probabilities = await network.predict(pixels);
  const classes = probabilities.length / (pixels.length / IMAGE_PIXELS);
  const predicted = predictedClasses(probabilities, classes);
  const those = labels.filter((_, i) => chosen[i] !== null);
  const losses = those.reduce(
    (sum, label, i) => sum - Math.log(Math.max(1e-7, probabilities[i * classes + label]!)),
    0,
  );
  return {
    right: those.filter((label, i) => predicted[i] === label).length,
    loss: losses / those.length,
  };
}

/** The surest face of each image, or nothing; one JSON line each in a file of `.cache`. */
async function surestBoxes(
  split: Images,
  detector: Detector,
  name: string,
): Promise<(Box | null)[]> {
  const file = join(CHECKOUT_CACHE, `face-cut-${name}.jsonl`);
  const kept = await exists(file) ? (await Deno.readTextFile(file)).split("\n") : [];
  // The last line is empty, or was cut off.
  const boxes = kept.slice(0, -1).map((line): Box | null => JSON.parse(line));
  await Deno.writeTextFile(file, boxes.map((box) => JSON.stringify(box) + "\n").join(""));
  const progress = new Progress(`Faces of ${name}`, { total: split.length });
  for (let i = boxes.length; i < split.length; i++) {
    progress.update(i);
    const faces = await detector.detect(pictureOf(imageOf(split, i)));
    const [surest] = faces.toSorted((a, b) => b.score - a.score);
    const box = surest
      ? { x: surest.x, y: surest.y, width: surest.width, height: surest.height }
      : null;
    boxes.push(box);
    await Deno.writeTextFile(file, JSON.stringify(box) + "\n", { append: true });
  }
  progress.finish();
  return boxes;
}

function pictureOf(gray: Uint8Array): Picture {
  const data = new Uint8Array(4 * gray.length).fill(255);
  gray.forEach((value, i) => data.fill(value, 4 * i, 4 * i + 3));
  return { width: IMAGE_SIZE, height: IMAGE_SIZE, data };
}

if (import.meta.main) await runMain(() => main(Deno.args));
