import {
  deepStrictEqual as assertEquals,
  notStrictEqual as assertNotEquals,
  rejects as assertRejects,
} from "node:assert/strict";
import { join } from "node:path";
import { FER2013, testWith, withoutFer2013 } from "../_skip.ts";
import {
  csvRow,
  flat,
  grayPng,
  inFolder,
  makeZip,
  pattern,
  sampleCsv,
  sampleEntries,
  writeFiles,
} from "./_sample.ts";
import { type Dataset, SPLITS } from "./dataset.ts";
import { loadDataset, type LoadOptions } from "./load.ts";

/** Writes the sample in every form there is; the names say nothing. */
async function writeForms(folder: string): Promise<string[]> {
  const entries = sampleEntries();
  const wrapped = entries.map((entry) => ({ ...entry, path: `some/${entry.path}`, deflate: true }));
  const csv = new TextEncoder().encode(sampleCsv());
  await writeFiles(join(folder, "one"), entries);
  await writeFiles(folder, [
    { path: "two", bytes: makeZip(entries) },
    { path: "three.csv", bytes: makeZip(wrapped) },
    { path: "four.zip", bytes: csv },
    { path: "five", bytes: makeZip([{ path: "fer/x.csv", bytes: csv, deflate: true }]) },
  ]);
  return ["one", "two", "three.csv", "four.zip", "five"].map((name) => join(folder, name));
}

const plain: LoadOptions = { cacheFolder: null };

/** Everything but what the source is called. */
function content({ digest, split, splits }: Dataset) {
  return { digest, split, splits };
}

Deno.test("loadDataset() gives the same data set from CSV, folder and zip", async () => {
  await inFolder(async (folder) => {
    const paths = await writeForms(folder);
    const [first, ...others] = await Promise.all(paths.map((path) => loadDataset(path, plain)));
    assertEquals(SPLITS.map((name) => first!.splits[name].length), [6, 2, 2]);
    // Pinned: a change of order or digest would make all reports before it incomparable.
    assertEquals(
      first!.digest,
      "7e9ec2c0e1c9e1ef9f9d24279ca329182b1fc934fb60fc842e8b59bcc5060c7a",
    );
    for (const other of others) assertEquals(content(other), content(first!));
  });
});

Deno.test("loadDataset() draws PublicTest from train where there is no official split", async () => {
  await inFolder(async (folder) => {
    const train = Array.from({ length: 40 }, (_, i) => ({
      path: `train/${i < 20 ? "angry" : "fear"}/${i}.png`,
      bytes: grayPng(pattern(i)),
    }));
    const files = [...train, { path: "test/sad/0.png", bytes: grayPng(pattern(50)) }];
    await writeFiles(join(folder, "set"), files);
    await Deno.writeFile(join(folder, "set.zip"), makeZip(files.toReversed()));
    const a = await loadDataset(join(folder, "set"), plain);
    assertEquals(SPLITS.map((name) => a.splits[name].length), [36, 4, 1]);
    assertEquals([...a.splits.PublicTest.labels].sort(), [0, 0, 1, 1]);
    assertEquals(a.classes, ["angry", "fear", "sad"]);
    assertEquals(a.split, "stratified-tenth");
    assertEquals(/seeded stratified tenth of train \(seed 0\)/.test(a.description), true);
    assertEquals(content(await loadDataset(join(folder, "set.zip"), plain)), content(a));
    const b = await loadDataset(join(folder, "set"), { ...plain, seed: 1 });
    assertNotEquals(b.digest, a.digest);
  });
});

Deno.test("loadDataset() names a data set after its source, and never fer2013 or synthetic", async () => {
  await inFolder(async (folder) => {
    const bytes = new TextEncoder().encode(sampleCsv());
    const names = ["My Faces (2).csv", "fer2013.csv", "synthetic", "..csv", "FER2013 clean.csv"];
    await writeFiles(folder, names.map((path) => ({ path, bytes })));
    const sets = await Promise.all(names.map((name) => loadDataset(join(folder, name), plain)));
    assertEquals(
      sets.map((set) => set.name),
      ["my-faces-2", "fer2013-variant", "synthetic-variant", "dataset", "fer2013-clean"],
    );
  });
});

