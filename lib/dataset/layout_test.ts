import {
  deepStrictEqual as assertEquals,
  match as assertMatch,
  throws as assertThrows,
} from "node:assert/strict";
import { presetLabels } from "./labels.ts";
import { isClassFolder, isLitter, placeFiles } from "./layout.ts";

function placeWith(draw: boolean, ...paths: string[]) {
  const bad: string[] = [];
  const { files, splits, outside, refusal } = placeFiles(paths, {
    name: "x",
    bad: (path, reason) => bad.push(`${path}: ${reason}`),
    draw,
  });
  const placed = files.map(({ path, split, label }) => `${path} ${split} ${label}`);
  return { files: placed, bad, splits, outside, ...refusal === undefined ? {} : { refusal } };
}

const place = (...paths: string[]) => placeWith(false, ...paths);

Deno.test("placeFiles() takes the split from the prefix of the file name", () => {
  assertEquals(
    place("train/fear/Training_1.jpg", "test/sad/PublicTest_1.jpg", "test/sad/PrivateTest_1.jpg"),
    {
      files: [
        "train/fear/Training_1.jpg Training fear",
        "test/sad/PublicTest_1.jpg PublicTest sad",
        "test/sad/PrivateTest_1.jpg PrivateTest sad",
      ],
      bad: [],
      splits: "given",
      outside: [],
    },
  );
});

Deno.test("placeFiles() takes the split from the folder where names have no prefix", () => {
  assertEquals(place("train/fear/1.jpg", "test/sad/1.jpg"), {
    files: ["train/fear/1.jpg Training fear", "test/sad/1.jpg PrivateTest sad"],
    bad: [],
    splits: "tenth",
    outside: [],
  });
  assertEquals(
    place("train/fear/1.png", "validation/sad/1.png", "Test/happy/1.png").splits,
    "given",
  );
});

Deno.test("placeFiles() knows the names that people give to split folders", () => {
  for (
    const [train, validation, test] of [
      ["train", "val", "test"],
      ["Training", "Validation", "Testing"],
      ["TRAIN", "VALID", "TEST"],
      ["FER2013Train", "FER2013Valid", "FER2013Test"],
      ["training_set", "validation_set", "test_set"],
      ["train-images", "dev-images", "test-images"],
      ["Training", "PublicTest", "PrivateTest"],
      ["training", "public_test", "private_test"],
      ["images/train", "images/validation", "images/test"],
      ["./train", "./val", "./test"],
    ]
  ) {
    assertEquals(
      place(`${train}/fear/1.jpg`, `${validation}/sad/1.jpg`, `${test}/sad/2.jpg`).files,
      [
        `${train}/fear/1.jpg Training fear`,
        `${validation}/sad/1.jpg PublicTest sad`,
        `${test}/sad/2.jpg PrivateTest sad`,
      ],
    );
  }
});

Deno.test("placeFiles() looks through wrapping folders, and tells of pictures beside them", () => {
  const { files, outside } = place(
    "overview.png",
    "FER/archive/train/Happiness/1.jpg",
    "FER/archive/test/happy/1.jpg",
    "FER/chart.png",
  );
  assertEquals(files, [
    "FER/archive/train/Happiness/1.jpg Training happy",
    "FER/archive/test/happy/1.jpg PrivateTest happy",
  ]);
  assertEquals(outside, ["overview.png", "FER/chart.png"]);
});

Deno.test("placeFiles() reports files whose name and place do not fit", () => {
  const { files, bad } = place(
    "train/fear/Training_1.jpg",
    "train/fear/other.jpg",
    "test/fear/Training_2.jpg",
    "train/3.jpg",
    "train/fear/deeper/Training_4.jpg",
  );
  assertEquals(files, ["train/fear/Training_1.jpg Training fear"]);
  assertEquals(bad, [
    "train/fear/other.jpg: Name does not begin with Training, PublicTest, PrivateTest as others do",
    "test/fear/Training_2.jpg: Is Training by its name but in the folder test",
    "train/3.jpg: Is not in a class folder: expected train/<class>/<image>",
    "train/fear/deeper/Training_4.jpg: Is not in a class folder: expected train/<class>/<image>",
  ]);
});

