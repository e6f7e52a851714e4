import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BUNDLED_PROBABILITIES } from "../paths.ts";
import {
  divideScored,
  formatScoredImages,
  parseScoredImages,
  type ScoredImage,
} from "./scored_images.ts";

const bundled = parseScoredImages(await Deno.readTextFile(BUNDLED_PROBABILITIES), "a.csv");

Deno.test("parseScoredImages() reads what formatScoredImages() writes", () => {
  const images: ScoredImage[] = [
    { split: "PublicTest", image: "ab", label: 1, probabilities: [0.25, 0.75] },
    { split: "PrivateTest", image: "cd", label: 0, probabilities: [0.333333, 0.666667] },
  ];
  const text = formatScoredImages({ classes: ["happy", "sad"], images });
  strictEqual(
    text,
    "split,image,label,p_happy,p_sad\nPublicTest,ab,sad,0.25,0.75\nPrivateTest,cd,happy,0.333333,0.666667\n",
  );
  strictEqual(formatScoredImages(parseScoredImages(text, "a.csv")), text);
});

Deno.test("parseScoredImages() refuses what is not whole, naming the row", () => {
  const read = (row: string, head = "split,image,label,p_happy,p_sad") => () =>
    parseScoredImages(`${head}\n${row}\n`, "a.csv");
  throws(read("", "split,image,p_happy"), /^UserError: a.csv, row 1: Has not the columns split/);
  throws(
    read("Training,ab,sad,0.5,0.5"),
    /a.csv, row 2: "Training" is none of PublicTest, Private/,
  );
  throws(read("PublicTest,,sad,0.5,0.5"), /The image has no name/);
  throws(read("PublicTest,ab,surprise,0.5,0.5"), /"surprise" is none of happy, sad/);
  throws(read("PublicTest,ab,sad,0.5"), /Has 4 columns, not 5/);
  for (const wrong of ["0.5,0.4", "0.5,", "1.5,-0.5", "x,1"]) {
    throws(read(`PublicTest,ab,sad,${wrong}`), /are no probabilities of 2 classes/, wrong);
  }
});

Deno.test("The probabilities that come along are right of as many images as their run", () => {
  const right = (split: string) => {
    const own = bundled.images.filter((each) => each.split === split);
    const hits = own.filter(({ label, probabilities }) =>
      probabilities.indexOf(Math.max(...probabilities)) === label
    );
    return [own.length, hits.length];
  };
  // The record says 67.01 % and 66.45 %.
  deepStrictEqual(right("PrivateTest"), [3589, 2405]);
  deepStrictEqual(right("PublicTest"), [3589, 2385]);
});

Deno.test("divideScored() has no image in two parts, and a fifth of each class to choose on", () => {
  const { Training, PublicTest, PrivateTest } = divideScored(bundled.images);
  const ids = [Training, PublicTest, PrivateTest].map((part) => new Set(part.map((i) => i.image)));
  for (const [a, b] of [[0, 1], [0, 2], [1, 2]] as const) {
    strictEqual(ids[a]!.intersection(ids[b]!).size, 0);
  }
  strictEqual(PrivateTest.length, 3589);
  for (const label of bundled.classes.keys()) {
    const count = (part: readonly ScoredImage[]) => part.filter((i) => i.label === label).length;
    const share = count(PublicTest) / (count(PublicTest) + count(Training));
    ok(share > 0.17 && share < 0.23, `${bundled.classes[label]}: ${share}`);
  }
});
