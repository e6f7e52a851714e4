import { deepEqual, equal, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { PNG } from "pngjs";
import { encodePng } from "./_png.ts";

Deno.test("encodePng() writes what another decoder reads", () => {
  const pixels = Uint8Array.from({ length: 5 * 3 }, (_, i) => (i * 97) % 256);
  const image = PNG.sync.read(Buffer.from(encodePng(pixels, 5, 3)));
  deepEqual([image.width, image.height], [5, 3]);
  for (let i = 0; i < pixels.length; i++) {
    deepEqual([...image.data.subarray(4 * i, 4 * i + 4)], [pixels[i], pixels[i], pixels[i], 255]);
  }
});

Deno.test("encodePng() refuses pixels that do not fit the size", () => {
  throws(() => encodePng(new Uint8Array(5), 2, 2), RangeError);
  equal(encodePng(new Uint8Array(4), 2, 2).length > 50, true);
});
