import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { RUN_FILES } from "../report/files.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { BOXED_MODEL } from "../run/find_network.ts";
import { placeOfRun, runsIn } from "../run/state.ts";
import { readTrained } from "../run/trained.ts";
import { WEIGHTS_FILE } from "../training/weights.ts";
import { testInFolder } from "./_in_folder.ts";
import { main } from "./model.ts";

Deno.test("model says what to do with a model file in place of a run", () =>
  rejects(main([BOXED_MODEL]), {
    name: "UserError",
    message:
      /fer2013\.safetensors: Is a model file already: copy it, with the card .* run's folder/,
  }));

testInFolder("--out names a folder or the model file, the card beside", async (folder) => {
  const run = await boxedRun(join(folder, "run"));
  const made = async (...flags: readonly string[]) => {
    const out = join(folder, "out");
    await main([run, ...flags.map((flag) => flag.replace("OUT", out))]);
    const files = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    const model = files.find((name) => name.endsWith(".safetensors"))!;
    deepStrictEqual(await Deno.readFile(join(out, model)), await Deno.readFile(BOXED_MODEL));
    await Deno.remove(out, { recursive: true });
    return files;
  };
  deepStrictEqual(await made("--out", "OUT"), ["fer2013.md", "fer2013.safetensors"]);
  const x = ["x.md", "x.safetensors"];
  deepStrictEqual(await made("--out", "OUT", "--name", "x"), x);
  deepStrictEqual(await made("--out", "OUT", "--name", "x.safetensors"), x);
  deepStrictEqual(await made("--out", "OUT/x.safetensors"), x);
  await rejects(made("--out", "OUT/x.safetensors", "--name", "y"), {
    name: "UsageError",
    message: /^--out names the file already: leave out --name, or name a folder$/,
  });
  // One of that name that is there already is one.
  const odd = join(folder, "odd.safetensors");
  await Deno.mkdir(odd);
  await main([run, "--out", odd, "--name", "x"]);
  deepStrictEqual([...Deno.readDirSync(odd)].map(({ name }) => name).sort(), x);
  await Deno.mkdir(join(folder, "z.md"));
  await rejects(main([run, "--out", folder, "--name", "z"]), /z\.md: Is a folder: name a file/);
  strictEqual([...Deno.readDirSync(folder)].some(({ name }) => name === "z.safetensors"), false);
});

/** The run of the network in the box, with its weights. */
async function boxedRun(folder: string): Promise<string> {
  const { record } = await readTrained(BOXED_MODEL);
  const committed = placeOfRun(runsIn(join(COMMITTED_RESULTS, "fer2013")), record);
  await Deno.mkdir(folder);
  for (const name of [RUN_FILES.record, RUN_FILES.predictions, RUN_FILES.facts]) {
    await Deno.copyFile(join(committed, name), join(folder, name));
  }
  await Deno.copyFile(BOXED_MODEL, join(folder, WEIGHTS_FILE));
  return folder;
}
