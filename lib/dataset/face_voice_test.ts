import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BUNDLED_PAIRS, BUNDLED_PROBABILITIES, BUNDLED_VOTES } from "../paths.ts";
import { parseVotes, VOTE_CLASSES } from "./crema_d.ts";
import { SPLITS } from "./dataset.ts";
import { drawPairs, PAIRS_START, parsePairs } from "./face_voice.ts";
import { datasetFolder } from "./folder.ts";
import { loadDataset } from "./load.ts";
import { parseScoredImages } from "./scored_images.ts";

const scored = parseScoredImages(await Deno.readTextFile(BUNDLED_PROBABILITIES), "a.csv");
const clips = parseVotes(await Deno.readTextFile(BUNDLED_VOTES), "b.csv");
const pairs = parsePairs(await Deno.readTextFile(BUNDLED_PAIRS), "pairs.csv");

Deno.test("A pair is of an image's own emotion, with the clip's votes and the network's probabilities", () => {
  const imageOf = new Map(scored.images.map((each) => [`${each.split} ${each.image}`, each]));
  const copies = Map.groupBy(scored.images, ({ image }) => image);
  const clipOf = new Map(clips.map((each) => [each.name, each]));
  const codes = ["ANG", "DIS", "FEA", "HAP", "SAD", "NEU"];
  for (const { split, image, clip, voice, face } of pairs.slice(0, 3000)) {
    const { label, probabilities } = imageOf.get(
      `${split === "PrivateTest" ? split : "PublicTest"} ${image}`,
    )!;
    const emotion = codes.indexOf(clip.split("_")[2]!);
    // An image that is there twice may have two labels.
    const twice = copies.get(image)!.length > 1;
    ok(twice || scored.classes[label] === VOTE_CLASSES[emotion], image);
    deepStrictEqual(voice, clipOf.get(clip)!.votes.slice(0, 6));
    const surprise = probabilities[scored.classes.indexOf("surprise")]!;
    const happy = probabilities[scored.classes.indexOf("happy")]!;
    ok(Math.abs(face[3]! * (1 - surprise) - happy) < 1e-4, image);
  }
});

Deno.test("No actor and no image is in two splits of the pairs", () => {
  const sets = (of: (pair: typeof pairs[number]) => string) =>
    SPLITS.map((name) => new Set(pairs.filter(({ split }) => split === name).map(of)));
  for (const [all, ...others] of [sets(({ clip }) => clip.slice(0, 4)), sets((p) => p.image)]) {
    strictEqual(
      others.reduce((sum, { size }) => sum + size, all!.size),
      others.reduce((union, each) => union.union(each), all!).size,
    );
  }
});

Deno.test("The data set of pairs says first that they are made up, and tries them without voice or face", async () => {
  const dataset = await loadDataset(BUNDLED_PAIRS);
  strictEqual(datasetFolder(dataset), "face-voice");
  ok(dataset.caveat!.startsWith("Made-up pairs of strangers. "));
  deepStrictEqual(dataset.conditions!.map(({ name }) => name), [
    ...["voice: 10 votes", "voice: 5 votes", "voice: 3 votes", "voice: 1 vote"],
    ...["no voice", "no face"],
  ]);
  const { samples, length } = dataset.splits.PrivateTest;
  const [noVoice, noFace] = dataset.conditions!.slice(-2).map((each) => each.samples);
  for (let i = 0; i < length * 12; i++) {
    const isVoice = i % 12 < 6;
    strictEqual(noVoice![i], isVoice ? 0 : samples[i]);
    strictEqual(noFace![i], isVoice ? samples[i] : 0);
  }
});

Deno.test("drawPairs() refuses a network without one of the emotions, and actors without a voice of it", () => {
  const classes = scored.classes.map((name) => name === "fear" ? "bored" : name);
  throws(() => drawPairs({ ...scored, classes }, clips, 0), /knows no class fear/);
  const quiet = clips.filter(({ name }) => !name.includes("_HAP_"));
  throws(() => drawPairs(scored, quiet, 0), /The actors of Training have no clip of happy/);
});

Deno.test("parsePairs() refuses what is not whole, naming the row", () => {
  const [votes, shares] = ["0,1,1,0,0,8", "0.1,0.1,0.1,0.5,0.1,0.1"];
  const read = (row: string) => () => parsePairs(`${PAIRS_START}${row}\n`, "a.csv");
  throws(read(`Training,ab,1066_IWL_HAP_XX,${votes},${shares}`), /a.csv: Has no PublicTest/);
  throws(read(`Test,ab,1066_IWL_HAP_XX,${votes},${shares}`), /row 2: "Test" is none of Training/);
  throws(read(`Training,,1066_IWL_HAP_XX,${votes},${shares}`), /The image has no name/);
  throws(read(`Training,ab,1066,${votes},${shares}`), /"1066" is not the name of a clip/);
  throws(read(`Training,ab,1066_IWL_HAP_XX,${votes}`), /Has 9 columns, not 15/);
  for (const wrong of ["0,0,0,0,0,0", "0,1,1,0,0,-8", "0,1,1,0,0,x", "0,1,1,0,0,0.5"]) {
    throws(
      read(`Training,ab,1066_IWL_HAP_XX,${wrong},${shares}`),
      /are no votes on a voice/,
      wrong,
    );
  }
  for (const wrong of ["0,0,0,0,0,0", "1,1,-1,0,0,0", ",0,0,0.5,0.5,0"]) {
    throws(read(`Training,ab,1066_IWL_HAP_XX,${votes},${wrong}`), /are no probabilities of/, wrong);
  }
});
