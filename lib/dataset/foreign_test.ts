import { strictEqual as assertEquals } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { sampleCsv } from "./_sample.ts";
import { explainForeign, explainForeignZip, explainPart, shellPath } from "./foreign.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const csv = encode(sampleCsv());

/** A tar of one file, as POSIX has it or as it was before. */
function tar(name: string, bytes: Uint8Array, magic: string): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
  header.write(bytes.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0", 124);
  header.write(" ".repeat(8) + "0", 148);
  header.write(magic, 257, "latin1");
  header.write(
    header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\0 ",
    148,
  );
  const end = Buffer.alloc(1024 + (512 - bytes.length % 512) % 512);
  return Buffer.concat([header, bytes, end]);
}

const TARS: Readonly<Record<string, Uint8Array>> = {
  "POSIX": tar("fer2013.csv", csv, "ustar\x0000"),
  "GNU": tar("fer2013/fer2013.csv", csv, "ustar  \0"),
  "of before POSIX": tar("fer2013.csv", csv, ""),
};

for (const [kind, bytes] of Object.entries(TARS)) {
  Deno.test(`explainForeign() calls a tar a tar, also in gzip (${kind})`, () => {
    assertEquals(
      explainForeign(bytes, "/data/set.csv"),
      "Is a tar archive: unpack it first (tar xf /data/set.csv) and give what comes out",
    );
    assertEquals(
      explainForeign(gzipSync(bytes), "/data/set"),
      "Is a tar archive in a gzip file: unpack it first (tar xf /data/set) and give what comes out",
    );
  });
}

const starting = (...bytes: number[]) => Uint8Array.of(...bytes, ...new Uint8Array(600));

const FOREIGN: readonly [path: string, bytes: Uint8Array, message: RegExp][] = [
  ["a.csv.gz", gzipSync(csv), /a CSV in a gzip file: .*\(gunzip -k a.csv.gz\)/],
  ["a.gz", gzipSync(encode("hello")), /Is a gzip file: .*\(gunzip -k a.gz\)/],
  ["a.7z", starting(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), /a 7z archive: .*\(7z x a.7z\)/],
  ["a.rar", encode("Rar!\x1a\x07\x00"), /a RAR archive: .*\(unrar x a.rar\)/],
  ["a.tar.xz", starting(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /a tar archive in an xz .*\(tar xf a/],
  ["a.csv.xz", starting(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /an xz file: .*\(unxz -k a.csv.xz\)/],
  ["a.tbz2", encode("BZh91AY&SY"), /a tar archive in a bzip2 file: .*\(tar xf a.tbz2\)/],
  ["a.bz2", encode("BZh91AY&SY"), /a bzip2 file: .*\(bunzip2 -k a.bz2\)/],
  ["a.zst", starting(0x28, 0xb5, 0x2f, 0xfd), /a Zstandard file: .*\(unzstd a.zst\)/],
  ["a b.7z", starting(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), /\(7z x 'a b.7z'\)/],
  ["a.xls", starting(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), /Excel workbook.*as CSV/],
  ["a.csv", encode("\ufeff\n<!DOCTYPE html><html>"), /a web page/],
  ["a.csv", encode("version https://git-lfs.github.com/spec/v1\noid"), /git lfs pull/],
];

Deno.test("explainForeign() names archives, workbooks and web pages, with what to do", () => {
  for (const [path, bytes, message] of FOREIGN) {
    const said = explainForeign(bytes, path) ?? "";
    assertEquals(message.test(said), true, `${path}: ${said}`);
  }
});

Deno.test("explainForeign() takes no table and nothing unknown for foreign", () => {
  const others = [csv, encode("hello"), new Uint8Array(2000), starting(0x89, 0x50, 0x4e, 0x47)];
  for (const bytes of [...others, csv.map((byte) => byte ^ 0x80)]) {
    assertEquals(explainForeign(bytes, "a"), undefined);
  }
});

Deno.test("explainForeignZip() knows workbooks from archives", () => {
  assertEquals(
    /Excel/.test(explainForeignZip(["[Content_Types].xml", "xl/workbook.xml"])!),
    true,
  );
  assertEquals(/OpenDocument/.test(explainForeignZip(["mimetype", "content.xml"])!), true);
  assertEquals(explainForeignZip(["train/happy/1.png", "fer2013.csv"]), undefined);
});

Deno.test("explainPart() tells how to join parts, by their names", () => {
  assertEquals(/zip -s 0 \/a\/x.zip --out/.test(explainPart("/a/x.z02")!), true);
  assertEquals(/cat \/a\/x.zip.\* > \/a\/x.zip,/.test(explainPart("/a/x.zip.002")!), true);
  assertEquals(explainPart("/a/x.zip"), undefined);
});

Deno.test("shellPath() quotes what a shell would take for more than a path", () => {
  assertEquals(shellPath("/a/b-1.csv"), "/a/b-1.csv");
  assertEquals(shellPath("/a/it's (1).csv"), `'/a/it'\\''s (1).csv'`);
});
