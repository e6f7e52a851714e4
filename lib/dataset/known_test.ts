import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { createRequire } from "node:module";
import { FER2013, testWith, withoutFer2013 } from "../_skip.ts";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { FOLDERS, FOLDERS_DIGEST, ORIGINAL } from "./_fer2013.ts";
import { csvRow, flat, pattern } from "./_sample.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import { readPixelCsv } from "./csv.ts";
import { type Dataset, type Split, type SplitName, SPLITS } from "./dataset.ts";
import { decodeImage } from "./image.ts";
import { FER2013_FORM } from "./form.ts";
import { equalise, resample } from "./gray.ts";
import {
  groupsOf,
  isEqualised,
  nameDataset,
  recognise,
  recordedTone,
  samePictures,
  sameTone,
} from "./known.ts";
import { loadDataset } from "./load.ts";
import { generateFaces } from "./synthetic.ts";

type Splits = Readonly<Record<SplitName, Split>>;

function splitOf(labels: readonly number[], pixels: (i: number) => Uint8Array): Split {
  const images = new Uint8Array(labels.length * IMAGE_PIXELS);
  labels.forEach((_, i) => images.set(pixels(i), i * IMAGE_PIXELS));
  return { samples: images, labels: Uint8Array.from(labels), ids: [], length: labels.length };
}

/** As many images per split and class as FER2013 has. */
function withItsCounts(pixels: (i: number) => Uint8Array): Splits {
  return Object.fromEntries(SPLITS.map((name) => {
    const labels = FOLDERS[name].flatMap(({ images }, label) => Array<number>(images).fill(label));
    return [name, splitOf(labels, pixels)];
  })) as Record<SplitName, Split>;
}

const unnamed = {
  form: FER2013_FORM,
  source: "archive.zip",
  digest: "0",
  origin: "x",
  skipped: 0,
};

Deno.test("nameDataset() says official of no split but FER2013's", () => {
  const small = splitOf([0, 3], pattern);
  const splits = { Training: small, PublicTest: small, PrivateTest: small };
  assertEquals(nameDataset({ ...unnamed, splits, split: "official" }), {
    name: "archive",
    description: "A data set in FER2013's form, splits from x",
    split: "own",
  });
  for (const split of ["stratified-tenth", "own"] as const) {
    assertEquals(nameDataset({ ...unnamed, splits, split }).split, split);
  }
  const { description } = nameDataset({
    ...unnamed,
    splits,
    split: "official",
    origin: "the official prefixes of the file names",
    skipped: 2,
  });
  assertEquals(
    description,
    "A data set in FER2013's form, splits from the prefixes of the file names; " +
      "2 unusable images skipped",
  );
});

Deno.test("nameDataset() calls other pixels in FER2013's numbers a variant of it", () => {
  const faces = [1, 2, 3].map((n) => pattern(n));
  for (const pixels of [() => flat(0), (i: number) => faces[i % 3]!]) {
    const splits = withItsCounts(pixels);
    const named = nameDataset({ ...unnamed, source: "FER2013.csv", splits, split: "official" });
    assertEquals(named, {
      name: "fer2013-variant",
      description: "A variant of FER2013 (its numbers of images, other pixels), splits from x",
      split: "own",
    });
  }
});

let loaded: Promise<Dataset> | undefined;
function fer2013(): Promise<Dataset> {
  return loaded ??= loadDataset(FER2013);
}

/** Every image of a split changed. */
function changed(split: Split, change: (pixels: Uint8Array, i: number) => Uint8Array): Split {
  const images = new Uint8Array(split.samples.length);
  for (let i = 0; i < split.length; i++) {
    const at = i * IMAGE_PIXELS;
    images.set(change((split.samples as Uint8Array).subarray(at, at + IMAGE_PIXELS), i), at);
  }
  return { ...split, samples: images };
}

function everySplit(splits: Splits, change: (pixels: Uint8Array, i: number) => Uint8Array): Splits {
  return Object.fromEntries(SPLITS.map((name) => [name, changed(splits[name], change)])) as Record<
    SplitName,
    Split
  >;
}

/** What OpenCV and Photoshop call histogram equalisation. */
function equalised(pixels: Uint8Array): Uint8Array {
  const below = new Array<number>(257).fill(0);
  for (const gray of pixels) below[gray + 1]!++;
  const first = below.slice(1).find((count) => count > 0)!;
  for (let gray = 0; gray < 256; gray++) below[gray + 1]! += below[gray]!;
  if (first === pixels.length) return pixels;
  return pixels.map((gray) =>
    Math.round((below[gray + 1]! - first) / (pixels.length - first) * 255)
  );
}

