/** Other people's data sets in the layouts they come in, with drawn faces in place of theirs. */
import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { runTask } from "../fault/process.ts";
import { DATA_FLAGS, type DataFlags, parseDataFlags } from "../data_flags.ts";
import { csvRow, grayPng, inFolder, pattern, writeFiles } from "./_sample.ts";
import { SPLITS } from "./dataset.ts";
import { drawFace } from "./faces/draw.ts";
import { loadDataset } from "./load.ts";
import { majority, readVotes, shares } from "./votes.ts";

const SHARES = { Training: 60, PublicTest: 20, PrivateTest: 20 };
const NONE = Object.fromEntries(
  Object.keys(DATA_FLAGS).map((name) => [name, undefined]),
) as unknown as DataFlags;
const choicesOf = (flags: Partial<DataFlags>) =>
  parseDataFlags({ ...NONE, ...flags }, { hasData: true });

/** A drawn face that is like no other. */
function face(n: number): Uint8Array<ArrayBuffer> {
  const pixels = drawFace();
  for (let i = 0; i < 48; i++) pixels[i] = (n * 37 + i * (n % 11)) % 256;
  return grayPng(pixels);
}

/** Five pictures at each of some places, `*` being their number. */
function files(...places: string[]) {
  return places.flatMap((place, p) =>
    Array.from({ length: 5 }, (_, i) => ({
      path: place.replace("*", String(i + 1)),
      bytes: face(100 * p + i),
    }))
  );
}

const SEVEN = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
const TABLE = [
  {
    set: "RAF-DB",
    places: ["train", "test"].flatMap((split) =>
      numbers(1, 7).map((n) => `DATASET/${split}/${n}/${split}_*.png`)
    ),
    flags: { labels: "rafdb" },
    classes: SEVEN,
  },
  {
    set: "AffectNet",
    places: ["train", "val", "test"].flatMap((split) =>
      numbers(0, 7).map((n) => `${split}/${n}/*.png`)
    ),
    flags: { labels: "affectnet" },
    classes: [...SEVEN, "contempt"],
  },
  {
    set: "CK+",
    places: ["anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise"].map((name) =>
      `CK+48/${name}/S*.png`
    ),
    draw: true,
    flags: {},
    classes: [...SEVEN.slice(0, 6), "contempt"],
  },
  {
    set: "JAFFE",
    places: ["AN", "DI", "FE", "HA", "NE", "SA", "SU"].map((code) => `jaffe/KA.${code}*.39.png`),
    draw: true,
    flags: { labels: "jaffe" },
    classes: SEVEN,
  },
  {
    set: "KDEF",
    places: ["AN", "DI", "AF", "HA", "NE", "SA", "SU"].map((code) => `KDEF/AF0*/AF0*${code}S.png`),
    draw: true,
    flags: { labels: "kdef" },
    classes: SEVEN,
  },
  {
    set: "FER+ in folders",
    places: ["train", "val", "test"].flatMap((split) =>
      [...SEVEN, "contempt"].map((name) => `FER2013Plus/${split}/${name}/fer*.png`)
    ),
    flags: {},
    classes: [...SEVEN, "contempt"],
  },
  {
    set: "three emotions of one's own",
    places: ["train", "test"].flatMap((split) =>
      ["Bored", "happy", "Puzzled"].map((name) => `${split}/${name}/*.png`)
    ),
    flags: {},
    classes: ["happy", "bored", "puzzled"],
  },
];

for (const { set, places, flags, classes, draw = false } of TABLE) {
  Deno.test(`loadDataset() understands ${set} by ${JSON.stringify(flags)}`, async () => {
    await inFolder(async (folder) => {
      await writeFiles(
        folder,
        files(...places).map(({ path, bytes }) => ({
          path: path.replace(/AF0\*/, "AF01"),
          bytes,
        })),
      );
      const notes: string[] = [];
      const dataset = await loadDataset(folder, {
        cacheFolder: null,
        choices: choicesOf(flags),
        onNote: (line) => notes.push(line),
        ...draw ? { shares: SHARES } : {},
      });
      deepStrictEqual(dataset.classes, classes);
      for (const split of SPLITS) {
        deepStrictEqual(new Set(dataset.splits[split].labels), new Set(classes.keys()), split);
      }
      strictEqual(notes.some((line) => line.startsWith("Labels: ")), "labels" in flags);
      strictEqual(dataset.choices?.labels?.preset, (flags as Partial<DataFlags>).labels);
    });
  });
}

