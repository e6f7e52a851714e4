import {
  deepStrictEqual as assertEquals,
  rejects as assertRejects,
  throws as assertThrows,
} from "node:assert/strict";
import { join } from "node:path";
import { SAME_PICTURE } from "./_pictures.ts";
import {
  grayJpeg,
  grayPng,
  inFolder,
  makeZip,
  pattern,
  sampleEntries,
  writeFiles,
} from "./_sample.ts";
import { SPLITS } from "./dataset.ts";
import { loadDataset, type LoadOptions } from "./load.ts";
import { listFolder } from "./picture_folder.ts";

const text = (words: string) => new TextEncoder().encode(words);

/** Loads without a cache; what is noted goes into `notes`. */
async function load(path: string, options: LoadOptions = {}) {
  const notes: string[] = [];
  const onNote = (line: string) => notes.push(line);
  return { ...await loadDataset(path, { cacheFolder: null, onNote, ...options }), notes };
}

/** What systems, archivers, cloud drives and people put beside pictures. */
const BESIDE: readonly { path: string; bytes: Uint8Array }[] = [
  { path: "train/happy/.DS_Store", bytes: text("x") },
  { path: "train/happy/._Training_3.png", bytes: text("x") },
  { path: "train/happy/Thumbs.db", bytes: text("x") },
  { path: "train/happy/ehthumbs.db", bytes: text("x") },
  { path: "train/happy/desktop.ini", bytes: text("x") },
  { path: "train/happy/Icon\r", bytes: text("") },
  { path: "train/happy/@eaDir/Training_3.png/SYNOPHOTO_THUMB_M.png", bytes: grayPng(pattern(9)) },
  { path: "$RECYCLE.BIN/S-1/old.png", bytes: grayPng(pattern(9)) },
  { path: "System Volume Information/x", bytes: text("x") },
  { path: ".Trash-1000/files/old.png", bytes: grayPng(pattern(9)) },
  { path: "lost+found/1.png", bytes: grayPng(pattern(9)) },
  { path: "__MACOSX/train/happy/._Training_3.png", bytes: text("x") },
];

/** The same, but what nobody can tell from somebody's own: it is said. */
const SAID: readonly { path: string; bytes: Uint8Array }[] = [
  { path: "train/happy/Picasa.ini", bytes: text("[x]") },
  { path: "train/labels.txt", bytes: text("happy") },
  { path: "README", bytes: text("Faces") },
  { path: "train/fear/landmarks.mat", bytes: text("x") },
  { path: "train/annotations.json", bytes: text("{}") },
  { path: "test/voc.xml", bytes: text("<a/>") },
  { path: "test/sad/empty", bytes: text("") },
];

Deno.test("loadDataset() passes over what is no picture, in a folder and in a zip, and says so", async () => {
  await inFolder(async (folder) => {
    const set = join(folder, "set");
    await writeFiles(set, sampleEntries());
    const { digest } = await load(set);
    await writeFiles(set, [...BESIDE]);
    const quiet = await load(set);
    assertEquals([quiet.digest, quiet.notes], [digest, []]);

    await writeFiles(set, [...SAID]);
    const { digest: again, notes } = await load(set);
    assertEquals([again, notes], [
      digest,
      ["7 files that are no pictures were passed over (README, empty, voc.xml and 4 more)"],
    ]);
    const entries = [...sampleEntries(), ...BESIDE, ...SAID];
    // As tar-minded archivers write them.
    const dotted = entries.map((entry) => ({ ...entry, path: `./${entry.path}` }));
    for (const [name, all] of [["a.zip", entries], ["b.zip", dotted]] as const) {
      await Deno.writeFile(join(folder, name), makeZip(all));
      const zipped = await load(join(folder, name));
      assertEquals([zipped.digest, zipped.notes.length], [digest, 1]);
    }
  });
});

Deno.test("loadDataset() says what was passed over from its cache, too", async () => {
  await inFolder(async (folder) => {
    const set = join(folder, "set");
    await writeFiles(set, [...sampleEntries(), { path: "train/labels.txt", bytes: text("x") }]);
    const cacheFolder = join(folder, "cache");
    const first = await load(set, { cacheFolder });
    let decoded = 0;
    const second = await load(set, { cacheFolder, onProgress: () => decoded++ });
    assertEquals([decoded, second.notes], [0, first.notes]);
    assertEquals(second.notes, ["1 file that is no picture was passed over (labels.txt)"]);
  });
});

