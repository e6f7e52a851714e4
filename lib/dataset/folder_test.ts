import { deepStrictEqual as assertEquals, match as assertMatch } from "node:assert/strict";
import { join } from "node:path";
import { PRESETS } from "../preset.ts";
import { csvRow, flat, inFolder, sampleCsv } from "./_sample.ts";
import { datasetFolder } from "./folder.ts";
import { loadDataset } from "./load.ts";
import { FACES_SEED, generateFaces } from "./synthetic.ts";

Deno.test("datasetFolder() keeps two data sets of one base name apart", async () => {
  await inFolder(async (folder) => {
    const places = [join(folder, "a"), join(folder, "b"), join(folder, "c")];
    const texts = [sampleCsv(), sampleCsv() + csvRow(0, flat(1), "Training"), sampleCsv()];
    const folders: string[] = [];
    for (const [i, place] of places.entries()) {
      await Deno.mkdir(place);
      await Deno.writeTextFile(join(place, "archive.zip"), texts[i]!);
      folders.push(
        datasetFolder(await loadDataset(join(place, "archive.zip"), { cacheFolder: null })),
      );
    }
    for (const name of folders) assertMatch(name, /^archive-[0-9a-f]{8}$/);
    assertEquals([folders[0] === folders[1], folders[0] === folders[2]], [false, true]);
  });
});

Deno.test("datasetFolder() gives no other data set the folder of FER2013", () => {
  const digest = "0123456789abcdef".repeat(4);
  const folder = datasetFolder({ name: "fer2013", synthetic: false, description: "", digest });
  assertEquals(folder, "fer2013-01234567");
});

Deno.test("datasetFolder() has one folder for the presets' faces, and others for other faces", () => {
  const { Training: training, PublicTest: publicTest, PrivateTest: privateTest } =
    PRESETS.smoke.faces;
  const smoke = { seed: FACES_SEED, training, publicTest, privateTest };
  assertEquals(datasetFolder(generateFaces(smoke)), "synthetic");
  for (const other of [{ training: 281 }, { seed: FACES_SEED + 1 }, { wrongLabels: 0 }]) {
    assertMatch(datasetFolder(generateFaces({ ...smoke, ...other })), /^synthetic-[0-9a-f]{8}$/);
  }
});
