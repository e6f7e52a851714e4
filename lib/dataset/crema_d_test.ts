import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { BUNDLED_VOTES } from "../paths.ts";
import { datasetFolder } from "./folder.ts";
import { foldsByGroup } from "./folds.ts";
import { loadDataset, type LoadOptions } from "./load.ts";
import {
  clipFolds,
  compactVotes,
  parseVotes,
  thinVotes,
  VOTE_COLUMNS,
  VOTES_FORM,
} from "./crema_d.ts";

const PUBLISHED = [
  `"","A","D","F","H","N","S","fileName","numResponses"`,
  `"100001",0,1,2,3,10,4,"1001_IEO_NEU_XX",20`,
  `"200001",1,0,0,0,9,0,"1001_IEO_NEU_XX",10`,
  `"300001",0,0,0,0,11,0,"1001_IEO_NEU_XX",11`,
].join("\n");

Deno.test("compactVotes() has a row for each clip, its votes in the order of the classes", () => {
  strictEqual(
    compactVotes(PUBLISHED, "votes.csv"),
    `${VOTE_COLUMNS.join()}\n1001_IEO_NEU_XX,0,1,2,3,4,10,1,0,0,0,0,9,0,0,0,0,0,11\n`,
  );
});

Deno.test("compactVotes() and parseVotes() refuse what is not whole, naming the row", () => {
  const cut = PUBLISHED.split("\n").slice(0, 3).join("\n");
  throws(() => compactVotes(cut, "a.csv"), /^UserError: a.csv: 1001_IEO_NEU_XX was not rated in/);
  throws(
    () => compactVotes("x\n1", "a.csv"),
    /^UserError: a.csv: Is not CREMA-D's published table .*: has no column ""$/,
  );
  throws(() => compactVotes(`${PUBLISHED}\n"1",1,1,1,1,1,1,"1001_IEO_NEU_XX",1`, "a.csv"), /row 5/);
  const row = (text: string) => parseVotes(`${VOTE_COLUMNS.join()}\n${text}\n`, "a.csv");
  const votes = [...Array(18).keys()].join();
  throws(() => row(`1001_IEO_ELA_XX,${votes}`), /a.csv, row 2: "1001_IEO_ELA_XX" is not the name/);
  throws(() => row(`1001_IEO_NEU_XX,${votes},1`), /Has 20 columns, not 19/);
  throws(
    () => row(`1001_IEO_NEU_XX,${votes.replace("17", "-1")}`),
    /"-1" is not a number of votes/,
  );
  throws(() => row(`1001_IEO_NEU_XX${",0".repeat(18)}`), /Has no votes of voice/);
  for (const other of ["", "a,b\n1,2\n"]) {
    throws(() => parseVotes(other, "a.csv"), /^UserError: a.csv: Has not the columns clip, voice_/);
  }
  const [clip] = parseVotes(`${VOTE_COLUMNS.join()}\n1001_IEO_NEU_XX,${votes}\n`, "a.csv");
  throws(() => clipFolds([clip!]), /^UserError: The clips with votes are of 1 actor: 5 folds need/);
});

Deno.test("loadDataset() refuses of a table of numbers what is chosen of images", async () => {
  const cases: [LoadOptions, RegExp][] = [
    [{ choices: { size: 64 } }, /^votes.csv: Has numbers .* no images: leave --size out$/],
    [
      { choices: { classes: ["angry", "happy"], merge: { fear: "sad" } } },
      /leave --classes and --merge out$/,
    ],
    [{ choices: { votes: { path: "x", protocol: "majority" } } }, /leave --votes out$/],
    [
      { shares: { Training: 80, PublicTest: 10, PrivateTest: 10 } },
      /^crema-d: Is in folds of actors: leave --split out$/,
    ],
  ];
  for (const [options, message] of cases) {
    await rejects(loadDataset(BUNDLED_VOTES, options), { name: "UserError", message });
  }
});

Deno.test("The votes that come along are in five folds of actors, nobody in two splits of one", async () => {
  const dataset = await loadDataset(BUNDLED_VOTES);
  strictEqual(datasetFolder(dataset), "crema-d");
  strictEqual(dataset.splits.PrivateTest.length, 7442);
  strictEqual(new Set(dataset.splits.PrivateTest.groups).size, 91);
  const tested = dataset.folds!.flatMap(({ splits }) => splits.PrivateTest.ids);
  deepStrictEqual(tested.toSorted(), dataset.splits.PrivateTest.ids.toSorted());
  for (const { splits } of dataset.folds!) {
    const actors = Object.values(splits).map(({ groups }) => new Set(groups));
    strictEqual(actors.reduce((sum, { size }) => sum + size, 0), 91);
    strictEqual(actors.reduce((all, each) => all.union(each)).size, 91);
  }
});

Deno.test("foldsByGroup() deals groups evenly, the same for the same seed", () => {
  const groups = Array.from({ length: 40 }, (_, i) => `g${i % 20}`);
  const folds = foldsByGroup(groups, 5, 1);
  deepStrictEqual(foldsByGroup(groups, 5, 1), folds);
  ok(String(foldsByGroup(groups, 5, 2)) !== String(folds));
  deepStrictEqual(folds.slice(0, 20), folds.slice(20));
  deepStrictEqual([...new Set(folds)].map((f) => folds.filter((g) => g === f).length), [
    8,
    8,
    8,
    8,
    8,
  ]);
  throws(() => foldsByGroup(["a", "b"], 3, 0), RangeError);
});

Deno.test("thinVotes() leaves so many votes of one modality, and never another one", () => {
  const samples = Uint8Array.from([4, 0, 3, 1, 0, 2, 5, 5, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  const thin = (votes: number) =>
    thinVotes({ samples, ids: ["a"] }, VOTES_FORM.sample, { modality: "voice", votes });
  for (const votes of [0, 1, 5, 10, 12]) {
    const thinned = thin(votes);
    const voice = thinned.slice(0, 6);
    strictEqual(Array.from(voice).reduce((a, b) => a + b), Math.min(votes, 10));
    ok(voice.every((count, c) => count <= samples[c]!));
    deepStrictEqual(thinned.slice(6), samples.slice(6));
  }
  deepStrictEqual(thin(3), thin(3));
});
