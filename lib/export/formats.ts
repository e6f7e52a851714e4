/**
 * The formats that a trained network is exported to, by what they are called on the command line.
 *
 * @module
 */

import { nearest } from "../nearest.ts";
import { UsageError } from "../error.ts";
import { encodeModel } from "../run/model_file.ts";
import type { Trained } from "../run/trained.ts";
import { exportMetadata, metadataTexts } from "./metadata.ts";

/** A format. */
interface ExportFormat {
  /** What it writes: a file, or a folder with files. */
  readonly entry: string;
  /** In words, for `--help`. */
  readonly meaning: string;
  /** Makes the files' contents by their paths; with the card inside. */
  readonly encode: (
    trained: Trained,
    options: { readonly card: string },
  ) => Promise<Readonly<Record<string, Uint8Array | string>>>;
}

/** All formats. */
export const FORMATS = {
  tfjs: {
    entry: "tfjs",
    meaning: "TensorFlow.js, for a page: tfjs/model.json and tfjs/model.weights.bin",
    async encode(trained, options) {
      const { TFJS_WEIGHTS, tfjsArtifacts } = await import("./tfjs.ts");
      const { modelJson, weights } = await tfjsArtifacts(trained, options);
      return { "tfjs/model.json": modelJson, [`tfjs/${TFJS_WEIGHTS}`]: weights };
    },
  },
  onnx: {
    entry: "model.onnx",
    meaning: "ONNX, for onnxruntime and others: model.onnx",
    async encode(trained, options) {
      return { "model.onnx": (await import("./onnx.ts")).onnxModel(trained, options) };
    },
  },
  safetensors: {
    entry: "model.safetensors",
    meaning: "the weights by name, and what deno task predict takes: model.safetensors",
    encode(trained, options) {
      // What the file is, is a model file's own to say.
      const { kind: _, version: __, input, ...notes } = metadataTexts(
        exportMetadata(trained, options),
      );
      const bytes = encodeModel(trained, { notes: { ...notes, view: input! } });
      return Promise.resolve({ "model.safetensors": bytes });
    },
  },
} as const satisfies Readonly<Record<string, ExportFormat>>;

/** A format's name. */
export type FormatName = keyof typeof FORMATS;

/**
 * The formats of a list such as `tfjs,onnx`, each once.
 *
 * @throws {UsageError} For a name that is none.
 */
export function parseFormats(list: string): FormatName[] {
  const names = list.split(",").map((name) => name.trim());
  const known = Object.keys(FORMATS);
  const odd = names.find((name) => !known.includes(name));
  if (odd !== undefined) {
    const meant = nearest(odd, known);
    throw new UsageError(
      `Unknown format "${odd}": ${meant ? `did you mean "${meant}"? ` : ""}--to takes ` +
        `${known.join(", ")}, several with commas between`,
    );
  }
  return [...new Set(names)] as FormatName[];
}