/** Each pixel with a share of its distance from its neighbours' mean added (less than 0: blurred). */
function sharpened(pixels: Uint8Array, share: number): Uint8Array {
  const at = (x: number, y: number) => {
    const inside = (v: number) => Math.min(IMAGE_SIZE - 1, Math.max(0, v));
    return pixels[inside(y) * IMAGE_SIZE + inside(x)]!;
  };
  return pixels.map((gray, i) => {
    const x = i % IMAGE_SIZE, y = Math.floor(i / IMAGE_SIZE);
    const around = (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1)) / 4;
    return Math.min(255, Math.max(0, Math.round(gray + share * (gray - around))));
  });
}

/** Equalised in each quarter on its own: a plain relative of CLAHE. */
function equalisedLocally(pixels: Uint8Array): Uint8Array {
  const half = IMAGE_SIZE / 2;
  const result = new Uint8Array(pixels.length);
  for (const [left, top] of [[0, 0], [half, 0], [0, half], [half, half]] as const) {
    const places = Array.from(
      { length: half * half },
      (_, i) => (top + Math.floor(i / half)) * IMAGE_SIZE + left + i % half,
    );
    const quarter = equalised(Uint8Array.from(places, (place) => pixels[place]!));
    places.forEach((place, i) => result[place] = quarter[i]!);
  }
  return result;
}

async function jpegEncoder(): Promise<
  (pixels: Uint8Array, quality: number) => Promise<Uint8Array>
> {
  const file = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
  const { default: encode, init } = await import("@jsquash/jpeg/encode.js");
  await init(await WebAssembly.compile(await Deno.readFile(file)));
  return async (pixels, quality) => {
    const data = new Uint8ClampedArray(4 * pixels.length);
    pixels.forEach((gray, i) => data.set([gray, gray, gray, 255], 4 * i));
    const picture = { data, width: IMAGE_SIZE, height: IMAGE_SIZE } as unknown as ImageData;
    return new Uint8Array(await encode(picture, { quality }));
  };
}

function fits(split: Split, name: SplitName): boolean {
  const groups = groupsOf(split);
  return samePictures(groups, FOLDERS[name]) && sameTone(groups, FOLDERS[name]);
}

testWith(withoutFer2013, "The table is of the copy in class folders", async () => {
  const { splits, digest } = await fer2013();
  assertEquals(digest, FOLDERS_DIGEST);
  for (const name of SPLITS) {
    groupsOf(splits[name]).forEach(({ ranks, ...group }, label) => {
      const { ranks: known, ...rest } = FOLDERS[name][label]!;
      for (const [key, value] of Object.entries(rest)) {
        assertEquals(Math.abs(value - group[key as keyof typeof group]) < 0.0051, true, key);
      }
      assertEquals(ranks.map((rank, cell) => Math.abs(rank - known[cell]!) < 0.0501), [
        ...Array<boolean>(36).fill(true),
      ]);
    });
  }
});

testWith(withoutFer2013, "FER2013 encoded again as JPEG is FER2013", async () => {
  const { samples, labels } = (await fer2013()).splits.PublicTest;
  const encode = await jpegEncoder();
  // Of the classes, the smallest and the two that JPEG changes most.
  const classes = [0, 1, 5];
  const known = classes.map((label) => FOLDERS.PublicTest[label]!);
  const members = [...labels.keys()].filter((i) => classes.includes(labels[i]!));
  for (const quality of [75, 95]) {
    const again: Uint8Array[] = [];
    for (const i of members) {
      const jpeg = await encode(
        (samples as Uint8Array).subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS),
        quality,
      );
      again.push(await decodeImage(jpeg));
    }
    const groups = groupsOf(splitOf(members.map((i) => labels[i]!), (i) => again[i]!));
    const found = classes.map((label) => groups[label]!);
    assertEquals([quality, samePictures(found, known), sameTone(found, known)], [
      quality,
      true,
      true,
    ]);
  }
});

