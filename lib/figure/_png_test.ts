import { deepEqual, equal, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { encodePng } from "./_png.ts";

Deno.test("encodePng() writes what another decoder reads", async () => {
  const pixels = Uint8Array.from({ length: 5 * 3 }, (_, i) => (i * 97) % 256);
  const image = await loadImage(Buffer.from(encodePng(pixels, 5, 3)));
  deepEqual([image.width, image.height], [5, 3]);
  const context = createCanvas(5, 3).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, 5, 3);
  for (let i = 0; i < pixels.length; i++) {
    deepEqual([...data.slice(4 * i, 4 * i + 4)], [pixels[i], pixels[i], pixels[i], 255]);
  }
});

Deno.test("encodePng() refuses pixels that do not fit the size", () => {
  throws(() => encodePng(new Uint8Array(5), 2, 2), RangeError);
  equal(encodePng(new Uint8Array(4), 2, 2).length > 50, true);
});
