/**
 * A trained network as one file: weights and record together in the safetensors format, so that it can
 * be given away, and opened, without its run's folder.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { explainReading } from "../file.ts";
import { shownPath } from "../paths.ts";
import { viewsText } from "../report/card.ts";
import type { RunRecord } from "../report/record.ts";
import { validateRecord } from "../report/validate.ts";
import { CheckpointError, decodeCheckpoint, type NamedTensor } from "../training/checkpoint.ts";
import { encodeWeights } from "../training/weights.ts";
import type { Trained } from "./trained.ts";

const KIND = "fer-lab/model";

/** Raised when a field changes its meaning. */
const VERSION = 1;

/** Of a file; the networks of this suite have some megabytes. */
const LARGEST = 1_000_000_000;

/** A model file that was read: whether the tensors are the record's, `readTrained` says. */
export interface ModelFile {
  readonly record: RunRecord;
  readonly tensors: readonly NamedTensor[];
}

/**
 * A trained network as the bytes of a model file: a function of the record and the weights alone.
 *
 * @param trained Its record and weights.
 * @param options `input`: what the network takes; `notes`: further metadata, for other readers.
 */
export function encodeModel(
  { record, weights, input }: Pick<Trained, "record" | "weights" | "input">,
  { notes }: { readonly notes?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  return encodeWeights(weights, {
    forms: weights,
    form: input,
    state: { version: VERSION, record },
    notes: {
      kind: KIND,
      run: `${record.digest}, seed ${record.seed}`,
      data: `${record.dataset.name}, SHA-256 ${record.dataset.digest}`,
      views: viewsText(record.configuration),
      ...notes,
    },
  });
}

/**
 * Reads a model file.
 *
 * @throws {UserError} Where it is missing, damaged, of a later version or no model file.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const refuse = (what: string): never => {
    throw new UserError(`${shownPath(path)}: No network that can be used: ${what}`);
  };
  const bytes = await readBytes(path);
  // Eight bytes of length, then JSON: nothing else begins so.
  if (bytes[8] !== "{".charCodeAt(0)) {
    refuse("it is no safetensors file: name one that deno task model made, or a run's folder");
  }
  const { state, tensors } = decode(bytes, refuse);
  const { version, record } = (state ?? {}) as { version?: unknown; record?: unknown };
  if (record === undefined || typeof version !== "number") {
    refuse(
      "it holds weights without the record of their run: name the run's folder, or make a model " +
        "file of it with deno task model",
    );
  }
  if (version as number > VERSION) {
    refuse(`it is of version ${version}, and this FER Lab reads up to ${VERSION}: update it`);
  }
  return { record: validateRecord(record, { file: path }), tensors };
}

function decode(bytes: Uint8Array, refuse: (what: string) => never) {
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return refuse(`${error.message}: copy it again`);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST) {
      throw new UserError(`${shownPath(path)}: No network that can be used: it has ${size} bytes`);
    }
    return await Deno.readFile(path);
  } catch (error) {
    throw explainReading(error, path);
  }
}
