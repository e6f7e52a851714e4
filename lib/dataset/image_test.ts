import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { ARITHMETIC_JPEG, CMYK_JPEG, SAME_PICTURE, SAME_PIXELS } from "./_pictures.ts";
import { colourJpeg, grayJpeg, grayPng, pattern } from "./_sample.ts";
import { resample, toGray } from "./gray.ts";
import { decodeImage, ImageError, imageKind, isPictureName } from "./image.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

// The two digests were made with sharp 0.35.5 (libvips 8.18.7), another build of libjpeg.
Deno.test("decodeImage() decodes a gray JPEG to libjpeg's luma to the bit", async () => {
  assertEquals(
    sha256(await decodeImage(grayJpeg())),
    "ca6dfa0d56ef333f723222ef272e019861ca881067c7be324366d62c5e72cfc3",
  );
});

Deno.test("decodeImage() decodes a colour JPEG to the luma of libjpeg's colours", async () => {
  assertEquals(
    sha256(await decodeImage(colourJpeg())),
    "8bbb2cc8e432b6802eda38a15f30f1c11815e5ae967324a27939b1239246e742",
  );
});

Deno.test("decodeImage() gives a 48x48 gray PNG as it is", async () => {
  assertEquals(await decodeImage(grayPng(pattern(3))), pattern(3));
});

Deno.test("decodeImage() brings another size to 48x48", async () => {
  const wide = pattern(0, 100, 60);
  assertEquals(await decodeImage(grayPng(wide, 100, 60)), resample(wide, 100, 60));
});

Deno.test("decodeImage() refuses every truncation of a JPEG and of a PNG", async () => {
  for (const whole of [grayJpeg(), grayPng(pattern(1))]) {
    for (let length = 0; length < whole.length - 2; length += 23) {
      await assertRejects(() => decodeImage(whole.slice(0, length)), ImageError, `${length}`);
    }
  }
  assertEquals((await decodeImage(grayPng(pattern(1)))).length, 2304);
});

Deno.test("decodeImage() does not mix up images that are decoded at once", async () => {
  const cut = grayJpeg().slice(0, 700);
  const outcomes = await Promise.allSettled(
    [cut, grayJpeg(), cut, colourJpeg()].map((bytes) => decodeImage(bytes)),
  );
  assertEquals(
    outcomes.map((outcome) => outcome.status),
    ["rejected", "fulfilled", "rejected", "fulfilled"],
  );
});

Deno.test("decodeImage() refuses a picture that claims to be huge before unpacking it", async () => {
  const jpeg = grayJpeg();
  const frame = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc0));
  jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await assertRejects(() => decodeImage(jpeg), /Claims 65535x65535 pixels/);
});

Deno.test("toGray() keeps gray and weighs colours as ITU-R 601 does", () => {
  for (let value = 0; value < 256; value++) {
    const data = Uint8Array.of(value, value, value, 255);
    assertEquals(toGray({ data, width: 1, height: 1 })[0], value);
  }
  const data = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255);
  assertEquals([...toGray({ data, width: 3, height: 1 })], [76, 150, 29]);
});

// Computed with Pillow 12's Image.resize((48, 48), BILINEAR), which rounds in between.
Deno.test("resample() agrees with Pillow's antialiased bilinear within one gray level", () => {
  const cases = [
    {
      width: 100,
      height: 60,
      first: [6, 17, 29, 42, 54, 67],
      last: [146, 151, 164, 168, 177, 186],
    },
    { width: 30, height: 40, first: [0, 2, 5, 8, 12, 15], last: [37, 52, 47, 20, 31, 42] },
    { width: 48, height: 96, first: [2, 10, 18, 26, 34, 41], last: [125, 56, 32, 35, 19, 52] },
  ];
  for (const { width, height, first, last } of cases) {
    const result = resample(pattern(0, width, height), width, height);
    const off = (expected: number[], start: number) =>
      Math.max(...expected.map((value, i) => Math.abs(value - result[start + i]!)));
    assertEquals(off(first, 0) <= 1 && off(last, 2304 - 6) <= 1, true, `${width}x${height}`);
  }
});

Deno.test("resample() leaves 48x48 as it is", () => {
  assertEquals(resample(pattern(5), 48, 48), pattern(5));
});

const PNM: Readonly<Record<string, Uint8Array>> = {
  PGM: new Uint8Array([...new TextEncoder().encode("P5\n6 4\n255\n"), ...SAME_PIXELS]),
  "PGM, as text": new TextEncoder().encode(`P2\n# by hand\n6 4\n255\n${SAME_PIXELS.join(" ")}\n`),
  PPM: new Uint8Array([
    ...new TextEncoder().encode("P6 6 4 255\n"),
    ...[...SAME_PIXELS].flatMap((value) => [value, value, value]),
  ]),
};

