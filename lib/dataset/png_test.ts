import { deepStrictEqual as assertEquals, throws as assertThrows } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import { grayPng, pattern } from "./_sample.ts";
import { decodePng, isPng } from "./png.ts";

type Chunk = readonly [type: string, data: Uint8Array];

/** A PNG of any chunks; what is wrong with it is up to them. */
function png(...chunks: readonly Chunk[]): Uint8Array {
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    ...chunks.map(([type, data]) => {
      const body = Buffer.concat([Buffer.from(type), data]);
      const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(data.length);
      check.writeUInt32BE(crc32(body));
      return Buffer.concat([length, body, check]);
    }),
  ]));
}

function header(width: number, height: number, bits: number, type: number): Chunk {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.writeUInt8(bits, 8);
  data.writeUInt8(type, 9);
  return ["IHDR", data];
}

/** Four rows of two gray values, each with its filter type. */
const ROWS = Uint8Array.of(0, 1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8);
const DATA: Chunk = ["IDAT", deflateSync(ROWS)];
const END: Chunk = ["IEND", new Uint8Array()];
const GRAY = header(2, 4, 8, 0);

function gray(file: Uint8Array): number[] {
  const { data } = decodePng(file);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]!);
}

Deno.test("decodePng() reads pictures with bytes after the end of their data", () => {
  const expected = [1, 2, 3, 4, 5, 6, 7, 8];
  assertEquals(gray(png(GRAY, DATA, END)), expected);
  for (const padding of [[0], [0x6d, 0xee], Array(40).fill(0)]) {
    const padded = Buffer.concat([DATA[1], Uint8Array.from(padding)]);
    assertEquals(gray(png(GRAY, ["IDAT", padded], END)), expected);
    // In an IDAT of its own.
    assertEquals(gray(png(GRAY, DATA, ["IDAT", Uint8Array.from(padding)], END)), expected);
  }
  // More rows than the picture has.
  const more = deflateSync(Buffer.concat([ROWS, ROWS]));
  assertEquals(gray(png(GRAY, ["IDAT", more], END)), expected);
  // Bytes after the file's end.
  assertEquals(gray(new Uint8Array([...png(GRAY, DATA, END), 1, 2, 3])), expected);
});

Deno.test("decodePng() reads an empty IDAT, text with a wrong CRC-32 and chunks nobody knows", () => {
  const text = Buffer.from(png(["tEXt", Buffer.from("a\0b")]).subarray(8));
  text.writeUInt8(text.at(-1)! ^ 1, text.length - 1);
  const [start, rest] = [png(GRAY), png(["IDAT", new Uint8Array()], ["vpAg", ROWS], DATA, END)];
  assertEquals(
    gray(new Uint8Array(Buffer.concat([start, text, rest.subarray(8)]))),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

Deno.test("decodePng() says what is wrong", () => {
  const palette: Chunk = ["PLTE", Uint8Array.of(0, 0, 0, 255, 255, 255)];
  const indexed = header(2, 4, 8, 3);
  const flip = (file: Uint8Array, at: number) => file.with(at, file[at]! ^ 1);
  const whole = png(GRAY, DATA, END);
  const cases: [file: Uint8Array, reason: RegExp][] = [
    [png(DATA, END), /has no IHDR: begins with IDAT/],
    [png(["CgBI", new Uint8Array(4)], GRAY, DATA, END), /has no IHDR: begins with CgBI/],
    [png(["IHDR", new Uint8Array(12)], DATA, END), /its IHDR has not 13 bytes/],
    [png(GRAY, END), /has no IDAT/],
    [png(GRAY, DATA), /its end \(IEND\) is missing/],
    [whole.slice(0, 50), /ends within IDAT/],
    [flip(whole, 20), /the CRC-32 of its IHDR does not fit/],
    [flip(whole, 45), /the CRC-32 of its IDAT does not fit/],
    [png(header(2, 4, 99, 2), DATA, END), /has 99 bits a channel: expected 8, 16/],
    [png(header(2, 4, 4, 2), DATA, END), /has 4 bits a channel: expected 8, 16/],
    [png(header(2, 4, 8, 9), DATA, END), /its colour type is 9: expected 0, 2, 3, 4 or 6/],
    [png(header(0, 4, 8, 0), DATA, END), /^Claims 0x4 pixels/],
    [png(header(60_000, 60_000, 8, 0), DATA, END), /^Claims 60000x60000 pixels/],
    [png(indexed, palette, DATA, END), /index 2 not in palette/],
    [png(indexed, DATA, END), /[Pp]alette/],
    [png(GRAY, ["IDAT", deflateSync(ROWS).subarray(0, 10)], END), /unexpected end of file/],
    [png(GRAY, ["IDAT", flip(deflateSync(ROWS), 8)], END), /\(.+\)$/],
    [png(GRAY, ["IDAT", deflateSync(new Uint8Array(1e6))], END), /unpacks to more than 2x4 pixels/],
    [
      png(GRAY, ["IDAT", deflateSync(ROWS.subarray(0, 7))], END),
      /rows are missing: has 7 of 12 bytes/,
    ],
    [flip(whole, 0), /its first eight bytes were changed/],
    [
      new Uint8Array([...whole.subarray(0, 4), ...whole.subarray(5)]),
      /first eight bytes were changed/,
    ],
  ];
  for (const [file, reason] of cases) {
    assertEquals(isPng(file), true);
    assertThrows(() => decodePng(file), (error: Error) => {
      assertEquals(
        [error.name, reason.test(error.message)],
        ["ImageError", true],
        `${reason} ${error}`,
      );
      return true;
    });
  }
});

Deno.test("decodePng() keeps the pixels of a whole picture", () => {
  assertEquals(gray(grayPng(pattern(3))), [...pattern(3)]);
});
