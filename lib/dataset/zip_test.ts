import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { throws as assertThrows } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { flat, inFolder, makeZip, type SampleEntry } from "./_sample.ts";
import { UserError } from "../error.ts";
import { ImageError } from "./image.ts";
import { openZip, type ZipArchive } from "./zip.ts";

async function withZip(
  bytes: Uint8Array,
  test: (zip: ZipArchive) => Promise<void> | void,
): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.zip"), bytes);
    using zip = await openZip(join(folder, "a.zip"), "a.zip");
    await test(zip);
  });
}

const text = (content: string) => new TextEncoder().encode(content);

Deno.test("openZip() reads stored and deflated files in any order, whole or in pieces", async () => {
  const files: SampleEntry[] = [
    { path: "a/stored.txt", bytes: text("stored") },
    { path: "a/deflated.txt", bytes: flat(1), deflate: true },
    { path: "empty.txt", bytes: text("") },
  ];
  await withZip(makeZip([{ path: "a/", bytes: text("") }, ...files]), async (zip) => {
    assertEquals(zip.entries.map((entry) => entry.path), files.map((file) => file.path));
    for (const i of [2, 0, 1]) {
      assertEquals(new Uint8Array(zip.read(zip.entries[i]!)), files[i]!.bytes);
      const pieces: number[] = [];
      for await (const piece of zip.stream(zip.entries[i]!)) pieces.push(...piece);
      assertEquals(Uint8Array.from(pieces), files[i]!.bytes);
    }
  });
});

const REFUSED: readonly [name: string, bytes: Uint8Array, message: RegExp][] = [
  [
    "climbs out",
    makeZip([{ path: "../../evil", bytes: text("x") }]),
    /climbs out.*\.\.\/\.\.\/evil/,
  ],
  ["climbs inside", makeZip([{ path: "a/../../evil", bytes: text("x") }]), /climbs out/],
  ["climbs with backslashes", makeZip([{ path: "..\\evil", bytes: text("x") }]), /climbs out/],
  ["is absolute", makeZip([{ path: "/etc/evil", bytes: text("x") }]), /climbs out/],
  ["names a drive", makeZip([{ path: "C:/evil", bytes: text("x") }]), /climbs out/],
  ["is encrypted", makeZip([{ path: "a", bytes: text("x"), encrypted: true }]), /Is encrypted/],
  [
    "is a bomb",
    makeZip([{ path: "a", bytes: new Uint8Array(70_000_000), deflate: true }]),
    /refused as a zip bomb/,
  ],
  [
    "is many small bombs",
    makeZip(Array.from({ length: 300 }, (_, i) => {
      return { path: `a/${i}`, bytes: flat(0), deflate: true, claim: 1_000_000 };
    })),
    /refused as a zip bomb/,
  ],
  ["is cut off", makeZip([{ path: "a", bytes: flat(1) }]).slice(0, 1000), /the end is missing/],
  ["is only a signature", text("PK\x03\x04"), /a.zip: Is/],
];

for (const [name, bytes, message] of REFUSED) {
  Deno.test(`openZip() refuses an archive that ${name}`, async () => {
    await assertRejects(() => withZip(bytes, () => {}), (error: unknown) => {
      assertEquals(error instanceof UserError && message.test(error.message), true, `${error}`);
      return true;
    });
  });
}

/** Ten files and a folder. */
const TEN: readonly SampleEntry[] = [
  { path: "a/", bytes: text("") },
  ...Array.from({ length: 10 }, (_, i) => {
    return { path: `a/${i}.txt`, bytes: flat(i), deflate: i % 2 === 0 };
  }),
];
const WHOLE = makeZip(TEN);
/** Where the directory of {@linkcode WHOLE} starts and ends. */
const END = WHOLE.length - 22;
const START = Buffer.from(WHOLE).readUInt32LE(END + 16);
/** Length of a directory's entry in it: all names of files are equally long. */
const ENTRY = 46 + "a/0.txt".length;

function joined(...parts: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => typeof part === "string" ? Buffer.from(part) : part)),
  );
}

/** A zip with other numbers in its end record. */
function claiming(
  zip: Uint8Array,
  claims: { count?: number; size?: number; offset?: number; disk?: number },
): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(zip);
  const end = bytes.lastIndexOf("PK\x05\x06", -1, "latin1");
  const { count, size, offset, disk } = claims;
  if (disk !== undefined) bytes.writeUInt32LE(disk * 0x10001, end + 4);
  if (count !== undefined) bytes.writeUInt32LE(count * 0x10001, end + 8);
  if (size !== undefined) bytes.writeUInt32LE(size, end + 12);
  if (offset !== undefined) bytes.writeUInt32LE(offset, end + 16);
  return new Uint8Array(bytes);
}