Deno.test("placeFiles() takes classes by what their folders are called, unless it is nearly a known one", () => {
  assertEquals(place("train/Bored/1.jpg", "test/CONTEMPT/1.jpg", "test/bored/2.jpg").files, [
    "train/Bored/1.jpg Training bored",
    "test/CONTEMPT/1.jpg PrivateTest contempt",
    "test/bored/2.jpg PrivateTest bored",
  ]);
  for (
    const [name, meant] of [["neural", "neutral"], ["suprize", "surprise"], ["hapy", "happy"]]
  ) {
    assertThrows(
      () => place(`train/${name}/1.jpg`, "test/sad/1.jpg"),
      new RegExp(`Unknown class folder "train/${name}": did you mean "${meant}"\\? .*--classes`),
    );
  }
  assertThrows(
    () => place("train/a,b/1.jpg"),
    /"a,b" cannot be the name of a class: it has a comma/,
  );
  const meant = placeFiles(["train/neural/1.jpg", "test/neural/1.jpg"], {
    name: "x",
    bad: () => {},
    meant: ["neural"],
  });
  assertEquals(meant.files.map(({ label }) => label), ["neural", "neural"]);
});

Deno.test("placeFiles() never guesses what a number means", () => {
  const paths = ["train/0/1.png", "train/3/1.png", "train/3/2.png", "test/06/1.png"];
  assertThrows(
    () => place(...paths),
    /^UserError: x: Has numbers for classes \(0: 1, 3: 2, 6: 1\).*--labels fer2013 \(0 angry, .*--labels affectnet \(0 neutral, .*or --labels 0=\.\.\.,3=\.\.\.$/,
  );
  // RAF-DB has no 0.
  assertThrows(() => place(...paths), (error: Error) => !error.message.includes("rafdb"));
  const placed = (preset: string, ...paths: string[]) =>
    placeFiles(paths, { name: "x", bad: () => {}, labels: presetLabels(preset) })
      .files.map(({ label }) => label);
  assertEquals(placed("affectnet", ...paths), ["neutral", "surprise", "surprise", "angry"]);
  assertThrows(
    () => placed("rafdb", ...paths),
    /Unknown class folder "train\/0": --labels rafdb has 1 surprise, 2 fear/,
  );
});

Deno.test("placeFiles() reads codes in file names, in whatever folders", () => {
  const draw = (preset: string, ...paths: string[]) => {
    const bad: string[] = [];
    const labels = presetLabels(preset);
    const options = { name: "x", bad: (path: string) => bad.push(path), draw: true, labels };
    return [placeFiles(paths, options).files.map(({ label }) => label), bad];
  };
  assertEquals(
    draw("jaffe", "KA.AN1.39.tiff", "KA.HA2.30.tiff", "jaffe/YM.NE1.49.tiff", "README.png"),
    [["angry", "happy", "neutral"], ["README.png"]],
  );
  assertEquals(
    draw("kdef", "KDEF/AF01/AF01ANS.JPG", "KDEF/BM35/BM35AFHL.JPG", "KDEF/AF01/AF01NEFR.JPG"),
    [["angry", "fear", "neutral"], []],
  );
  const labels = presetLabels("jaffe");
  assertThrows(
    () => placeFiles(["a/KA.AN1.39.tiff"], { name: "x", bad: () => {}, labels }),
    /Has no splits .*--split 80\/10\/10/,
  );
  const own = placeFiles(["train/KA.AN1.39.tiff", "test/KM.SU1.9.tiff"], {
    ...{ name: "x", bad: () => {}, labels },
  });
  assertEquals(own.files.map(({ split, label }) => `${split} ${label}`), [
    "Training angry",
    "PrivateTest surprise",
  ]);
  assertEquals(own.splits, "tenth");
});

Deno.test("placeFiles() says which folders are neither splits nor classes", () => {
  assertThrows(
    () => place("cats/1.jpg", "dogs/1.jpg"),
    /Has the folders cats, dogs: expected train/,
  );
  assertThrows(
    () => place("a/KA.AN1.39.tiff", "a/KA.HA1.29.tiff"),
    /Has 2 images but no folders of them: say --labels jaffe, whose names they have, and --split 80/,
  );
  assertThrows(
    () => place("a/1.tiff", "a/2.tiff"),
    /Has 2 images but no folders of them: sort them into class folders, such as happy\/1.tiff/,
  );
});

Deno.test("placeFiles() names the split folder that is missing, and what to do", () => {
  const refusal = (...paths: string[]) => place(...paths).refusal ?? "none";
  assertMatch(
    refusal("images/train/fear/1.jpg", "images/validation/sad/1.jpg"),
    /Has only the folders train, validation: a folder test \(PrivateTest\) is missing: add it, or rename validation to test/,
  );
  assertMatch(
    refusal("train/fear/1.jpg", "train/sad/1.jpg"),
    /Has only the folder train: .*test \(PrivateTest\) is missing: .* with --split 80\/10\/10/,
  );
  assertMatch(
    refusal("val/fear/1.jpg", "test/sad/1.jpg"),
    /Has only the folders test, val: a folder train \(Training\) is missing/,
  );
});

Deno.test("placeFiles() asks for --split where there are class folders alone", () => {
  const paths = ["CK+48/anger/1.png", "CK+48/happy/2.png", "CK+48/sadness/3.png"];
  assertThrows(
    () => place(...paths),
    /anger, happy, sadness\) and no splits: .* --split 80\/10\/10/,
  );
  assertEquals(placeWith(true, ...paths), {
    files: paths.map((path, i) => `${path} Training ${["angry", "happy", "sad"][i]}`),
    bad: [],
    splits: "all",
    outside: [],
  });
  // The unknown class is said first: --split alone would not help.
  for (const draw of [false, true]) {
    assertThrows(
      () => placeWith(draw, ...paths, "CK+48/contemt/4.png"),
      /Unknown class folder "CK\+48\/contemt": did you mean "contempt"/,
    );
  }
});

Deno.test("placeFiles() draws from a train folder alone, and not from splits that are there", () => {
  const { files, splits } = placeWith(true, "a/train/fear/1.jpg", "a/train/sad/2.jpg");
  assertEquals(splits, "all");
  assertEquals(files, ["a/train/fear/1.jpg Training fear", "a/train/sad/2.jpg Training sad"]);
  assertThrows(
    () => placeWith(true, "train/fear/1.jpg", "test/fear/2.jpg"),
    /Has splits of its own \(the folders test, train\): leave --split out/,
  );
});

Deno.test("isLitter() knows what systems leave behind, and no more", () => {
  for (
    const name of [
      ".DS_Store",
      "._1.jpg",
      ".gitkeep",
      ".picasa.ini",
      ".Trash-1000",
      "__MACOSX",
      "Icon\r",
      "Thumbs.db",
      "ehthumbs.db",
      "ehthumbs_vista.db",
      "desktop.ini",
      "$RECYCLE.BIN",
      "System Volume Information",
      "@eaDir",
      "lost+found",
    ]
  ) assertEquals(isLitter(name), true, name);
  for (
    const name of [
      "1 - Copy.jpg",
      "Copy of 1.jpg",
      "icons",
      "happy",
      "thumbs",
      ".",
      "..",
      ".1.jpg.icloud",
      "labels.txt",
    ]
  ) {
    assertEquals(isLitter(name), false, name);
  }
});

Deno.test("isClassFolder() knows known classes by all their names, and numbers", () => {
  for (const name of ["angry", "DISGUST", " fear ", "sadness", "Contempt", "7", "012"]) {
    assertEquals(isClassFolder(name), true, name);
  }
  for (const name of ["bored", "-1", "", "constructor", "__proto__", "1a"]) {
    assertEquals(isClassFolder(name), false, name);
  }
});
