/**
 * Damaged input of every kind, seeded: whatever the bytes, loading ends soon, in a data set or in a
 * `UserError` of one line. `FER_LAB_FUZZ=5000` tries that many cases of each kind instead of the few
 * of a quick test.
 *
 * @module
 */

import { strictEqual as assertEquals } from "node:assert/strict";
import { join } from "node:path";
import { randomStream } from "../seed.ts";
import { ARITHMETIC_JPEG, CMYK_JPEG, SAME_PICTURE } from "./_pictures.ts";
import {
  colourJpeg,
  grayJpeg,
  grayPng,
  inFolder,
  makeZip,
  pattern,
  sampleCsv,
  sampleEntries,
} from "./_sample.ts";
import { UserError } from "../error.ts";
import { decodeImage, ImageError } from "./image.ts";
import { loadDataset } from "./load.ts";

const ASKED = Deno.env.get("FER_LAB_FUZZ");
const CASES = Number(ASKED ?? 150);
/** A case that takes longer hangs; each is some kilobytes. */
const MOST_MILLISECONDS = 5000;
/** Resident memory above this is a leak or a bomb. */
const MOST_MEMORY = 1.5 * 2 ** 30;

/** One to eight changes: a flipped bit, a byte set to an extreme, a cut, a piece doubled or dropped. */
function mutate(bytes: Uint8Array, seed: number, name: string): Uint8Array {
  const stream = randomStream(seed, "fuzz", name);
  let result = bytes.slice();
  for (let n = stream.integer(1, 9); n > 0 && result.length > 1; n--) {
    // The last kilobyte is chosen more often: that is where a zip keeps its directory.
    const near = stream.integer(0, 2) === 0 ? Math.max(0, result.length - 1000) : 0;
    const at = stream.integer(near, result.length);
    const end = Math.min(result.length, at + stream.integer(1, 200));
    const kind = stream.integer(0, 6);
    if (kind <= 1) result[at]! ^= 1 << stream.integer(0, 8);
    else if (kind === 2) result[at] = [0, 0xff, 0x7f, 0x80, 10, 44][stream.integer(0, 6)]!;
    else if (kind === 3 && stream.integer(0, 3) === 0) result = result.slice(0, at);
    else if (kind === 4) result = concatenate(result.subarray(0, end), result.subarray(at));
    else if (kind === 5) result = concatenate(result.subarray(0, at), result.subarray(end));
  }
  return result;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function fuzzLoader(name: string, whole: Uint8Array) {
  let refused = 0;
  await inFolder(async (folder) => {
    const path = join(folder, "input");
    for (let seed = 0; seed < CASES; seed++) {
      await Deno.writeFile(path, mutate(whole, seed, name));
      const start = performance.now();
      try {
        await loadDataset(path, { cacheFolder: null, skipBad: seed % 2 === 0 });
      } catch (error) {
        const isOneLine = error instanceof UserError && !/[\n\r]/.test(error.message);
        if (!isOneLine) throw new Error(`Case ${seed} of ${name}`, { cause: error });
        refused++;
      }
      assertEquals(performance.now() - start < MOST_MILLISECONDS, true, `Case ${seed} hangs`);
    }
  });
  assertEquals(Deno.memoryUsage().rss < MOST_MEMORY, true, "Memory grows");
  // Were none or all refused, the mutations would test nothing.
  assertEquals(refused > 0 && refused < CASES, true, `${refused} of ${CASES} refused`);
  tell(name, refused);
}

/** Where many cases were asked for, what came of them is asked for, too. */
function tell(name: string, refused: number): void {
  if (ASKED === undefined) return;
  const memory = Math.round(Deno.memoryUsage().rss / 1e6);
  console.log(`${name}: ${CASES} cases, ${refused} refused, ${memory} MB`);
}

const csv = new TextEncoder().encode(sampleCsv());

Deno.test("loadDataset() survives damaged CSVs", () => fuzzLoader("csv", csv));

Deno.test("loadDataset() survives damaged zips of stored images", async () => {
  await fuzzLoader("stored", makeZip(sampleEntries()));
});

Deno.test("loadDataset() survives damaged zips of deflated images", async () => {
  const entries = sampleEntries().map((entry) => ({ ...entry, deflate: true }));
  await fuzzLoader("deflated", makeZip(entries));
});

Deno.test("loadDataset() survives damaged zips of a CSV", async () => {
  await fuzzLoader("zipped csv", makeZip([{ path: "fer2013.csv", bytes: csv, deflate: true }]));
});

const IMAGES: Readonly<Record<string, Uint8Array>> = {
  png: grayPng(pattern(1)),
  "gray JPEG": grayJpeg(),
  "colour JPEG": colourJpeg(),
  "CMYK JPEG": CMYK_JPEG,
  "arithmetic JPEG": ARITHMETIC_JPEG,
  ...SAME_PICTURE,
};

for (const [name, whole] of Object.entries(IMAGES)) {
  Deno.test(`decodeImage() survives a damaged ${name}, and takes a good one after it`, async () => {
    const good = (await decodeImage(whole)).join();
    let refused = 0;
    for (let seed = 0; seed < CASES; seed++) {
      try {
        await decodeImage(mutate(whole, seed, name));
      } catch (error) {
        if (!(error instanceof ImageError)) throw new Error(`Case ${seed}`, { cause: error });
        refused++;
      }
    }
    assertEquals((await decodeImage(whole)).join(), good);
    assertEquals(Deno.memoryUsage().rss < MOST_MEMORY, true, "Memory grows");
    assertEquals(refused > 0 && refused < CASES, true, `${refused} of ${CASES} refused`);
    tell(name, refused);
  });
}
