import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import { confusionCells } from "./confusion.ts";
import { confusionImage } from "./confusion_image.ts";

/** Decodes an image, and tells the colour of a pixel as `#RRGGBB`. */
async function drawn(confusion: readonly (readonly number[])[], classes: readonly string[]) {
  const { width, height, png } = await confusionImage(confusion, { classes });
  const image = PNG.sync.read(Buffer.from(png));
  deepStrictEqual([image.width, image.height], [width, height]);
  const at = (x: number, y: number) =>
    "#" + image.data.subarray(4 * (y * width + x)).subarray(0, 3).toString("hex").toUpperCase();
  return { width, height, at };
}

/** The colours in the lower right corners of the cells, which no text reaches, by row. */
function corners(
  { width, height, at }: Awaited<ReturnType<typeof drawn>>,
  [across, down]: readonly [number, number],
  count: number,
): string[][] {
  const [right, bottom] = [width - 14, height - 14];
  return Array.from(
    { length: count },
    (_, i) =>
      Array.from(
        { length: count },
        (_, j) => at(right - (count - 1 - j) * across - 4, bottom - (count - 1 - i) * down - 4),
      ),
  );
}

Deno.test("A confusion matrix's image has the colours of its figure, names of classes and numbers", async () => {
  const confusion = [[75, 20, 5], [0, 0, 0], [1, 1, 98]];
  const classes = ["angry", "no faces", "überrascht"];
  const image = await drawn(confusion, classes);
  const fills = confusionCells(confusion, { classes, samples: "images" })
    .map((row) => row.map(({ fill }) => fill));
  deepStrictEqual(corners(image, [88, 62], 3), fills);
  // Ink left of the first row, and of a name above each column; white where nothing stands.
  const darkest = (x0: number, x1: number, y0: number, y1: number) => {
    let least = 255;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        least = Math.min(least, parseInt(image.at(x, y).slice(1, 3), 16));
      }
    }
    return least;
  };
  const [left, top] = [image.width - 14 - 3 * 88, image.height - 14 - 3 * 62];
  ok(darkest(14, left - 14, top, top + 62) < 0x40, "the row has no name");
  ok(darkest(left, left + 88, top - 35, top - 5) < 0x40, "the column has no name");
  strictEqual(darkest(0, 12, 0, image.height), 255);
  // White on dark, dark on light.
  ok(darkest(left + 88, left + 176, top + 8, top + 54) < 0x40, "the cell has no number");
  deepStrictEqual(
    await confusionImage(confusion, { classes }),
    await confusionImage(confusion, { classes }),
  );
});

Deno.test("Of many classes the image stays small, and long names are cut", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `class ${i} `.repeat(i === 0 ? 40 : 1));
  const confusion = names.map((_, i) => names.map((_, j) => i === j ? 3 : 1));
  const image = await drawn(confusion, names);
  ok(image.width < 1000 && image.height < 700, `${image.width} x ${image.height}`);
  deepStrictEqual(
    corners(image, [30, 26], 20),
    confusionCells(confusion, { classes: names, samples: "" })
      .map((row) => row.map(({ fill }) => fill)),
  );
  await rejects(() => confusionImage(confusion, { classes: ["a"] }), RangeError);
});
