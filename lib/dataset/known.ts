/**
 * What a data set is called: FER2013 only where its pixels say so.
 *
 * One copy is known by its digest. Others (the original CSV, whose digest is not known here, and
 * copies that were encoded again) are known by statistics of every class of every split, which
 * survive JPEG but not equalising, sharpening, blurring or blanking, nor other labels or splits.
 *
 * **Two tones.** The copy in class folders is not the original: its maker equalised every picture's
 * histogram (grays of 130.96 +- 78.2 in Training where the original has 129.39 +- 65.06). What is
 * compared is therefore first the ranks of the grays within each picture, which no monotone change of
 * tone alters, and then the tone: it has to be that of the one or of the other.
 *
 * @module
 */

import { extname } from "node:path";
import { CLASS_COUNT, EMOTIONS, IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { grayImageSize, sampleSize, type SampleValues } from "../sample.ts";
import type { DatasetRecord } from "../schema/common.ts";
import { type FerGroup, FOLDERS, FOLDERS_DIGEST, ORIGINAL } from "./_fer2013.ts";
import { labelCounts } from "./audit.ts";
import { plural } from "../text.ts";
import { type DataForm, type Dataset, type Split, type SplitName, SPLITS } from "./dataset.ts";
import { recordedForm } from "./form.ts";
import { equalise } from "./gray.ts";
import type { Protocol } from "./votes.ts";

/**
 * Whether the pictures of a data set have equalised histograms: those of the copy in class folders do,
 * and a network trained on them wants to see faces so.
 *
 * @param dataset As a record tells of it.
 */
export function isEqualised(
  { digest, equalised }: Pick<DatasetRecord, "digest" | "equalised">,
): boolean {
  return digest === FOLDERS_DIGEST || equalised === true;
}

/** How many pictures are looked at, evenly over a split. */
const LOOKED_AT = 100;

/**
 * Equalised pictures that were compressed or brought to another size afterwards change by less, on the
 * mean over their pixels, when they are equalised again. Medians over pictures of the copy in class
 * folders: 1.3, brought to 64, 96 and 112 pixels 2.5 to 2.8; of synthetic faces 35, of the one photograph
 * among the tests' files 20.
 */
const EQUALISED_CHANGE = 6;

/** What records tell of the tone of other data than FER2013's: only where it is equalised. */
export function recordedTone(
  { digest, sample, splits: { Training } }: Pick<Dataset, "digest" | "sample" | "splits">,
): Pick<DatasetRecord, "equalised"> {
  if (digest === FOLDERS_DIGEST || !grayImageSize(sample)) return {};
  const size = sampleSize(sample);
  const looks = Math.min(LOOKED_AT, Training.length);
  const changes = Array.from({ length: looks }, (_, i) => {
    const at = Math.floor(i * Training.length / looks) * size;
    const gray = Training.samples.subarray(at, at + size) as Uint8Array;
    return equalise(gray).reduce((sum, value, p) => sum + Math.abs(value - gray[p]!), 0) / size;
  }).sort((a, b) => a - b);
  return changes[Math.floor(looks / 2)]! < EQUALISED_CHANGE ? { equalised: true } : {};
}

type Splits = Readonly<Record<SplitName, Split>>;

/** What is known of a data set before it has a name. */
export interface Unnamed {
  /** The base name of the file or folder it came from. */
  readonly source: string;
  readonly form: DataForm;
  readonly splits: Splits;
  readonly digest: string;
  /** `official` where the source itself has all three splits. */
  readonly split: Dataset["split"];
  /** Where the splits come from, to follow "splits from". */
  readonly origin: string;
  /** Images that could not be used. */
  readonly skipped: number;
  /** How FER+'s votes became labels, where they did. */
  readonly votes?: Protocol | undefined;
}

/**
 * Names and describes a data set. The official split is FER2013's alone: any other that came with the
 * data is the data's own.
 */
export function nameDataset(
  { source, form, splits, digest, split, origin, skipped, votes }: Unnamed,
): Pick<Dataset, "name" | "description" | "split"> {
  const { classes, sample: { shape: [size] } } = form;
  const isFer2013Form = Object.keys(recordedForm(form)).length === 0;
  const kind = split === "official" && isFer2013Form ? recognise(splits, digest) : "other";
  const real = kind === "fer2013";
  const title = {
    fer2013: "FER2013 (Goodfellow et al. 2013)",
    variant: "A variant of FER2013 (its numbers of images, other pixels)",
    other: votes !== undefined
      ? `FER2013's images with the labels of FER+ (Barsoum et al. 2016), by ${votes}`
      : isFer2013Form
      ? "A data set in FER2013's form"
      : `A data set of ${plural(classes.length, "class", "classes")}`,
  }[kind];
  const from = real ? origin : origin.replace("the official ", "the ");
  const left = skipped === 0 ? "" : `; ${skipped} unusable images skipped`;
  return {
    name: real ? "fer2013" : sourceName(source, [
      ...votes === undefined ? [] : [`ferplus-${votes}`],
      ...size === IMAGE_SIZE ? [] : [`${size}px`],
    ]),
    description: `${title}${
      size === IMAGE_SIZE ? "" : `, brought to ${size}x${size} pixels`
    }, splits from ${from}${left}`,
    split: split === "official" && !real ? "own" : split,
  };
}

/** The source's base name made safe for a folder, and never one that means something else. */
function sourceName(name: string, kinds: readonly string[]): string {
  const plain = name.slice(0, name.length - extname(name).length).toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  if (kinds.length > 0) return [plain || "dataset", ...kinds].join("-");
  if (plain === "") return "dataset";
  return plain === "fer2013" || plain === "synthetic" ? `${plain}-variant` : plain;
}

/**
 * Whether splits are FER2013's, by digest or statistics; `variant` where only the numbers of images
 * per split and class are. Takes a second where it has to compute the statistics.
 */
export function recognise(splits: Splits, digest: string): "fer2013" | "variant" | "other" {
  if (digest === FOLDERS_DIGEST) return "fer2013";
  const counted = SPLITS.every((name) =>
    labelCounts(splits[name].labels, EMOTIONS)
      .every((count, label) => count === FOLDERS[name][label]!.images)
  );
  if (!counted) return "other";
  const found = SPLITS.map((name) => ({ name, groups: groupsOf(splits[name]) }));
  const pictures = found.every(({ name, groups }) => samePictures(groups, FOLDERS[name]));
  if (!pictures) return "variant";
  return found.every(({ name, groups }) => sameTone(groups, FOLDERS[name])) ||
      found.every(({ name, groups }) => originalTone(name, groups))
    ? "fer2013"
    : "variant";
}

/** Sides of the cells over which ranks are averaged, in pixels. */
const CELL = 8;
const CELLS = IMAGE_SIZE / CELL;
/** The cell of each pixel. */
const CELL_OF = Uint8Array.from(
  { length: IMAGE_PIXELS },
  (_, i) => Math.floor(i / IMAGE_SIZE / CELL) * CELLS + Math.floor(i % IMAGE_SIZE / CELL),
);

/** A picture with a smaller deviation has nothing on it; FER2013 has none from 0 up to 42. */
const BLANK_DEVIATION = 3;

/**
 * How far statistics may be from those in the table. Measured on PublicTest, whose smallest class has
 * 56 images, for JPEG of quality 75 to 95 from libjpeg and mozjpeg, also after other tones. In
 * brackets what other changes did to the class that they changed most:
 *
 * - ranks in a cell, of 255: up to 0.5 (blur of sigma 0.5 2.2, unsharp mask of 50 % 2.4, labels of 1 %
 *   shuffled 2.7, noise of deviation 3 1.5, CLAHE 22)
 * - sharpness, relative: -9.4 to +7.8 % (blur of sigma 0.5 -22 %, unsharp mask of 50 % +15 %)
 * - mean gray: up to 0.3, deviation -1.04 to 0.4 (equalised once more 2.1 and 1.4)
 * - blank images: none (one blanked: one)
 */
const TOLERANCE = { rank: 1, blurrier: 0.12, sharper: 0.1, mean: 1, deviation: 1.25 } as const;

/** Whether the pictures are the table's, whatever monotone change was made to their grays. */
export function samePictures(found: readonly FerGroup[], known: readonly FerGroup[]): boolean {
  return known.every((group, label) => {
    const { images, blank, sharpness, ranks } = found[label]!;
    const sharper = sharpness / group.sharpness - 1;
    return images === group.images && blank === group.blank &&
      sharper <= TOLERANCE.sharper && sharper >= -TOLERANCE.blurrier &&
      ranks.every((rank, cell) => Math.abs(rank - group.ranks[cell]!) <= TOLERANCE.rank);
  });
}

/** Whether the grays of every class are the table's. */
export function sameTone(found: readonly FerGroup[], known: readonly FerGroup[]): boolean {
  return known.every((group, label) => {
    const { mean, deviation } = found[label]!;
    return Math.abs(mean - group.mean) <= TOLERANCE.mean &&
      Math.abs(deviation - group.deviation) <= TOLERANCE.deviation;
  });
}

/**
 * Whether the grays of a split are the original's. Only Training's are published; the test splits are
 * drawn as it is, and a mean over 3,589 images strays half a gray from it.
 */
function originalTone(name: SplitName, groups: readonly FerGroup[]): boolean {
  const far = name === "Training" ? 1 : 2.5;
  const images = groups.reduce((sum, group) => sum + group.images, 0);
  const mean = groups.reduce((sum, group) => sum + group.images * group.mean, 0) / images;
  const square = groups.reduce(
    (sum, group) => sum + group.images * (group.deviation ** 2 + group.mean ** 2),
    0,
  ) / images;
  return Math.abs(mean - ORIGINAL.mean) <= far &&
    Math.abs(Math.sqrt(square - mean ** 2) - ORIGINAL.deviation) <= far;
}

/** The statistics of each class of a split. */
export function groupsOf(split: Split): FerGroup[] {
  const sums = Array.from({ length: CLASS_COUNT }, () => new GroupSums());
  for (let i = 0; i < split.length; i++) {
    sums[split.labels[i]!]!.add(split.samples.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS));
  }
  return sums.map((group) => group.statistics());
}