Deno.test("loadDataset() takes pictures by content where names do not tell, and says what lies outside", async () => {
  await inFolder(async (folder) => {
    const plain = sampleEntries();
    await writeFiles(join(folder, "a"), plain);
    const bare = plain.map((entry) => ({ ...entry, path: entry.path.replace(/\.png$/, "") }));
    await writeFiles(join(folder, "b"), [
      ...bare,
      { path: "chart.png", bytes: grayPng(pattern(1)) },
    ]);
    const [a, b] = [await load(join(folder, "a")), await load(join(folder, "b"))];
    assertEquals(b.digest, a.digest);
    assertEquals(b.notes, ["1 file beside the folders of images was passed over (chart.png)"]);
  });
});

Deno.test("loadDataset() passes over no picture that cannot be read", async () => {
  await inFolder(async (folder) => {
    await writeFiles(folder, sampleEntries());
    const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
      [
        "Training_11.tga",
        text("x"),
        /Training_11.tga: Is TGA, which is not read: .*magick mogrify/,
      ],
      ["Training_11.jpg", text("hello"), /Training_11.jpg: Is no picture by its content/],
      ["Training_11.png", text(""), /Training_11.png: Is empty/],
      [".Training_11.png.icloud", text("bplist00"), /Is in iCloud, and only its name is here/],
      ["Training_11.jpg.part", grayJpeg().slice(0, 300), /Truncated or damaged JPEG/],
      ["Training_11", SAME_PICTURE.TIFF!.slice(0, 60), /Training_11: Truncated or damaged TIFF/],
    ];
    for (const [name, bytes, message] of cases) {
      const path = join(folder, "train", "happy", name);
      await Deno.writeFile(path, bytes);
      await assertRejects(() => load(folder), message);
      const { skipped } = await load(folder, { skipBad: true });
      assertEquals(skipped.length, 1);
      await Deno.remove(path);
    }
  });
});

Deno.test("loadDataset() reads pictures in every format", async () => {
  await inFolder(async (folder) => {
    const bytes = Object.values(SAME_PICTURE);
    const classes = ["angry", "fear", "happy"];
    await writeFiles(
      folder,
      ["train", "val", "test"].flatMap((split, s) =>
        bytes.map((file, i) => ({ path: `${split}/${classes[s]}/${i}.tiff`, bytes: file }))
      ),
    );
    const { splits } = await load(folder);
    assertEquals(SPLITS.map((name) => splits[name].length), Array(3).fill(bytes.length));
    // All but AVIF are the same picture.
    assertEquals(new Set(splits.Training.ids).size <= 2, true);
  });
});

