import {
  deepStrictEqual as assertEquals,
  match as assertMatch,
  throws as assertThrows,
} from "node:assert/strict";
import { isLitter, labelOf, placeFiles } from "./layout.ts";

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
        "train/fear/Training_1.jpg Training 2",
        "test/sad/PublicTest_1.jpg PublicTest 4",
        "test/sad/PrivateTest_1.jpg PrivateTest 4",
      ],
      bad: [],
      splits: "given",
      outside: [],
    },
  );
});

Deno.test("placeFiles() takes the split from the folder where names have no prefix", () => {
  assertEquals(place("train/fear/1.jpg", "test/sad/1.jpg"), {
    files: ["train/fear/1.jpg Training 2", "test/sad/1.jpg PrivateTest 4"],
    bad: [],
    splits: "tenth",
    outside: [],
  });
  assertEquals(place("train/0/1.png", "validation/1/1.png", "Test/2/1.png").splits, "given");
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
        `${train}/fear/1.jpg Training 2`,
        `${validation}/sad/1.jpg PublicTest 4`,
        `${test}/sad/2.jpg PrivateTest 4`,
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
    "FER/archive/train/Happiness/1.jpg Training 3",
    "FER/archive/test/happy/1.jpg PrivateTest 3",
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
  assertEquals(files, ["train/fear/Training_1.jpg Training 2"]);
  assertEquals(bad, [
    "train/fear/other.jpg: Name does not begin with Training, PublicTest, PrivateTest as others do",
    "test/fear/Training_2.jpg: Is Training by its name but in the folder test",
    "train/3.jpg: Is not in a class folder: expected train/<class>/<image>",
    "train/fear/deeper/Training_4.jpg: Is not in a class folder: expected train/<class>/<image>",
  ]);
});

Deno.test("placeFiles() lists what was expected where a folder is unknown", () => {
  assertThrows(
    () => place("train/contempt/1.jpg"),
    /Unknown class folder "train\/contempt": expected angry, disgust, fear, happy, sad, surprise/,
  );
  assertThrows(
    () => place("cats/1.jpg", "dogs/1.jpg"),
    /Has the folders cats, dogs: expected train/,
  );
  assertThrows(
    () => place("a/KA.AN1.39.tiff", "a/KA.HA1.29.tiff"),
    /Has 2 images but no folders of them: sort them into class folders, such as happy\/KA.AN1.39.tiff/,
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
    files: paths.map((path, i) => `${path} Training ${[0, 3, 4][i]}`),
    bad: [],
    splits: "all",
    outside: [],
  });
  // The unknown class is said first: --split alone would not help.
  for (const draw of [false, true]) {
    assertThrows(
      () => placeWith(draw, ...paths, "CK+48/contempt/4.png"),
      /Unknown class folder "CK\+48\/contempt": expected angry/,
    );
  }
});

Deno.test("placeFiles() draws from a train folder alone, and not from splits that are there", () => {
  const { files, splits } = placeWith(true, "a/train/fear/1.jpg", "a/train/sad/2.jpg");
  assertEquals(splits, "all");
  assertEquals(files, ["a/train/fear/1.jpg Training 2", "a/train/sad/2.jpg Training 4"]);
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

Deno.test("labelOf() knows the seven names, their numbers and synonyms, and nothing inherited", () => {
  const names = ["angry", "DISGUST", " fear ", "3", "sadness", "surprised", "neutral"];
  assertEquals(names.map(labelOf), [0, 1, 2, 3, 4, 5, 6]);
  for (const name of ["contempt", "7", "-1", "", "constructor", "__proto__"]) {
    assertEquals(labelOf(name), undefined);
  }
});
