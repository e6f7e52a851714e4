import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomStream } from "../seed.ts";
import {
  ARITHMETIC_JPEG,
  CMYK_GRAY,
  CMYK_JPEG,
  HUFFMAN_JPEG,
  YCCK_GRAY,
  YCCK_JPEG,
} from "./_pictures.ts";
import { colourJpeg, grayJpeg } from "./_sample.ts";
import { toGray } from "./gray.ts";
import { decodeImage } from "./image.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodeMagick } from "./magick.ts";

/** Puts bytes before a place in a file. */
function insert(file: Uint8Array, at: number, bytes: Iterable<number>): Uint8Array {
  return new Uint8Array([...file.subarray(0, at), ...bytes, ...file.subarray(at)]);
}

/** Where a marker first stands. */
function find(file: Uint8Array, marker: number): number {
  const at = Buffer.from(file).indexOf(Uint8Array.of(0xff, marker));
  assertEquals(at > 0, true);
  return at;
}

const gray = async (file: Uint8Array) => toGray(await decodeJpeg(file));

Deno.test("decodeJpeg() reads CMYK and YCCK to the gray values that Pillow has", async () => {
  assertEquals(await gray(CMYK_JPEG), CMYK_GRAY);
  assertEquals(await gray(YCCK_JPEG), YCCK_GRAY);
});

Deno.test("decodeJpeg() reads arithmetic coding", async () => {
  assertEquals(ARITHMETIC_JPEG.length < HUFFMAN_JPEG.length, true);
  assertEquals(await gray(ARITHMETIC_JPEG), await gray(HUFFMAN_JPEG));
});

Deno.test("decodeJpeg() refuses bytes left over after the picture's data, but for padding", async () => {
  const whole = await gray(grayJpeg());
  const end = grayJpeg().length - 2;
  assertEquals(await gray(insert(grayJpeg(), end, Array(8).fill(0x55))), whole);
  // The decoder has taken up to four of them already when it counts.
  for (const count of [13, 54, 1200]) {
    await assertRejects(
      () => decodeJpeg(insert(grayJpeg(), end, Array(count).fill(0x55))),
      /damaged JPEG \(Corrupt JPEG data: \d+ extraneous bytes before marker 0xd9/,
    );
  }
  await assertRejects(
    () => decodeJpeg(insert(CMYK_JPEG, CMYK_JPEG.length - 2, Array(20).fill(0x55))),
    /\d\d extraneous bytes/,
  );
});

Deno.test("decodeJpeg() reads past junk in the header, which then hides no damage", async () => {
  for (
    const [file, marker] of [[grayJpeg(), 0xdb], [colourJpeg(), 0xc0], [CMYK_JPEG, 0xc4]] as const
  ) {
    const whole = await gray(file);
    for (const junk of [[0], [1, 2, 3, 4, 5], Array(300).fill(7)]) {
      const spoiled = insert(file, junk.length === 1 ? 2 : find(file, marker), junk);
      assertEquals([isJpeg(spoiled), await gray(spoiled)], [true, whole]);
      await assertRejects(
        () => decodeJpeg(insert(spoiled, spoiled.length - 2, Array(30).fill(0x55))),
        /\d\d extraneous bytes before marker 0xd9/,
      );
    }
  }
});

Deno.test("decodeJpeg() reads a JFIF version from the future, which hides no damage", async () => {
  const jfif = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 9, 2, 0, 0, 1, 0, 1, 0, 0];
  const file = insert(grayJpeg(), 2, jfif);
  assertEquals(await gray(file), await gray(grayJpeg()));
  await assertRejects(
    () => decodeJpeg(insert(file, file.length - 2, Array(30).fill(0x55))),
    /\d\d extraneous bytes/,
  );
});

Deno.test("decodeJpeg() refuses what libjpeg warns of after a flipped bit, but for 8 bytes", async () => {
  const random = randomStream(1, "flipped bits");
  const whole = grayJpeg();
  const from = find(whole, 0xda) + 10;
  const seen = { warned: 0, refused: 0, padding: 0 };
  for (let n = 0; n < 300; n++) {
    const at = random.integer(from, whole.length - 2);
    const file = whole.with(at, whole[at]! ^ (1 << random.integer(0, 8)));
    const { picture, warnings } = await decodeMagick(file, "JPEG");
    const refused = await decodeJpeg(file).then(() => false, () => true);
    if (warnings.length === 0) assertEquals([refused, picture !== undefined], [false, true]);
    else seen.warned++;
    if (refused) seen.refused++;
    else if (/ [1-8] extraneous/.test(warnings[0] ?? "")) seen.padding++;
  }
  assertEquals(seen.warned, seen.refused + seen.padding);
  assertEquals(seen.warned > 50 && seen.padding < seen.warned / 10, true, JSON.stringify(seen));
});

Deno.test("decodeJpeg() says where a file is another kind of JPEG, or none", async () => {
  const withFrame = (change: (frame: Uint8Array) => void) => {
    const file = grayJpeg();
    change(file.subarray(find(file, 0xc0)));
    return file;
  };
  const cases: [file: Uint8Array, reason: RegExp][] = [
    [grayJpeg().slice(0, 20), /no frame header/],
    [
      withFrame((frame) => frame[1] = 0xc5),
      /of a kind that is not read \(SOF5, 8 bits, 1 channels/,
    ],
    [withFrame((frame) => frame[4] = 12), /of a kind that is not read \(SOF0, 12 bits, 1 channels/],
    [withFrame((frame) => frame.fill(0, 5, 9)), /^Claims 0x0 pixels/],
  ];
  for (const [file, reason] of cases) {
    await assertRejects(() => decodeImage(file), (error: Error) => {
      assertEquals([error.name, reason.test(error.message)], ["ImageError", true], `${error}`);
      return true;
    });
  }
});