/** The same archive with zip64's end record, which may hold more than is known and wrong numbers. */
function asZip64(
  { count = 11, size = END - START, at = END, extra = "" } = {},
): Uint8Array<ArrayBuffer> {
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", "latin1");
  record.writeBigUInt64LE(BigInt(44 + extra.length), 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(START), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(BigInt(at), 8);
  locator.writeUInt32LE(1, 16);
  const end = claiming(WHOLE.subarray(END), {
    count: 0xffff,
    size: 0xffffffff,
    offset: 0xffffffff,
  });
  return joined(WHOLE.subarray(0, END), record, extra, locator, end);
}

/** A comment, with its length in the end record. */
function commented(comment: string, length = comment.length): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(joined(WHOLE, comment));
  bytes.writeUInt16LE(length, WHOLE.length - 2);
  return new Uint8Array(bytes);
}

/** All of these are opened by unzip 6.0, and most by Python 3.11's zipfile, with the same files. */
const OPENED: readonly [name: string, bytes: Uint8Array][] = [
  ["as it is", WHOLE],
  ["junk behind it", joined(WHOLE, "junk".repeat(500))],
  ["a line end behind it", joined(WHOLE, "\r\n")],
  ["a signature in the junk behind it", joined(WHOLE, "junk PK\x05\x06 junk", "x".repeat(40))],
  ["a program before it", joined("MZ", "\x90".repeat(5000), WHOLE)],
  ["a script before it and junk behind", joined("#!/bin/sh\nexit\n", WHOLE, "\n")],
  ["a comment", commented("a comment")],
  ["the longest comment", commented("c".repeat(0xffff))],
  ["a comment that is cut off", commented("c".repeat(100), 0xffff)],
  ["zip64", asZip64()],
  ["zip64 with more in its record", asZip64({ extra: "12345678" })],
  ["zip64 with a program before it", joined("MZ", "\x90".repeat(5000), asZip64())],
  ["zip64 with junk behind it", joined(asZip64(), "junk")],
];

for (const [name, bytes] of OPENED) {
  Deno.test(`openZip() opens an archive with ${name}`, async () => {
    await withZip(bytes, (zip) => {
      assertEquals(zip.entries.map((entry) => entry.path), TEN.slice(1).map((entry) => entry.path));
      for (const [i, entry] of zip.entries.entries()) {
        assertEquals(new Uint8Array(zip.read(entry)), TEN[i + 1]!.bytes);
      }
    });
  });
}

Deno.test("openZip() looks past signatures in a comment", async () => {
  const comment = "PK\x05\x06".repeat(5) + "x".repeat(30);
  await withZip(commented(comment), (zip) => assertEquals(zip.entries.length, 10));
});

Deno.test("openZip() takes what stands between directory and end record for nothing", async () => {
  const gap = joined(WHOLE.subarray(0, END), "gap gap", WHOLE.subarray(END));
  await withZip(gap, (zip) => assertEquals(zip.read(zip.entries[9]!).length, flat(9).length));
});

Deno.test("openZip() reads more than 65,535 files, with and without zip64's count", async () => {
  const many = makeZip(
    Array.from({ length: 65_600 }, (_, i) => ({ path: `a/${i}`, bytes: text("") })),
  );
  for (const count of [65_600 % 0x10000, 0xffff]) {
    await withZip(claiming(many, { count }), (zip) => assertEquals(zip.entries.length, 65_600));
  }
  await assertRejects(() => withZip(claiming(many, { count: 5 }), () => {}), /contradicts itself/);
});

/** Every way to list fewer files than there are. */
const HIDING: readonly [name: string, bytes: Uint8Array, message: RegExp][] = [
  ["counts fewer files", claiming(WHOLE, { count: 7 }), /counts 7 files and lists 11/],
  ["counts more files", claiming(WHOLE, { count: 12 }), /counts 12 files and lists 11/],
  ["counts none", claiming(WHOLE, { count: 0 }), /counts 0 files and lists 11/],
  ["counts 65,535 though it has fewer", claiming(WHOLE, { count: 0xffff }), /counts 65535 files/],
  [
    "ends its directory before the last files",
    claiming(WHOLE, { count: 8, size: END - START - 3 * ENTRY }),
    /its directory goes on behind the end it names/,
  ],
  [
    "ends its directory within an entry",
    claiming(WHOLE, { count: 8, size: END - START - 3 * ENTRY + 10 }),
    /its directory has \d+ bytes, and its entries \d+/,
  ],
  [
    "starts its directory behind the first files",
    claiming(WHOLE, { count: 3, size: 3 * ENTRY, offset: END - 3 * ENTRY }),
    /its directory leaves out its first entries/,
  ],
  ["has an empty directory", claiming(WHOLE, { count: 0, size: 0, offset: START }), /contradicts/],
  ["counts fewer files in zip64", asZip64({ count: 7 }), /counts 7 files and lists 11/],
  ["counts 65,536 more in zip64", asZip64({ count: 65_547 }), /counts 65547 files and lists 11/],
  [
    "ends its zip64 directory early",
    asZip64({ count: 8, size: END - START - 3 * ENTRY }),
    /goes on/,
  ],
  ["is two archives in one file", joined(WHOLE, makeZip(TEN.slice(0, 3))), /are another archive/],
];

