/**
 * A trained network's weights as a file that other tools read: `weights.safetensors`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DataForm } from "../dataset/dataset.ts";
import { grayImageSize, type SampleForm } from "../sample.ts";
import { UserError } from "../error.ts";
import { explainReading } from "../file.ts";
import { shownPath } from "../paths.ts";
import type { WeightForm } from "../model/layers.ts";
import type * as tf from "../tensorflow/tf.ts";
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  LARGEST_HEADER,
  type NamedTensor,
} from "./checkpoint.ts";

/** The weights of the best epoch in a run's folder, for use after training; not part of the report. */
export const WEIGHTS_FILE = "weights.safetensors";

/** How to read the tensors; stands in the file's metadata. README.md beside the schemas has more. */
const notesOf = ({ classes, sample }: DataForm) => ({
  kind: "fer-lab/weights",
  names: "layer/weight, in the order of the model: first what is trained, then moving averages",
  conv_kernel:
    "height, width, input channels, output channels (HWIO); cross-correlation, same padding",
  dense_kernel: "inputs, outputs; the input is flattened from height, width, channels",
  input: inputNote(sample),
  output: `softmax over ${classes.join(", ")}`,
} as const);

function inputNote(sample: SampleForm): string {
  const { shape, divisor } = sample;
  const order = shape.length === 3 ? " (NHWC)" : "";
  const scaled = divisor === 1
    ? "as they are"
    : `${grayImageSize(sample) ? "gray " : ""}/ ${divisor}`;
  return `batch, ${shape.join(", ")}${order}; ${scaled}`;
}

/**
 * The names of a model's weights in its order, such as `conv1/kernel`: the layer's and the weight's
 * own, without the number that tfjs appends from the second model of a process on.
 */
export function weightNames(model: tf.LayersModel): string[] {
  return model.weights.map((weight) =>
    // The types leave it out.
    (weight as unknown as { readonly originalName: string }).originalName
  );
}

/** The names and shapes of a model's weights in its order. */
export function weightForms(model: tf.LayersModel): WeightForm[] {
  return weightNames(model).map((name, i) => ({
    name,
    shape: model.weights[i]!.shape as number[],
  }));
}

/**
 * Weights with their layers' names as bytes of the safetensors format.
 *
 * @param weights In the order of the model.
 * @param options `forms`: their names and shapes; `form`: of the data that it was trained on; `state`:
 *   what they are of, kept beside them; `notes`: further metadata, for other readers.
 */
export function encodeWeights(
  weights: readonly NamedTensor[],
  { forms, form, state, notes }: {
    readonly forms: readonly WeightForm[];
    readonly form: DataForm;
    readonly state: unknown;
    readonly notes?: Readonly<Record<string, string>>;
  },
): Uint8Array {
  const tensors = weights.map((weight, i) => ({ ...weight, name: forms[i]!.name }));
  return encodeCheckpoint({ tensors, state }, { notes: { ...notesOf(form), ...notes } });
}

/**
 * Puts a file's tensors in the order of the model whose weights they are to be; files made before have
 * them named by their place in it.
 *
 * @param tensors As the file has them.
 * @param forms Of the model's weights in its order.
 * @param path The file, for messages.
 * @throws {UserError} Where they are of another network.
 */
export function orderWeights(
  tensors: readonly NamedTensor[],
  forms: readonly WeightForm[],
  path: string,
): NamedTensor[] {
  const byPlace = tensors.every(({ name }, i) => name === `${i}`);
  const found = new Map(
    tensors.map((tensor, i) => [byPlace ? forms[i]?.name : tensor.name, tensor]),
  );
  const weights = forms.map(({ name, shape }) => {
    const tensor = found.get(name);
    if (tensor && String(tensor.shape) === String(shape)) return { ...tensor, name };
    const instead = tensor ? `it is [${tensor.shape}]` : "there is none";
    throw new UserError(
      `${
        shownPath(path)
      }: Weights of another network: ${name} should be [${shape}], and ${instead}`,
    );
  });
  if (tensors.length === weights.length) return weights;
  const known = new Set(forms.map(({ name }) => name));
  const [more] = [...found.keys()].filter((name) => name === undefined || !known.has(name));
  throw new UserError(
    `${shownPath(path)}: Weights of another network: it has ${tensors.length} tensors` +
      `${more === undefined ? "" : `, ${more} among them`}, and the network ${weights.length}`,
  );
}

/**
 * SHA-256 (hex) over a file's weights, for {@linkcode weightsDigest} to be held against; needs no model.
 *
 * @param path The file.
 * @param parameters How many numbers it should hold.
 * @throws {UserError} Where the file is missing, damaged or far larger than it should be.
 */
export async function fileWeightsDigest(path: string, parameters: number): Promise<string> {
  return weightsDigest(await readTensors(path, parameters));
}

/**
 * Reads a file's tensors as it has them.
 *
 * @param path The file.
 * @param parameters How many numbers it should hold.
 * @throws {UserError} Where the file is missing, damaged or far larger than it should be.
 */
export async function readTensors(
  path: string,
  parameters: number,
): Promise<readonly NamedTensor[]> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST_HEADER + Float32Array.BYTES_PER_ELEMENT * parameters) {
      throw new CheckpointError("it is larger than the network's weights");
    }
    return decodeCheckpoint(await Deno.readFile(path)).tensors;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw explainReading(error, path);
    throw new UserError(`${shownPath(path)}: No weights that can be used: ${error.message}`, {
      cause: error,
    });
  }
}

/** SHA-256 (hex) over the values in the order of the model. */
export function weightsDigest(weights: readonly NamedTensor[]): string {
  const hash = createHash("sha256");
  for (const { values } of weights) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}