Deno.test("listFolder() follows links out of the folder only where asked to, and never in circles", async () => {
  await inFolder(async (temporary) => {
    const folder = await Deno.realPath(temporary);
    const [set, disk] = [join(folder, "set"), join(folder, "disk")];
    await writeFiles(join(folder, "plain"), sampleEntries());
    await writeFiles(disk, sampleEntries());
    await Deno.mkdir(set);
    await Deno.symlink(join(disk, "train"), join(set, "train"));
    await Deno.symlink(join(disk, "test"), join(set, "test"));

    const message =
      /set\/test: Is a link to a folder \(.*disk\/test\): to allow it, add --follow-links/;
    await assertRejects(() => load(set), message);
    // Leaving out a whole folder would be another data set.
    await assertRejects(() => load(set, { skipBad: true }), message);
    const cacheFolder = join(folder, "cache");
    const followed = await load(set, { followLinks: true, cacheFolder });
    assertEquals(followed.digest, (await load(join(folder, "plain"))).digest);
    let decoded = 0;
    const onProgress = () => decoded++;
    await load(set, { followLinks: true, cacheFolder, onProgress });
    assertEquals(decoded, 0);
    // What is behind the link is part of what the cache goes by.
    await Deno.writeFile(join(disk, "train", "sad", "Training_11.png"), grayPng(pattern(11)));
    const more = await load(set, { followLinks: true, cacheFolder, onProgress });
    assertEquals([decoded > 0, more.splits.Training.length], [true, 7]);

    for (const target of [set, disk, join(disk, "train"), join(disk, "train", "sad")]) {
      const link = join(disk, "train", "sad", "again");
      await Deno.symlink(target, link);
      assertThrows(
        () => listFolder(set, { followLinks: true }),
        /set\/.*: Is a link that goes round in circles \(to /,
      );
      await Deno.remove(link);
    }
  });
});

Deno.test("listFolder() names the flag for a link to a file, and passes over links that are litter", async () => {
  await inFolder(async (folder) => {
    const set = join(folder, "set");
    await writeFiles(set, sampleEntries());
    await Deno.writeFile(join(folder, "outside.png"), grayPng(pattern(11)));
    await Deno.symlink(folder, join(set, ".snapshots"));
    const { digest } = await load(set);
    const link = join(set, "train", "happy", "Training_11.png");
    await Deno.symlink(join(folder, "outside.png"), link);
    await assertRejects(
      () => load(set),
      /a link that leads out of the folder: to allow it, add --follow-links/,
    );
    const skipping = await load(set, { skipBad: true });
    assertEquals([skipping.digest, skipping.skipped.length], [digest, 1]);
    assertEquals((await load(set, { followLinks: true })).splits.Training.length, 7);
    await Deno.remove(link);
    await Deno.symlink(join(folder, "nowhere.png"), link);
    await assertRejects(() => load(set, { followLinks: true }), /Is a link that leads nowhere/);
  });
});

/** Class folders alone: 10 pictures of each of two classes, in both places or one. */
function classFolders(wrapper = ""): { path: string; bytes: Uint8Array }[] {
  return Array.from({ length: 20 }, (_, i) => ({
    path: `${wrapper}${i < 10 ? "anger" : "happy"}/${i}.png`,
    bytes: grayPng(pattern(i)),
  }));
}

Deno.test("loadDataset() draws splits from class folders, the same from folder and zip", async () => {
  await inFolder(async (folder) => {
    const shares = { Training: 80, PublicTest: 10, PrivateTest: 10 };
    await writeFiles(join(folder, "a"), classFolders());
    await Deno.writeFile(join(folder, "a.zip"), makeZip(classFolders("CK+48/").toReversed()));
    await assertRejects(
      () => load(join(folder, "a")),
      /no splits: draw them with --split 80\/10\/10/,
    );
    const drawn = await load(join(folder, "a"), { shares });
    assertEquals(SPLITS.map((name) => drawn.splits[name].length), [16, 2, 2]);
    assertEquals([...drawn.splits.PrivateTest.labels].sort(), [0, 1]);
    assertEquals(drawn.classes, ["angry", "happy"]);
    assertEquals(drawn.split, "drawn");
    assertEquals(
      /splits from the class folders, drawn by --split 80\/10\/10 \(seed 0\): stratified by class, copies of a picture all in one split$/
        .test(drawn.description),
      true,
      drawn.description,
    );
    assertEquals((await load(join(folder, "a.zip"), { shares })).digest, drawn.digest);
    await writeFiles(join(folder, "b"), classFolders("train/"));
    assertEquals((await load(join(folder, "b"), { shares })).digest, drawn.digest);

    // Other shares are another data set, in the cache, too.
    const cacheFolder = join(folder, "cache");
    const halves = { Training: 60, PublicTest: 20, PrivateTest: 20 };
    const [a, b] = [
      await load(join(folder, "a"), { shares, cacheFolder }),
      await load(join(folder, "a"), { shares: halves, cacheFolder }),
    ];
    assertEquals([a.digest, b.splits.Training.length], [drawn.digest, 12]);
    await assertRejects(() => load(join(folder, "a"), { cacheFolder }), /--split/);
  });
});

Deno.test("loadDataset() keeps copies on one side of a drawn split", async () => {
  await inFolder(async (folder) => {
    const copies = classFolders().flatMap((entry) =>
      ["", " - Copy", " (2)"].map((end) => ({
        ...entry,
        path: entry.path.replace(".png", `${end}.png`),
      }))
    );
    await writeFiles(folder, copies);
    const shares = { Training: 80, PublicTest: 10, PrivateTest: 10 };
    const { splits } = await load(folder, { shares });
    assertEquals(SPLITS.map((name) => splits[name].length), [48, 6, 6]);
    const [train, validation, test] = SPLITS.map((name) => new Set(splits[name].ids));
    assertEquals(train!.isDisjointFrom(test!) && train!.isDisjointFrom(validation!), true);
    assertEquals(validation!.isDisjointFrom(test!), true);
  });
});

Deno.test("loadDataset() notes classes too small to divide, and names one it cannot divide", async () => {
  await inFolder(async (folder) => {
    const shares = { Training: 80, PublicTest: 10, PrivateTest: 10 };
    await writeFiles(folder, [
      ...classFolders(),
      { path: "disgust/1.png", bytes: grayPng(pattern(30)) },
      { path: "disgust/2.png", bytes: grayPng(pattern(31)) },
    ]);
    assertEquals((await load(folder, { shares })).notes, [
      "The class disgust has 2 images, all in Training: 3 and more are divided",
    ]);
    await writeFiles(
      folder,
      [1, 2, 3, 4].map((n) => ({
        path: `neutral/${n}.png`,
        bytes: grayPng(pattern(40)),
      })),
    );
    await assertRejects(
      () => load(folder, { shares }),
      /The class neutral cannot be divided: its 4 images are copies of 1 /,
    );
  });
});

Deno.test("loadDataset() refuses --split of data that has splits", async () => {
  await inFolder(async (folder) => {
    const shares = { Training: 80, PublicTest: 10, PrivateTest: 10 };
    await writeFiles(join(folder, "set"), sampleEntries());
    await assertRejects(
      () => load(join(folder, "set"), { shares }),
      /splits of its own .*leave --split out/,
    );
  });
});
