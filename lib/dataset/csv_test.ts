import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { csvRow, flat, pattern } from "./_sample.ts";
import { DatasetBuilder } from "./builder.ts";
import { parsePixels, readPixelCsv } from "./csv.ts";
import { SPLITS } from "./dataset.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Bytes as a stream of pieces of the given size, in one memory as files are read. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xff);
  }
}

async function read(input: string | Uint8Array, { size = 1000, skipBad = false } = {}) {
  const builder = new DatasetBuilder({ skipBad });
  const bytes = typeof input === "string" ? encode(input) : input;
  await readPixelCsv(inPieces(bytes, size), "x.csv", builder);
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

/** UTF-16 with a byte order mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i + 2, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  "UTF-8": encode,
  "UTF-8 with a mark": (text) => encode(`\ufeff${text}`),
  "UTF-16LE": (text) => utf16(text, true),
  "UTF-16BE": (text) => utf16(text, false),
  "UTF-16LE without a mark": (text) => utf16(text, true).subarray(2),
};

Deno.test("readPixelCsv() reads what spreadsheets and PowerShell write, whatever else is in it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          usage: fc.constantFrom(...SPLITS),
          label: fc.integer({ min: 0, max: 6 }),
          n: fc.nat({ max: 255 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      fc.shuffledSubarray(["emotion", "pixels", "Usage", "note", ""], { minLength: 5 }),
      fc.constantFrom(...Object.keys(ENCODINGS)),
      fc.constantFrom(",", ";", "\t", "|"),
      fc.constantFrom("", "sep", '"sep"', "#TYPE System.Object", " "),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.boolean(),
      fc.constantFrom(" ", "\n", "  "),
      fc.string({ unit: fc.constantFrom("x", ",", ";", '"', "\n", "\t", "|", " ", "\u00e9") }),
      fc.integer({ min: 1, max: 20_000 }),
      async (images, columns, encoding, delimiter, first, lineEnd, quoted, gap, note, size) => {
        // Line feeds in fields would be ends of lines where files have none but those.
        const plain = (text: string) => lineEnd === "\r" ? text.replaceAll("\n", " ") : text;
        const rows = images.map(({ usage, label, n }, i) => ({
          emotion: label,
          pixels: plain([...pattern(n)].join(gap)),
          Usage: [usage, usage.toUpperCase(), usage.toLowerCase()][i % 3],
          note: plain(note),
          "": i,
        }));
        const table = stringify(rows, {
          header: true,
          columns,
          delimiter,
          quoted,
          quoted_match: /\n/,
          record_delimiter: lineEnd,
        });
        const before = first === "" ? "" : first.replace(/sep/, `sep=${delimiter}`) + lineEnd;
        const { splits } = await read(ENCODINGS[encoding]!(before + table), { size });
        const direct = new DatasetBuilder();
        for (const { usage, label, n } of images) direct.add(usage, label, pattern(n));
        assertEquals(splits, direct.finish());
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

Deno.test("readPixelCsv() takes rows that spreadsheets fill up, cut short or leave empty", async () => {
  const row = csvRow(3, pattern(1), "Training");
  const lines = [
    "emotion,pixels,Usage,note",
    row, // Excel leaves out the separators of empty cells at the end
    `${row},,,,`,
    ",,,",
    '"",  ,,,,',
    row.replace("3,", "3.0,"),
    row.replace("3,", '"3,0",'),
    row.replace("Training", "Public Test"),
  ];
  const { splits } = await read(lines.join("\n"));
  assertEquals([splits.Training.length, splits.PublicTest.length], [4, 1]);
});

Deno.test("readPixelCsv() counts rows as editors do, over line ends in fields", async () => {
  const lines = [
    "sep=;",
    "emotion;pixels;Usage;note",
    `0;${flat(1).join(" ")};Training;"two`,
    'lines"',
    `9;${flat(1).join(" ")};Training;`,
  ];
  await assertRejects(() => read(lines.join("\r\n")), /row 5: Unknown emotion "9"/);
});

Deno.test("readPixelCsv() refuses a quote without end instead of losing the rows behind it", async () => {
  const row = csvRow(3, pattern(1), "Training");
  const open = row.replace("Training", '"Training');
  const text = ["emotion,pixels,Usage", row, open, ...Array(200).fill(row)].join("\n");
  for (const skipBad of [false, true]) {
    await assertRejects(
      () => read(text, { skipBad }),
      /row 3: Has a quoted field that does not end/,
    );
  }
  const all = text.replace(/[^,\n]+/g, '"$&"').replaceAll('""Training"', '"Training');
  await assertRejects(() => read(all, { skipBad: true }), /row 3: Has a quoted field/);
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
  [`0,${pixels},Training,1`, /row 3: Has 4 fields: expected 3/],
  [`0,${pixels},"Training"x`, /row 3: Unknown Usage ""Training"x"/],
  [`0,"${pixels.replace("7", '""7')}",Training`, /row 3: Pixel 1 is """7"/],
  [`0,${pixels},`, /row 3: Unknown Usage ""/],
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
  await assertRejects(
    () => read("emotion,pixels\n"),
    /row 1: Has no column Usage \(the splits\): expected/,
  );
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