for (const [name, bytes, message] of HIDING) {
  Deno.test(`openZip() refuses an archive that ${name}`, async () => {
    await assertRejects(() => withZip(bytes, () => {}), (error: Error) => {
      assertEquals(error instanceof UserError, true);
      assertEquals([/contradicts itself/, message].map((m) => m.test(error.message)), [true, true]);
      return true;
    });
  });
}

Deno.test("openZip() gives all files or refuses, whichever bit of the directory is wrong", async () => {
  const fixed = Array.from({ length: 46 }, (_, i) => START + 48 + i); // behind the folder's entry
  const end = Array.from({ length: 22 }, (_, i) => END + i);
  await inFolder(async (folder) => {
    const path = join(folder, "a.zip");
    const outcomes = { opened: 0, refused: 0 };
    for (const at of [...fixed, ...end]) {
      for (let bit = 0; bit < 8; bit++) {
        await Deno.writeFile(path, WHOLE.with(at, WHOLE[at]! ^ (1 << bit)));
        try {
          using zip = await openZip(path, "a.zip");
          assertEquals(zip.entries.length, 10, `Byte ${at}, bit ${bit}`);
          outcomes.opened++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          outcomes.refused++;
        }
      }
    }
    assertEquals([outcomes.opened > 100, outcomes.refused > 100], [true, true]);
  });
});

/** A one-file archive with other flags and method. */
function packed(flags: number, method: number): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(makeZip([{ path: "fer.csv", bytes: flat(1), deflate: true }]));
  const central = bytes.indexOf("PK\x01\x02", 0, "latin1");
  for (const at of [6, central + 8]) bytes.writeUInt16LE(flags, at);
  for (const at of [8, central + 10]) bytes.writeUInt16LE(method, at);
  return new Uint8Array(bytes);
}

const NAMED: readonly [name: string, bytes: Uint8Array, message: RegExp][] = [
  ["is encrypted", packed(1, 8), /Is encrypted \(fer.csv\)/],
  ["is strongly encrypted", packed(0x41, 8), /Is encrypted \(fer.csv\)/],
  ["is packed with Deflate64", packed(0, 9), /fer.csv is packed with Deflate64: .*7-Zip/],
  ["is packed with bzip2", packed(0, 12), /fer.csv is packed with bzip2/],
  ["is packed with LZMA", packed(0, 14), /fer.csv is packed with LZMA/],
  ["is packed with Zstandard", packed(0, 93), /fer.csv is packed with Zstandard/],
  ["is packed with something else", packed(0, 77), /fer.csv is packed with method 77/],
  ["is the last part of three", claiming(WHOLE, { disk: 2 }), /the last of 3 parts .*zip -s 0/],
  [
    "is the first part of several",
    joined("PK\x07\x08", WHOLE).slice(0, 5000),
    /one part .*zip -s 0/,
  ],
  ["lacks its start", WHOLE.slice(1000), /1000 bytes are missing/],
  ["lacks a piece", joined(WHOLE.slice(0, 100), WHOLE.slice(200)), /100 bytes are missing/],
  ["lacks its last byte", WHOLE.slice(0, -1), /the end is missing/],
  ["has no zip64 record", asZip64({ at: END - 5 }).with(END, 0), /no zip64 end record/],
];

for (const [name, bytes, message] of NAMED) {
  Deno.test(`openZip() says of an archive that it ${name}`, async () => {
    await assertRejects(() => withZip(bytes, () => {}), message);
  });
}

Deno.test("read() refuses files that unpack to another size than they claim", async () => {
  for (const deflate of [true, false]) {
    for (const claim of [10, 5000]) {
      const zip = makeZip([{ path: "a", bytes: flat(1), deflate, claim }]);
      await withZip(zip, async (zip) => {
        assertThrows(() => zip.read(zip.entries[0]!), ImageError);
        await assertRejects(async () => {
          for await (const _ of zip.stream(zip.entries[0]!));
        }, UserError);
      }).catch((error) => {
        // Stored files with the wrong size are already refused by yauzl.
        if (deflate || !(error instanceof UserError)) throw error;
      });
    }
  }
});

Deno.test("read() notices a changed byte", async () => {
  const bytes = makeZip([{ path: "a", bytes: flat(1) }]);
  bytes[500]! ^= 1;
  await withZip(bytes, async (zip) => {
    assertThrows(() => zip.read(zip.entries[0]!), /the CRC-32 does not fit/);
    await assertRejects(async () => {
      for await (const _ of zip.stream(zip.entries[0]!));
    }, /CRC-32/);
  });
});
