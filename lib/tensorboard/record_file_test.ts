import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { crc32c, frameRecord, maskedCrc32c, readRecords } from "./record_file.ts";

const text = (value: string) => new TextEncoder().encode(value);

Deno.test("crc32c() gives RFC 3720's values, and the catalogue's check value", () => {
  strictEqual(crc32c(new Uint8Array(0)), 0);
  strictEqual(crc32c(text("123456789")), 0xe3069283);
  strictEqual(crc32c(new Uint8Array(32)), 0x8a9136aa);
  strictEqual(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  strictEqual(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  strictEqual(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c);
});

Deno.test("A record stands in a file as TensorBoard's writer puts it there", () => {
  // From RecordWriter.write(b"") of tensorboard.summary.writer.record_writer, TensorBoard 2.21.
  const empty = [0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2];
  deepStrictEqual([...frameRecord(new Uint8Array(0))], empty);
  strictEqual(maskedCrc32c(new Uint8Array(0)), 0xa282ead8);
});

Deno.test("Records are read as they were written, and not where a file is cut off or changed", () => {
  const records = [text("one"), new Uint8Array(0), text("the third")];
  const file = new Uint8Array(records.flatMap((record) => [...frameRecord(record)]));
  deepStrictEqual(
    readRecords(file)?.map((record) => [...record]),
    records.map((each) => [...each]),
  );
  const ends = [0, 3 + 16, 3 + 16 + 16, file.length];
  for (let length = 0; length < file.length; length++) {
    strictEqual(readRecords(file.subarray(0, length)) !== undefined, ends.includes(length));
    strictEqual(readRecords(file.with(length, file[length]! ^ 4)), undefined, `byte ${length}`);
  }
});
