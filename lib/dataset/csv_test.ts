import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import fc from "fast-check";
import { csvRow, flat, pattern } from "./_sample.ts";
import { DatasetBuilder } from "./builder.ts";
import { parsePixels, readPixelCsv } from "./csv.ts";
import { SPLITS } from "./dataset.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A text as a stream of pieces of the given size. */
async function* inPieces(text: string, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function read(text: string, { size = 1000, skipBad = false } = {}) {
  const builder = new DatasetBuilder({ skipBad });
  await readPixelCsv(inPieces(text, size), "x.csv", builder);
  return { splits: builder.finish(), skipped: builder.skipped };
}

const image = fc.record({
  usage: fc.constantFrom(...SPLITS),
  label: fc.integer({ min: 0, max: 6 }),
  pixels: fc.uint8Array({ minLength: 2304, maxLength: 2304, size: "max" }),
});

Deno.test("readPixelCsv() reads every valid CSV as what was written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(image, { maxLength: 4 }),
      fc.shuffledSubarray(["emotion", "pixels", "Usage", "extra"], { minLength: 4 }),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", " "),
      fc.constantFrom("", '"'),
      fc.constantFrom("", "\ufeff"),
      fc.integer({ min: 1, max: 20_000 }),
      async (images, columns, newline, space, quote, mark, size) => {
        const rows = images.map(({ usage, label, pixels }) => {
          const fields: Record<string, string> = {
            emotion: String(label),
            pixels: pixels.join(" "),
            Usage: usage,
            extra: "x",
          };
          return columns.map((column) => quote + fields[column] + quote).join(",");
        });
        const header = columns.join(`,${space}`);
        const { splits } = await read([mark + header, ...rows, ""].join(newline), { size });
        const direct = new DatasetBuilder();
        for (const { usage, label, pixels } of images) direct.add(usage, label, pixels);
        assertEquals(splits, direct.finish());
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("readPixelCsv() takes a last row without a line end, and empty lines", async () => {
  const row = csvRow(3, pattern(1), "Training");
  const { splits } = await read(`emotion,pixels,Usage\n\n${row}\r\n\n${row}`);
  assertEquals(splits.Training.length, 2);
});

const good = csvRow(0, pattern(1), "Training");
const pixels = flat(7).join(" ");
const BAD_ROWS: readonly [row: string, message: RegExp][] = [
  [`0,${pixels} 7,Training`, /row 3: Has 2305 pixels: expected 2304/],
  [`0,${pixels.slice(2)},Training`, /row 3: Has 2303 pixels: expected 2304/],
  ["0,,Training", /row 3: Has 0 pixels/],
  [`0,256 ${pixels.slice(2)},Training`, /row 3: Pixel 1 is "256": expected a whole number/],
  [`0,7 -1 ${pixels.slice(4)},Training`, /row 3: Pixel 2 is "-1"/],
  [`0,7 1.5 ${pixels.slice(4)},Training`, /row 3: Pixel 2 is "1.5"/],
  [`0,7 abc ${pixels.slice(4)},Training`, /row 3: Pixel 2 is "abc"/],
  [`0,99999999999999999999 ${pixels},Training`, /row 3: Pixel 1 is "99999999999999999999"/],
  [`7,${pixels},Training`, /row 3: Unknown emotion "7": expected 0 to 6 \(angry, disgust/],
  [`,${pixels},Training`, /row 3: Unknown emotion ""/],
  [`0,${pixels},Validation`, /row 3: Unknown Usage "Validation": expected Training, PublicTest/],
  [`0,${pixels}`, /row 3: Has 2 fields: expected 3/],
];

for (const [row, message] of BAD_ROWS) {
  Deno.test(`readPixelCsv() names the row: ${message.source}`, async () => {
    const text = ["emotion,pixels,Usage", good, row, good].join("\n");
    await assertRejects(() => read(text), message);
    const { splits, skipped } = await read(text, { skipBad: true });
    assertEquals([splits.Training.length, skipped.map((s) => s.where)], [2, ["x.csv, row 3"]]);
  });
}

Deno.test("readPixelCsv() says which column is missing or twice", async () => {
  await assertRejects(() => read("emotion,pixels\n"), /row 1: Has no column Usage: expected/);
  await assertRejects(() => read("pixels,pixels,emotion,usage\n"), /the column pixels twice/);
  await assertRejects(() => read(""), /Is empty/);
});

Deno.test("readPixelCsv() gives up on a row without end", async () => {
  const text = `emotion,pixels,Usage\n${"1".repeat(2 ** 20 + 1)}`;
  await assertRejects(() => read(text, { size: 2 ** 16 }), /row 2: Is longer than/);
});

Deno.test("parsePixels() allows several spaces between and around numbers", () => {
  const values = new Uint8Array(2304);
  const text = `  ${[...pattern(2)].join("   ")}\t `;
  assertEquals(parsePixels(encode(text), values), undefined);
  assertEquals(values, pattern(2));
});
