import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { colourJpeg, grayJpeg, grayPng, pattern } from "./_sample.ts";
import { decodeImage, ImageError, resample, toGray } from "./image.ts";

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