Deno.test("loadDataset() skips and lists what cannot be used when asked to", async () => {
  await inFolder(async (folder) => {
    await writeFiles(folder, [
      ...sampleEntries(),
      { path: "train/happy/Training_11.png", bytes: grayPng(pattern(1)).slice(0, 300) },
      { path: "train/happy/Training_12.png", bytes: new TextEncoder().encode("hello") },
    ]);
    await assertRejects(
      () => loadDataset(folder, plain),
      /train\/happy\/Training_11.png: Truncated or damaged PNG .*--skip-bad/,
    );
    const { skipped, splits } = await loadDataset(folder, { ...plain, skipBad: true });
    assertEquals(splits.Training.length, 6);
    assertEquals(skipped.map((s) => s.where.replace(/.*\/train/, "train")), [
      "train/happy/Training_11.png",
      "train/happy/Training_12.png",
    ]);
  });
});

Deno.test("loadDataset() refuses links that lead out of a folder or a zip", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "outside.png"), grayPng(pattern(1)));
    await writeFiles(join(folder, "set"), sampleEntries());
    const link = join(folder, "set", "train", "happy", "Training_11.png");
    await Deno.symlink(join(folder, "outside.png"), link);
    await assertRejects(() => loadDataset(join(folder, "set"), plain), /a link that leads out/);
    await Deno.remove(link);
    await Deno.symlink("Training_3.png", link);
    const { splits } = await loadDataset(join(folder, "set"), plain);
    assertEquals(splits.Training.length, 7);

    const path = "train/happy/Training_11.png";
    const zip = makeZip([...sampleEntries(), {
      path,
      bytes: new TextEncoder().encode("/etc/passwd"),
      link: true,
    }]);
    await Deno.writeFile(join(folder, "set.zip"), zip);
    await assertRejects(() => loadDataset(join(folder, "set.zip"), plain), /Is a link: refused/);
  });
});

Deno.test("loadDataset() says what is wrong with a source in one line", async () => {
  await inFolder(async (folder) => {
    const encode = (text: string) => new TextEncoder().encode(text);
    const header = "emotion,pixels,Usage\n";
    const row = csvRow(0, flat(0), "Training");
    const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
      ["empty", encode(""), /^empty: Is empty: expected the Kaggle CSV/],
      ["header.csv", encode(header), /Has no images in Training, PublicTest, PrivateTest/],
      ["one.csv", encode(header + row), /Has no images in PublicTest, PrivateTest: expected all/],
      ["text", encode("hello, world\n"), /^text: Is not recognised: expected the Kaggle CSV/],
      ["tar.gz", Uint8Array.of(0x1f, 0x8b, 8, 0), /^tar.gz: Is a gzip file: unpack it first/],
      ["none.zip", makeZip([]), /Has no images: expected train/],
      [
        "twice.zip",
        makeZip([...sampleEntries(), ...sampleEntries().slice(0, 1)]),
        /Has train\/angry\/Training_1.png twice/,
      ],
      [
        "table.zip",
        makeZip([{ path: "a.csv", bytes: encode("a,b\n1,2\n") }]),
        /Has no CSV with the columns/,
      ],
    ];
    for (const [name, bytes, message] of cases) {
      await Deno.writeFile(join(folder, name), bytes);
      await assertRejects(() => loadDataset(join(folder, name), plain), (error: Error) => {
        assertEquals([error.name, message.test(error.message)], ["UserError", true], `${error}`);
        assertEquals(/[\n\r]/.test(error.message), false);
        return true;
      });
    }
    await assertRejects(
      () => loadDataset(join(folder, "nowhere"), plain),
      /Does not exist: check the path given with --data$/,
    );
    await assertRejects(
      () => loadDataset(join(folder, "fer2013.zip"), plain),
      /given with --data; how to get FER2013 tells .*data\/README\.md$/,
    );
    await assertRejects(() => loadDataset(join(folder, "empty", "x"), plain), /Does not exist/);
    await assertRejects(() => loadDataset("x".repeat(5000), plain), /Does not exist/);
  });
});

