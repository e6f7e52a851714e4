/**
 * A trained network in TensorFlow.js's own format, for a browser: made by tfjs's `save` on its backend in
 * plain JavaScript, so that no native TensorFlow is loaded.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { networkLayers } from "../model/families.ts";
import { layersModel } from "../model/layers_model.ts";
import type { Trained } from "../run/trained.ts";
import { type ExportMetadata, exportMetadata } from "./metadata.ts";

/** The name of the file of weights, as {@linkcode TfjsArtifacts.modelJson} has it. */
export const TFJS_WEIGHTS = "model.weights.bin";

/** The two files that `tf.loadLayersModel` takes, in memory. */
export interface TfjsArtifacts {
  /** `model.json`: the layers, the weights' manifest and the metadata (`userDefinedMetadata`). */
  readonly modelJson: string;
  /** `model.weights.bin`: float32, as the manifest lists them. */
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly metadata: ExportMetadata;
}

/**
 * A trained network as tfjs's artifacts; the same bytes every time. The model takes one view, float32 of
 * shape [batch, ...input] (for an image: height, width, channels), and gives probabilities.
 *
 * @param trained As `readTrained` has it.
 * @param options `card`: goes into the metadata.
 * @throws {RangeError} For a pool of votes, which has no layers.
 */
export async function tfjsArtifacts(
  trained: Trained,
  options: { readonly card?: string | undefined } = {},
): Promise<TfjsArtifacts> {
  // Or tfjs recommends its native package on the console.
  tf.env().set("PROD", true);
  await tf.ready();
  const metadata = exportMetadata(trained, options);
  const model = layersModel(networkLayers(trained.configuration, trained.input));
  try {
    tf.tidy(() =>
      model.setWeights(trained.weights.map(({ values, shape }) => tf.tensor(values, [...shape])))
    );
    model.setUserDefinedMetadata({ ...metadata });
    // tfjs's handler for HTTP writes both files; here they go no further than this function.
    let files: FormData | undefined;
    const keep = (_: RequestInfo, { body }: RequestInit = {}) => {
      files = body as FormData;
      return Promise.resolve(new Response());
    };
    await model.save(tf.io.http("model", { fetchFunc: keep as typeof fetch }));
    const read = (name: string) => (files!.get(name) as File).arrayBuffer();
    return {
      modelJson: new TextDecoder().decode(await read("model.json")),
      weights: new Uint8Array(await read(TFJS_WEIGHTS)),
      metadata,
    };
  } finally {
    model.dispose();
  }
}