Deno.test("Neither the order nor the case of folders changes classes or digest", async () => {
  const names = ["anger", "Contempt", "bored", "HAPPY"];
  let first: unknown;
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(names, { minLength: names.length }),
      fc.constantFrom("lower", "upper", "same"),
      async (order, letters) => {
        await inFolder(async (folder) => {
          for (const name of order) {
            const written = letters === "lower"
              ? name.toLowerCase()
              : letters === "upper"
              ? name.toUpperCase()
              : name;
            const n = 100 * names.indexOf(name);
            await writeFiles(
              folder,
              ["train", "test"].flatMap((split, s) =>
                [0, 1, 2].map((i) => ({
                  path: `${split}/${written}/${i}.png`,
                  bytes: grayPng(pattern(n + 10 * s + i)),
                }))
              ),
            );
          }
          const { classes, digest } = await loadDataset(folder, { cacheFolder: null });
          deepStrictEqual(classes, ["angry", "happy", "bored", "contempt"]);
          first ??= digest;
          strictEqual(digest, first);
        });
      },
    ),
    { numRuns: 6 },
  );
});

Deno.test("Classes are kept and joined, as in data that had no others", async () => {
  await inFolder(async (folder) => {
    const set = (name: string, classes: readonly string[]) =>
      writeFiles(
        join(folder, name),
        ["train", "val", "test"].flatMap((split, s) =>
          classes.flatMap((each) =>
            [0, 1, 2].map((i) => ({
              path: `${split}/${each}/${i}.png`,
              bytes: grayPng(pattern(100 * SEVEN.indexOf(each) + 10 * s + i)),
            }))
          )
        ),
      );
    await set("all", SEVEN);
    await set("some", ["happy", "sad", "neutral"]);
    const load = (name: string, flags: Partial<DataFlags>) =>
      loadDataset(join(folder, name), { cacheFolder: null, choices: choicesOf(flags) });
    const kept = await load("all", { classes: "neutral,happy,sadness" });
    deepStrictEqual(kept.classes, ["happy", "sad", "neutral"]);
    strictEqual(kept.digest, (await load("some", {})).digest);
    strictEqual(kept.name, "all-3-classes");
    match(kept.description, /classes kept: happy, sad, neutral \(36 images left out\)$/);
    const joined = await load("all", { merge: "disgust=angry,fear=angry" });
    deepStrictEqual(joined.classes, ["angry", "happy", "sad", "surprise", "neutral"]);
    strictEqual(joined.splits.Training.labels.filter((label) => label === 0).length, 9);
    deepStrictEqual(joined.choices?.merge, { disgust: "angry", fear: "angry" });
    // As the record has it, so it is again.
    const again = await load("all", { merge: "fear=anger,disgust=anger" });
    strictEqual(again.digest, joined.digest);
    await rejects(() => load("all", { classes: "happy,neural" }), /did you mean "neutral"\?$/);
    await rejects(() => load("some", { merge: "happy=sad,neutral=sad" }), /one class only/);
    const large = await load("some", { size: "64" });
    deepStrictEqual(large.sample.shape, [64, 64, 1]);
    strictEqual(large.name, "some-64px");
  });
});

const HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt," +
  "unknown,NF";

Deno.test("FER+'s rules keep and leave out images as its authors' code does", () => {
  strictEqual(majority([4, 0, 0, 1, 3, 2, 0, 0, 0, 0]), undefined);
  strictEqual(majority([6, 0, 1, 1, 0, 0, 0, 0, 2, 0]), 6);
  strictEqual(majority([0, 0, 0, 0, 0, 0, 0, 0, 0, 10]), undefined);
  // Single votes are none: 5 of 9 are left, and all of them are one's.
  strictEqual(majority([1, 1, 1, 1, 1, 5, 0, 0, 0, 0]), 1);
  // Neutral and anger hold 7 of 9 votes that count.
  deepStrictEqual(shares([4, 0, 0, 1, 3, 2, 0, 0, 0, 0]), [3 / 7, 0, 0, 0, 0, 0, 4 / 7, 0]);
  strictEqual(shares([2, 0, 0, 0, 0, 0, 0, 0, 8, 0]), undefined);
});

