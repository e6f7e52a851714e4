import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { throws as assertThrows } from "node:assert/strict";
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
