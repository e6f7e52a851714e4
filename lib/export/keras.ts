/**
 * A trained network as a Keras model and as a TensorFlow SavedModel, written by Keras itself.
 *
 * @module
 */

import { join, relative } from "node:path";
import type { Trained } from "../run/trained.ts";
import { encodeCheckpoint } from "../training/checkpoint.ts";
import { runScript } from "./environments.ts";
import { describeLayers, exportMetadata } from "./metadata.ts";
import { inScratch } from "./scratch.ts";

/** What Keras writes. */
export type KerasFormat = "keras" | "savedmodel";

/** A network to write, and as what. */
export interface KerasJob {
  readonly trained: Trained;
  readonly card?: string | undefined;
  readonly formats: readonly KerasFormat[];
}

/** What a format is called in the folder of an export. */
export const KERAS_ENTRIES = { keras: "model.keras", savedmodel: "savedmodel" } as const;

/**
 * Networks as the files of their formats, by their paths in an export's folder.
 *
 * In `model.keras`, whose model takes one view, and in `savedmodel/assets.extra` lie `fer-lab.json` with the
 * metadata and `README.md` with the card. A SavedModel's `serving_default` takes whole samples and gives the
 * mean over their views; its `view` takes one.
 *
 * @param jobs Done by one process.
 * @param python With Keras.
 * @throws {UserError} Where Keras fails.
 */
export async function kerasFiles(
  jobs: readonly KerasJob[],
  { python }: { readonly python: string },
): Promise<Record<string, Uint8Array>[]> {
  return await inScratch(async (scratch) => {
    const folders = jobs.map((_, i) => join(scratch, `${i}`));
    const requests = await Promise.all(jobs.map(async ({ trained, card, formats }, i) => {
      const folder = folders[i]!;
      await Deno.mkdir(folder);
      const weights = `${folder}.safetensors`;
      const tensors = trained.weights;
      await Deno.writeFile(weights, encodeCheckpoint({ tensors, state: null }));
      const metadata = exportMetadata(trained);
      return {
        ...{ weights, layers: describeLayers(trained), metadata },
        notes: {
          "fer-lab.json": JSON.stringify(metadata, null, 2) + "\n",
          ...card === undefined ? {} : { "README.md": card },
        },
        ...Object.fromEntries(formats.map((name) => [name, join(folder, KERAS_ENTRIES[name])])),
      };
    }));
    await runScript(python, "keras_model.py", requests);
    return await Promise.all(folders.map(readFiles));
  });
}

/** The files in a folder and those below, by their paths in it. */
async function readFiles(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  const read = async (place: string) => {
    for await (const { name, isDirectory } of Deno.readDir(place)) {
      const path = join(place, name);
      if (isDirectory) await read(path);
      else files[relative(folder, path)] = await Deno.readFile(path);
    }
  };
  await read(folder);
  return files;
}
