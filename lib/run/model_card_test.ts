import { strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { readText } from "../report/files.ts";
import { BOXED_MODEL } from "./find_network.ts";
import { runCard } from "./model_card.ts";
import { readModelFile } from "./model_file.ts";
import { placeOfRun, runsIn } from "./state.ts";

Deno.test("The card in the box is made of the committed run of its network", async () => {
  const { record } = await readModelFile(BOXED_MODEL);
  const folder = placeOfRun(runsIn(join(COMMITTED_RESULTS, record.dataset.name)), record);
  const card = await readText(BOXED_MODEL.replace(/safetensors$/, "md"));
  strictEqual(card, await runCard(folder, record, record.dataset.name));
});
