import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { join } from "node:path";
import {
  csvRow,
  flat,
  grayPng,
  inFolder,
  makeZip,
  pattern,
  sampleCsv,
  sampleEntries,
  type SampleEntry,
  writeFiles,
} from "./_sample.ts";
import { UserError } from "../error.ts";
import { loadDataset } from "./load.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const csv = encode(sampleCsv());
const semicolons = encode(`\ufeff${sampleCsv().replaceAll(",", ";")}`);
const lessOne = encode(sampleCsv() + csvRow(1, flat(1), "Training"));
const train = encode(sampleCsv().replace(/,[^,]*$/gm, ""));
const test = encode(`pixels\n${flat(1).join(" ")}\n`);
const submission = encode("id,emotion\n1,3\n");
const picture = grayPng(pattern(1));

/** The digest of the sample, whatever holds it; see `load_test.ts`. */
const DIGEST = "7e9ec2c0e1c9e1ef9f9d24279ca329182b1fc934fb60fc842e8b59bcc5060c7a";

/** Loads files as a folder and as a zip, in the order given and in the other. */
async function loadAll(
  files: Readonly<Record<string, Uint8Array>>,
  test: (load: () => Promise<{ digest: string }>, notes: string[], form: string) => Promise<void>,
) {
  const entries: SampleEntry[] = Object.entries(files).map(([path, bytes]) => ({ path, bytes }));
  await inFolder(async (folder) => {
    await writeFiles(join(folder, "set"), entries);
    await Deno.writeFile(join(folder, "set.zip"), makeZip(entries));
    await Deno.writeFile(join(folder, "back.zip"), makeZip(entries.toReversed()));
    for (const form of ["set", "set.zip", "back.zip"]) {
      const notes: string[] = [];
      const onNote = (line: string) => void notes.push(line);
      const load = () => loadDataset(join(folder, form), { cacheFolder: null, onNote });
      await test(load, notes, form);
    }
  });
}

const TAKEN: readonly [name: string, files: Readonly<Record<string, Uint8Array>>][] = [
  ["alone", { "fer2013.csv": csv }],
  ["among Kaggle's others", {
    "example_submission.csv": submission,
    "train.csv": train,
    "test.csv": test,
    "icml_face_data.csv": csv,
    "fer2013.tar.gz": Uint8Array.of(0x1f, 0x8b, 8, 0),
  }],
  ["behind one with only emotion", { "a.csv": submission, "b.csv": semicolons }],
  ["beside a preview and a note", {
    "preview.png": picture,
    "samples/happy/1.png": picture,
    "README.md": encode("hello"),
    "x/fer2013.csv": csv,
  }],
  ["as .tsv", { "data.tsv": encode(sampleCsv().replaceAll(",", "\t")) }],
  ["beside what macOS adds", { "__MACOSX/._fer2013.csv": csv.slice(0, 30), "fer2013.csv": csv }],
];

for (const [name, files] of TAKEN) {
  Deno.test(`loadDataset() takes the table with all columns of a zip or folder: ${name}`, async () => {
    await loadAll(files, async (load, notes) => {
      assertEquals([(await load()).digest, notes], [DIGEST, []]);
    });
  });
}

Deno.test("loadDataset() says which table it takes where several hold the same images", async () => {
  await loadAll({ "b.csv": csv, "a.csv": semicolons }, async (load, notes, form) => {
    assertEquals((await load()).digest, DIGEST);
    assertEquals(notes, [`${form}: Takes a.csv, provided that the images in b.csv are the same`]);
  });
});

Deno.test("loadDataset() takes class folders before a table, and says so", async () => {
  const pictures = Object.fromEntries(sampleEntries().map(({ path, bytes }) => [path, bytes]));
  await loadAll({ ...pictures, "other.csv": lessOne }, async (load, notes) => {
    assertEquals((await load()).digest, DIGEST);
    assertEquals(notes.length, 2);
    assertEquals(/Takes the pictures in it, not other.csv/.test(notes[0]!), true);
    assertEquals(notes[1], "1 file that is no picture was passed over (other.csv)");
  });
  // A table that cannot be used is a file that is no picture.
  await loadAll({ ...pictures, "train.csv": train }, async (load, notes) => {
    const passed = "1 file that is no picture was passed over (train.csv)";
    assertEquals([(await load()).digest, notes], [DIGEST, [passed]]);
  });
});