/** Adds up one class's images. */
class GroupSums {
  #images = 0;
  #blank = 0;
  #sum = 0;
  #squares = 0;
  #sharpness = 0;
  readonly #cells = new Float64Array(CELLS * CELLS);
  readonly #counts = new Uint32Array(256);
  readonly #rankOf = new Float64Array(256);
  readonly #ranks = new Float64Array(IMAGE_PIXELS);

  add(pixels: SampleValues): void {
    const counts = this.#counts.fill(0);
    for (const gray of pixels) counts[gray]!++;
    let below = 0, sum = 0, squares = 0;
    counts.forEach((count, gray) => {
      // Equal grays share the middle of their ranks.
      this.#rankOf[gray] = (below + count / 2) / IMAGE_PIXELS * 255;
      below += count;
      sum += count * gray;
      squares += count * gray * gray;
    });
    this.#images++;
    this.#sum += sum;
    this.#squares += squares;
    const variance = squares / IMAGE_PIXELS - (sum / IMAGE_PIXELS) ** 2;
    if (variance < BLANK_DEVIATION ** 2) this.#blank++;
    this.#addRanks(pixels);
  }

  #addRanks(pixels: SampleValues): void {
    // Fields in variables: this runs for 83 million pixels.
    const ranks = this.#ranks, cells = this.#cells, rankOf = this.#rankOf;
    for (let i = 0; i < IMAGE_PIXELS; i++) {
      ranks[i] = rankOf[pixels[i]!]!;
      cells[CELL_OF[i]!]! += ranks[i]!;
    }
    let steps = 0;
    for (let i = IMAGE_SIZE; i < IMAGE_PIXELS; i++) {
      steps += Math.abs(ranks[i]! - ranks[i - IMAGE_SIZE]!);
    }
    for (let row = 0; row < IMAGE_PIXELS; row += IMAGE_SIZE) {
      for (let i = row + 1; i < row + IMAGE_SIZE; i++) steps += Math.abs(ranks[i]! - ranks[i - 1]!);
    }
    this.#sharpness += steps / (2 * IMAGE_SIZE * (IMAGE_SIZE - 1));
  }

  statistics(): FerGroup {
    const pixels = this.#images * IMAGE_PIXELS;
    const mean = this.#sum / pixels;
    return {
      images: this.#images,
      blank: this.#blank,
      mean,
      deviation: Math.sqrt(Math.max(0, this.#squares / pixels - mean ** 2)),
      sharpness: this.#sharpness / this.#images,
      ranks: Array.from(this.#cells, (sum) => sum / (this.#images * CELL * CELL)),
    };
  }
}