for (const [name, file] of Object.entries({ ...SAME_PICTURE, ...PNM })) {
  Deno.test(`decodeImage() reads ${name}, of several pages or frames the first`, async () => {
    const expected = resample(SAME_PIXELS, 6, 4);
    const pixels = await decodeImage(file);
    // AVIF computes colours on its way, and 16 bits were 8 before.
    const off = Math.max(...pixels.map((value, i) => Math.abs(value - expected[i]!)));
    assertEquals(off <= (name === "AVIF" ? 2 : 0), true, `${off}`);
  });
}

Deno.test("decodeImage() refuses a cut picture in every format, and takes a whole one after it", async () => {
  const files = { ...SAME_PICTURE, ...PNM, "CMYK JPEG": CMYK_JPEG, arithmetic: ARITHMETIC_JPEG };
  for (const [name, file] of Object.entries(files)) {
    // The second page or frame, and what a directory at the end says of it, may be missing.
    if (/two/.test(name)) continue;
    for (const share of [0.2, 0.5, 0.8]) {
      const cut = file.slice(0, Math.floor(file.length * share));
      await assertRejects(() => decodeImage(cut), (error: Error) => {
        assertEquals([error.name, /[\n`@]/.test(error.message)], ["ImageError", false], `${error}`);
        return true;
      }, `${name} ${share}`);
    }
  }
  assertEquals(await decodeImage(SAME_PICTURE.TIFF!), resample(SAME_PIXELS, 6, 4));
});

Deno.test("decodeImage() refuses a picture in another format that claims to be huge", async () => {
  const header = new TextEncoder().encode("P5\n60000 60000\n255\n");
  await assertRejects(() => decodeImage(header), /Claims 60000x60000 pixels/);
  const bmp = SAME_PICTURE.BMP!.slice();
  bmp.set([0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0], 18);
  await assertRejects(() => decodeImage(bmp), /Claims 65535x65535 pixels/);
});

Deno.test("decodeImage() refuses a TIFF of 32 bits, and one packed in a way that is not read", async () => {
  // In Pillow's 16-bit file, 16 stands for the bits (tag 258) and 1 for no compression (tag 259).
  const file = SAME_PICTURE["TIFF, 16 bits"]!;
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer);
  const entry = (bytes: Uint8Array, tag: number) => {
    const start = view(bytes).getUint32(4, true);
    for (let at = start + 2;; at += 12) if (view(bytes).getUint16(at, true) === tag) return at + 8;
  };
  const deep = new Uint8Array([...file, ...file]);
  view(deep).setUint16(entry(deep, 258), 32, true);
  view(deep).setUint32(entry(deep, 279), 96, true);
  await assertRejects(() => decodeImage(deep), /Has 32 bits a channel: convert it to 8 or 16 bits/);
  const packed = file.slice();
  view(packed).setUint16(entry(packed, 259), 50_000, true);
  await assertRejects(() => decodeImage(packed), /Is a TIFF of a kind that is not read \(ZSTD/);
});

Deno.test("decodeImage() names a format that is not read, and how to convert it", async () => {
  await assertRejects(
    () => decodeImage(Uint8Array.of(0, 0, 2, 0, 0), "train/happy/1.TGA"),
    /^ImageError: Is TGA, which is not read: .*"magick mogrify -format png \*\.tga"/,
  );
  await assertRejects(
    () => decodeImage(new TextEncoder().encode("hello"), "1.png"),
    /Is no picture by its content: expected PNG, JPEG, TIFF/,
  );
  await assertRejects(() => decodeImage(new Uint8Array(100), "1.png"), /nothing but zeros/);
});

Deno.test("imageKind() takes no text, table or sound for a picture", () => {
  for (
    const start of [
      "emotion,pixels,Usage",
      "BMW and others are cars, and this is text",
      "P1 is a process",
      "Passed",
      "II. Methods",
      "RIFF1234WAVEfmt ",
      "....ftypisom",
      "GIF is a format",
      "%PDF-1.7",
      "\x7fELF",
      "PK\x03\x04",
    ]
  ) assertEquals(imageKind(new TextEncoder().encode(start)), undefined, start);
});

Deno.test("isPictureName() knows pictures by their endings, in any case", () => {
  for (
    const name of [
      "a.png",
      "a.JPG",
      "a.jpeg",
      "KA.AN1.39.tiff",
      "b/a.TIF",
      "a.heic",
      "a.tga",
      "a.CR2",
    ]
  ) {
    assertEquals(isPictureName(name), true, name);
  }
  for (
    const name of ["a.txt", "png", "labels.csv", "a.png.txt", "Picasa.ini", "a", "a.mat", "a.ico"]
  ) {
    assertEquals(isPictureName(name), false, name);
  }
});