Deno.test({
  name: "loadDataset() names a file whose name is not UTF-8, and leaves it out where asked to",
  // Elsewhere no such name can be made.
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const set = join(folder, "set");
      await writeFiles(set, sampleEntries());
      const whole = await loadDataset(set, plain);
      const inShell = async (command: string) => {
        const { success } = await new Deno.Command("sh", { args: ["-c", command], cwd: set })
          .output();
        assertEquals(success, true);
      };
      await inShell('cp train/angry/*_1.png "train/angry/$(printf "caf\\351.png")"');
      await assertRejects(
        loadDataset(set, plain),
        /^UserError: set\/train\/angry\/caf.\.png: Its name is not UTF-8, .*rename it \(mend it, or/,
      );
      const { digest, skipped } = await loadDataset(set, { ...plain, skipBad: true });
      assertEquals([digest, skipped.length], [whole.digest, 1]);
      await inShell('mkdir "train/$(printf "caf\\351")"');
      await assertRejects(
        loadDataset(set, { ...plain, skipBad: true }),
        /^UserError: set\/train\/caf.: Its name is not UTF-8/,
      );
    }),
});

Deno.test("loadDataset() refuses a named pipe, and does not wait for what is written into it", async () => {
  await inFolder(async (folder) => {
    const pipe = join(folder, "pipe");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    let waits = false;
    // Where it does wait, a writer ends that.
    const timer = setTimeout(() => {
      waits = true;
      void Deno.writeTextFile(pipe, "");
    }, 5_000);
    try {
      await assertRejects(loadDataset(pipe, plain), {
        name: "UserError",
        message: /Is neither a file/,
      });
    } finally {
      clearTimeout(timer);
    }
    assertEquals(waits, false);
  });
});

Deno.test("loadDataset() loads from its cache until the source changes", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "set.csv");
    const cacheFolder = join(folder, "cache");
    await Deno.writeTextFile(path, sampleCsv());
    let loads = 0;
    const options = { cacheFolder, onProgress: () => loads++ };
    const first = await loadDataset(path, options);
    assertEquals(loads > 0, true);
    loads = 0;
    assertEquals(content(await loadDataset(path, options)), content(first));
    assertEquals(loads, 0);
    await Deno.writeTextFile(path, sampleCsv() + csvRow(0, flat(1), "Training"));
    assertEquals((await loadDataset(path, options)).splits.Training.length, 7);
  });
});

Deno.test("loadDataset() does not take a cached set with skipped images for a whole one", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "set.csv");
    const options = { cacheFolder: join(folder, "cache") };
    await Deno.writeTextFile(path, `${sampleCsv()}9,1,Training\n`);
    const skipping = await loadDataset(path, { ...options, skipBad: true });
    assertEquals(skipping.skipped.length, 1);
    assertEquals(await loadDataset(path, { ...options, skipBad: true }), skipping);
    await assertRejects(() => loadDataset(path, options), /row 12: Unknown emotion "9"/);
  });
});

Deno.test("loadDataset() notices a damaged cache, says so in one line and builds it again", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "set.csv");
    const cacheFolder = join(folder, "cache");
    await Deno.writeTextFile(path, sampleCsv());
    const notes: string[] = [];
    const options = { cacheFolder, onNote: (line: string) => notes.push(line) };
    const first = await loadDataset(path, options);
    const [entry] = [...Deno.readDirSync(cacheFolder)];
    const file = join(cacheFolder, entry!.name);
    const whole = await Deno.readFile(file);
    const damages = [
      whole.with(whole.length - 1, whole.at(-1)! ^ 1),
      whole.with(100, whole[100]! ^ 1),
      whole.with(0, 0),
      ...[0, 1, 16, 64, 256, 4096].map((length) => whole.slice(0, length)),
    ];
    for (const [i, damaged] of damages.entries()) {
      await Deno.writeFile(file, damaged);
      assertEquals(content(await loadDataset(path, options)), content(first));
      assertEquals(notes.length, i + 1);
      assertEquals(/^Cached data set is damaged .*building it again$/.test(notes[i]!), true);
      assertEquals(await Deno.readFile(file), whole);
    }
  });
});

Deno.test("loadDataset() goes on without a cache that cannot be written", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "set.csv");
    await Deno.writeTextFile(path, sampleCsv());
    const notes: string[] = [];
    // A file where the folder should be.
    const options = { cacheFolder: path, onNote: (line: string) => notes.push(line) };
    assertEquals((await loadDataset(path, options)).splits.Training.length, 6);
    assertEquals(notes.some((note) => /could not be cached/.test(note)), true);
  });
});

testWith(withoutFer2013, "loadDataset() recognises FER2013", async () => {
  const dataset = await loadDataset(FER2013);
  assertEquals(
    [dataset.name, dataset.split, ...SPLITS.map((name) => dataset.splits[name].length)],
    ["fer2013", "official", 28_709, 3_589, 3_589],
  );
});