testWith(
  withoutFer2013,
  "FER2013 with changed pixels, labels or splits is not FER2013",
  async () => {
    const { PublicTest, PrivateTest } = (await fer2013()).splits;
    assertEquals(fits(PublicTest, "PublicTest"), true);
    const one = (wanted: number, change: (pixels: Uint8Array) => Uint8Array) =>
      changed(PublicTest, (pixels, i) => i === wanted ? change(pixels) : pixels);
    const ofClass = (label: number, change: (pixels: Uint8Array) => Uint8Array) =>
      changed(PublicTest, (pixels, i) => PublicTest.labels[i] === label ? change(pixels) : pixels);
    const random = { at: 7 };
    const wrong: Record<string, Split> = {
      equalised: changed(PublicTest, equalised),
      "one class equalised": ofClass(5, equalised),
      "equalised locally": changed(PublicTest, equalisedLocally),
      sharpened: changed(PublicTest, (pixels) => sharpened(pixels, 0.5)),
      "one class sharpened": ofClass(1, (pixels) => sharpened(pixels, 0.5)),
      blurred: changed(PublicTest, (pixels) => sharpened(pixels, -0.4)),
      inverted: changed(PublicTest, (pixels) => pixels.map((gray) => 255 - gray)),
      mirrored: changed(
        PublicTest,
        (pixels) => pixels.map((_, i) => pixels[i - 2 * (i % IMAGE_SIZE) + IMAGE_SIZE - 1]!),
      ),
      brighter: changed(PublicTest, (pixels) => pixels.map((gray) => Math.min(255, gray + 4))),
      "one blank": one(100, () => flat(128)),
      "labels turned round": { ...PublicTest, labels: PublicTest.labels.toReversed() },
      "labels of a tenth exchanged": {
        ...PublicTest,
        labels: (() => {
          const labels = PublicTest.labels.slice();
          for (let i = 0; i < labels.length / 20; i++) {
            random.at = (random.at * 1103515245 + 12345) % 2 ** 31;
            const [a, b] = [i * 17 % labels.length, random.at % labels.length];
            [labels[a], labels[b]] = [labels[b]!, labels[a]!];
          }
          return labels;
        })(),
      },
      "images of PrivateTest": (() => {
        const pool = PrivateTest.labels.length;
        const used = new Set<number>();
        return changed(PublicTest, (pixels, i) => {
          for (let k = 0; k < pool; k++) {
            if (used.has(k) || PrivateTest.labels[k] !== PublicTest.labels[i]) continue;
            used.add(k);
            return (PrivateTest.samples as Uint8Array).subarray(
              k * IMAGE_PIXELS,
              (k + 1) * IMAGE_PIXELS,
            );
          }
          return pixels;
        });
      })(),
    };
    const taken = Object.keys(wrong).filter((kind) => fits(wrong[kind]!, "PublicTest"));
    assertEquals(taken, []);
  },
);

testWith(
  withoutFer2013,
  "FER2013 as the Kaggle CSV is FER2013, with its own words for the split",
  async () => {
    const { splits } = await fer2013();
    const encoder = new TextEncoder();
    async function* csv(): AsyncGenerator<Uint8Array> {
      yield encoder.encode("emotion,pixels,Usage\n");
      for (const name of SPLITS.toReversed()) {
        const { samples, labels, length } = splits[name];
        for (let i = 0; i < length; i++) {
          const pixels = (samples as Uint8Array).subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
          yield encoder.encode(csvRow(labels[i]!, pixels, name) + "\n");
        }
      }
    }
    const builder = new DatasetBuilder();
    await readPixelCsv(csv(), "fer2013.csv", builder);
    const read = builder.finish();
    const named = nameDataset({
      ...unnamed,
      splits: read,
      digest: datasetDigest(read),
      split: "official",
      origin: "the CSV's Usage column",
    });
    assertEquals(named, {
      name: "fer2013",
      description: "FER2013 (Goodfellow et al. 2013), splits from the CSV's Usage column",
      split: "official",
    });
  },
);

testWith(
  withoutFer2013,
  "The original's grays are FER2013's too, and grays between the two are not",
  async () => {
    const { splits } = await fer2013();
    // The copy's grays over all of Training are 130.96 +- 78.22.
    const toned = (mean: number, deviation: number) =>
      everySplit(
        splits,
        (pixels) => pixels.map((gray) => Math.round(mean + (gray - 130.96) * deviation / 78.22)),
      );
    assertEquals(recognise(toned(ORIGINAL.mean, ORIGINAL.deviation), "other"), "fer2013");
    assertEquals(recognise(splits, "other"), "fer2013");
    assertEquals(recognise(toned(130, 71), "other"), "variant");
  },
);

Deno.test("recordedTone() tells equalised pictures of any size by their grays, FER2013's by its digest alone", () => {
  const faces = generateFaces({ seed: 1, training: 20, publicTest: 1, privateTest: 1 });
  const { samples } = faces.splits.Training;
  const brought = (size: number, change: (gray: Uint8Array) => Uint8Array) => {
    const images = Array.from({ length: 20 }, (_, i) => {
      const image = samples.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS) as Uint8Array;
      return [...resample(change(image), IMAGE_SIZE, IMAGE_SIZE, size)];
    });
    const Training = { ...faces.splits.Training, samples: Uint8Array.from(images.flat()) };
    const sample = { ...faces.sample, shape: [size, size, 1] };
    return recordedTone({ ...faces, sample, splits: { ...faces.splits, Training } });
  };
  for (const size of [IMAGE_SIZE, 64, 112]) {
    assertEquals(brought(size, (gray) => gray), {});
    assertEquals(brought(size, equalise), { equalised: true });
  }
  assertEquals(recordedTone({ ...faces, digest: FOLDERS_DIGEST }), {});
  const { digest } = faces;
  const told = [{ digest: FOLDERS_DIGEST }, { digest }, { digest, equalised: true as const }];
  assertEquals(told.map(isEqualised), [true, false, true]);
});