Deno.test("Votes are joined with FER2013's CSV row by row, or not at all", async () => {
  const VOTED = [
    ["Training", "10,0,0,0,0,0,0,0,0,0", 0],
    ["Training", "0,6,0,0,0,0,0,4,0,0", 3],
    ["Training", "0,0,0,0,0,0,0,0,0,10", 3],
    ["PublicTest", "0,10,0,0,0,0,0,0,0,0", 3],
    ["PublicTest", "3,3,4,0,0,0,0,0,0,0", 3],
    ["PrivateTest", "0,0,0,0,0,0,0,10,0,0", 6],
  ] as const;
  await inFolder(async (folder) => {
    const votes = join(folder, "fer2013new.csv");
    const data = join(folder, "fer2013.csv");
    const writeVotes = (rows: readonly string[]) =>
      Deno.writeTextFile(votes, [HEADER, ...rows].join("\r\n") + "\r\n");
    const rows = VOTED.map(([usage, cast]) => `${usage},wrong.png,${cast}`);
    await Deno.writeTextFile(
      data,
      [
        "emotion,pixels,Usage",
        ...VOTED.map(([usage, , label], n) => csvRow(label, pattern(n), usage)),
      ]
        .join("\n"),
    );
    const load = (protocol: string) =>
      loadDataset(data, {
        cacheFolder: join(folder, "cache"),
        choices: choicesOf({ votes, protocol }),
        onNote: () => {},
      });
    await writeVotes(rows);
    for (const _ of ["decoded", "from the cache"]) {
      const { classes, splits, name, targets, choices } = await load("majority");
      deepStrictEqual(classes, [...SEVEN, "contempt"]);
      deepStrictEqual(SPLITS.map((split) => splits[split].length), [2, 1, 1]);
      deepStrictEqual([...splits.Training.labels].sort(), [3, 6]);
      deepStrictEqual([name, targets], ["fer2013-ferplus-majority", undefined]);
      strictEqual(choices?.votes?.protocol, "majority");
    }
    const soft = await load("cross-entropy");
    const drawn = await load("probability");
    strictEqual(soft.targets, "distributions");
    strictEqual(drawn.targets, "draws");
    strictEqual(soft.splits.PublicTest.targets, undefined);
    const shared = soft.splits.Training.targets!;
    deepStrictEqual(
      [...shared].filter((share) => share > 0).map((share) => share.toFixed(1)).sort(),
      [
        "0.4",
        "0.6",
        "1.0",
      ],
    );
    strictEqual(soft.digest === drawn.digest, false);

    await writeVotes(rows.with(1, rows[3]!));
    await rejects(() => load("majority"), /row 3: Is Training, and row 3 of .* is PublicTest/);
    await writeVotes(rows.slice(1));
    await rejects(() => load("majority"), /rows of images, and .* has 5 of votes|row 4: Is /);
    await writeVotes([...rows, rows[5]!]);
    await rejects(() => load("majority"), /Has 6 rows of images, and .* has 7 of votes/);
    await writeVotes(rows.with(2, "Training,,0,0,0,0,0,0,0,0,0,0"));
    await rejects(() => load("majority"), /fer2013new.csv, row 4: Has no votes, all are 0/);
  });
});

Deno.test("What cannot be understood is said in one line", async () => {
  const cases: [Partial<DataFlags>, RegExp][] = [
    [{ labels: "rafbd" }, /^--labels "rafbd" is neither .* nor known: did you mean "rafdb"\?$/],
    [{ labels: "kaggle" }, /, nor known: expected one of fer2013, [a-z, ]+, kdef$/],
    [{ labels: "1=happy,2=happiness" }, /happy is named twice, by 1 and 2/],
    [{ labels: "1=happy,1=sad" }, /the number 1 is there twice/],
    [{ labels: "1=neural,2=sad" }, /unknown class "neural": did you mean "neutral"\?/],
    [{ classes: "happy" }, /--classes needs two classes/],
    [{ classes: "happy,happiness" }, /--classes names happy twice/],
    [{ merge: "disgust" }, /--merge needs pairs such as disgust=angry/],
    [{ merge: "a=b,b=c" }, /joins a with b, which it joins with c: write a=c/],
    [{ protocol: "majority" }, /--protocol needs --votes/],
    [{ votes: "x", protocol: "majorty" }, /Unknown protocol "majorty": did you mean "majority"\?/],
    [{ size: "50" }, /--size must be one of 48, 64, 96, 112/],
  ];
  for (const [flags, message] of cases) {
    throws(() => choicesOf(flags), (error: Error) => {
      match(error.message, message);
      strictEqual(error.message.includes("\n"), false);
      return true;
    });
  }
  throws(
    () => readVotes("a,b\n", "v.csv", "majority"),
    /v.csv, row 1: Is no file of FER\+'s votes/,
  );
  await inFolder(async (folder) => {
    const load = (name: string) => loadDataset(join(folder, name), { cacheFolder: null });
    await writeFiles(
      join(folder, "people"),
      Array.from({ length: 101 }, (_, i) =>
        ["train", "test"].map((split) => ({
          path: `${split}/person ${i}/1.png`,
          bytes: grayPng(pattern(i)),
        }))).flat(),
    );
    await rejects(() => load("people"), /Has 101 classes \(.*100 are the most/);
    await writeFiles(join(folder, "one"), files("train/happy/*.png", "test/happy/*.png"));
    await rejects(() => load("one"), /Has one class only \(happy\)/);
  });
});

Deno.test("The language of the system changes neither classes nor digest", async () => {
  await inFolder(async (folder) => {
    // Turkish has another small I, Swedish another order of letters.
    const names = ["DISGUST", "HAPPINESS", "Irritation", "\u00e4rger", "zest", "Interest"];
    await writeFiles(
      folder,
      files(...["train", "test"].flatMap((split) => names.map((name) => `${split}/${name}/*.png`))),
    );
    const said = await Promise.all(["C", "tr_TR.UTF-8", "sv_SE.UTF-8"].map(async (language) => {
      const { code, stdout, stderr } = await runTask("dataset", ["--data", folder], {
        env: { LC_ALL: language, LANG: language, LANGUAGE: language },
      });
      strictEqual(code, 0, stderr);
      return stdout;
    }));
    match(said[0]!, /\nDigest [0-9a-f]{64}\n/);
    deepStrictEqual(said.slice(1), [said[0], said[0]]);
  });
});
