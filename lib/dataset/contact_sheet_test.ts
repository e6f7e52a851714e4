import assert from "node:assert/strict";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { EMOTIONS } from "../emotion.ts";
import { contactSheet, rowsByEmotion } from "./contact_sheet.ts";
import { drawFace } from "./faces/draw.ts";
import { generateFaces } from "./synthetic.ts";

Deno.test("contactSheet() is a PNG with each image enlarged", async () => {
  const face = drawFace();
  const png = contactSheet([{ name: "first", images: [face] }, { name: "second", images: [] }], {
    zoom: 2,
  });
  const image = await loadImage(png);
  assert.deepEqual([image.width, image.height], [90 + 99, 2 * 99]);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(90, 0, 96, 96);
  for (const [x, y] of [[0, 0], [20, 30], [47, 47]] as const) {
    for (const corner of [0, 1]) {
      const at = 4 * ((2 * y + corner) * 96 + 2 * x + corner);
      assert.deepEqual([...data.subarray(at, at + 3)], Array(3).fill(face[48 * y + x]));
    }
  }
});

Deno.test("rowsByEmotion() has a row for each class with faces of that label only", () => {
  const split = generateFaces({ seed: 2, training: 60, publicTest: 1, privateTest: 1 }).splits
    .Training;
  const rows = rowsByEmotion(split, 4);
  assert.deepEqual(rows.map((row) => row.name), [...EMOTIONS]);
  for (const [label, row] of rows.entries()) {
    const own = split.labels.filter((value) => value === label).length;
    assert.equal(row.images.length, Math.min(4, own));
  }
  const first = split.labels.indexOf(3);
  assert.deepEqual(rows[3]!.images[0], split.images.subarray(first * 2304, (first + 1) * 2304));
});