Deno.test("loadDataset() knows split folders by the same names beside a table as without one", async () => {
  const renamed = (path: string) =>
    path.replace(/^train/, "fer2013_train").replace(/^test/, "FER2013Test");
  const pictures = Object.fromEntries(
    sampleEntries().map(({ path, bytes }) => [renamed(path), bytes]),
  );
  await loadAll({ ...pictures, "other.csv": lessOne }, async (load, notes) => {
    await load();
    assertEquals(/Takes the pictures in it, not other.csv/.test(notes[0] ?? ""), true);
  });
});

Deno.test("loadDataset() takes a table whose path in a zip begins with ./", async () => {
  await loadAll({ "./fer2013.csv": csv }, async (load) => {
    assertEquals((await load()).digest, DIGEST);
  });
});

const REFUSED: readonly [Readonly<Record<string, Uint8Array>>, RegExp][] = [
  [{ "a.csv": csv, "b.csv": lessOne }, /several tables .*\(a.csv, b.csv\): to take a.csv/],
  [
    { "train.csv": train, "test.csv": test },
    /: test.csv has no emotion .*train.csv has no Usage \(the splits\); .*icml_face_data.csv/,
  ],
  [{ "fer2013.tar.gz": csv }, /Has no CSV and no pictures, but fer2013.tar.gz: to take that, un/],
  [{ "train.csv": train, "x/fer2013.zip": csv }, /no Usage .*, but x\/fer2013.zip: to take that/],
  [{ "a.csv": encode(`${sampleCsv()}9,,`) }, /a.csv, row 12: Unknown emotion "9"/],
];

for (const [files, message] of REFUSED) {
  Deno.test(`loadDataset() refuses a zip or folder: ${message.source}`, async () => {
    await loadAll(files, async (load, _, form) => {
      await assertRejects(load, (error: Error) => {
        assertEquals([error instanceof UserError, message.test(error.message)], [true, true]);
        // A path in a zip is none that can be given.
        const given = /give --data (\S+)/.exec(error.message)?.[1];
        if (form.endsWith(".zip")) assertEquals(given, undefined);
        else if (given !== undefined) Deno.statSync(given);
        return true;
      });
    });
  });
}

Deno.test("loadDataset() points from a table without splits to one beside it that has them", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "train.csv");
    await Deno.writeFile(path, train);
    await assertRejects(
      () => loadDataset(path, { cacheFolder: null }),
      /train.csv, row 1: Has no column Usage \(the splits\): .*icml_face_data.csv and fer2013.csv/,
    );
    const whole = join(folder, "icml_face_data.csv");
    await Deno.writeFile(whole, csv);
    await assertRejects(() => loadDataset(path, { cacheFolder: null }), (error: Error) => {
      assertEquals(error.message.endsWith(`${whole} has all of them: give --data ${whole}`), true);
      return true;
    });
  });
});

Deno.test("loadDataset() says what is wrong with a header", async () => {
  await inFolder(async (folder) => {
    const cases: [text: string, message: RegExp][] = [
      [
        sampleCsv().replace(/.*\n/, ""),
        /row 1: Has no header: write emotion,pixels,Usage above it/,
      ],
      [
        sampleCsv().replaceAll(",", ":"),
        /row 1: Its columns are not set apart by comma, semicolon/,
      ],
      [`sep=;\n${sampleCsv().replace("Usage", "Set")}`, /row 2: Has no column Usage/],
      ["Usage,Image name,neutral\nTraining,a.png,4\n", /no column emotion .* and no pixels/],
    ];
    for (const [text, message] of cases) {
      const path = join(folder, "a.csv");
      await Deno.writeTextFile(path, text);
      await assertRejects(() => loadDataset(path, { cacheFolder: null }), message);
    }
  });
});

Deno.test("loadDataset() opens a self-extracting zip, also where a column name is in it", async () => {
  await inFolder(async (folder) => {
    const zip = makeZip([{ path: "fer2013.csv", bytes: csv }]);
    const program = encode(`MZ${"\0".repeat(300)}`);
    const path = join(folder, "a.exe");
    await Deno.writeFile(path, new Blob([program, zip]).stream());
    assertEquals((await loadDataset(path, { cacheFolder: null })).digest, DIGEST);
  });
});
