import { deepStrictEqual as assertEquals, throws as assertThrows } from "node:assert/strict";
import { labelOf, placeFiles } from "./layout.ts";

function place(...paths: string[]) {
  const bad: string[] = [];
  const layout = placeFiles(paths, "x", (path, reason) => bad.push(`${path}: ${reason}`));
  const files = layout.files.map(({ path, split, label }) => `${path} ${split} ${label}`);
  return { files, bad, needsTenth: layout.needsTenth };
}

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
      needsTenth: false,
    },
  );
});

Deno.test("placeFiles() takes the split from the folder where names have no prefix", () => {
  assertEquals(place("train/fear/1.jpg", "test/sad/1.jpg"), {
    files: ["train/fear/1.jpg Training 2", "test/sad/1.jpg PrivateTest 4"],
    bad: [],
    needsTenth: true,
  });
  assertEquals(
    place("train/0/1.png", "validation/1/1.png", "Test/2/1.png").needsTenth,
    false,
  );
});

Deno.test("placeFiles() looks through wrapping folders and past litter", () => {
  const { files } = place(
    "README.md",
    "FER/archive/train/Happiness/1.jpg",
    "FER/archive/test/happy/1.jpg",
    "FER/archive/train/happy/.DS_Store",
    "FER/.git/x",
    "__MACOSX/FER/archive/train/happy/._1.jpg",
    "FER/archive/test/happy/Thumbs.db",
  );
  assertEquals(files, [
    "FER/archive/train/Happiness/1.jpg Training 3",
    "FER/archive/test/happy/1.jpg PrivateTest 3",
  ]);
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
  assertThrows(() => place("1.jpg"), /Has images but no folders of them: expected train/);
  assertThrows(() => place("notes/readme.txt"), /Has no images: expected train/);
  assertThrows(() => place(), /Has no images: expected train/);
  assertThrows(() => place("sub/fer2013.csv"), /to load the CSV, name it: x\/sub\/fer2013.csv/);
});

Deno.test("labelOf() knows the seven names, their numbers and synonyms, and nothing inherited", () => {
  const names = ["angry", "DISGUST", " fear ", "3", "sadness", "surprised", "neutral"];
  assertEquals(names.map(labelOf), [0, 1, 2, 3, 4, 5, 6]);
  for (const name of ["contempt", "7", "-1", "", "constructor", "__proto__"]) {
    assertEquals(labelOf(name), undefined);
  }
});
