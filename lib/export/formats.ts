/**
 * The formats that a trained network is exported to, by what they are called on the command line.
 *
 * @module
 */

import { nearest } from "../nearest.ts";
import { UsageError } from "../error.ts";
import { encodeModel } from "../run/model_file.ts";
import type { Trained } from "../run/trained.ts";
import type { EnvironmentName } from "./environments.ts";
import type { KerasFormat } from "./keras.ts";
import { describeLayers, exportMetadata, metadataTexts } from "./metadata.ts";

/** Files' contents by their paths in the folder of an export. */
export type ExportFiles = Readonly<Record<string, Uint8Array | string>>;

/** A format. */
interface ExportFormat {
  /** What it writes: a file, or a folder with files. */
  readonly entry: string;
  /** In words, for `--help`. */
  readonly meaning: string;
  /** Makes the files, with the card inside; what has none is Keras's to write. */
  readonly encode?: (
    trained: Trained,
    options: { readonly card: string },
  ) => Promise<ExportFiles>;
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
  savedmodel: {
    entry: "savedmodel",
    meaning: "TensorFlow SavedModel, for TensorFlow and its servers: savedmodel/ (by Python)",
  },
  keras: {
    entry: "model.keras",
    meaning: "Keras 3, to go on from: model.keras (by Python)",
  },
  safetensors: {
    entry: "model.safetensors",
    meaning: "the weights by name, and what deno task predict takes: model.safetensors",
    encode(trained, options) {
      // What the file is, is a model file's own to say.
      const { kind: _, version: __, input, ...notes } = metadataTexts(
        exportMetadata(trained, options),
      );
      const layers = JSON.stringify(describeLayers(trained));
      const bytes = encodeModel(trained, { notes: { ...notes, view: input!, layers } });
      return Promise.resolve({ "model.safetensors": bytes });
    },
  },
} as const satisfies Readonly<Record<string, ExportFormat>>;

/** A format's name. */
export type FormatName = keyof typeof FORMATS;

/** Whether Keras writes a format. */
export function isKerasFormat(name: FormatName): name is FormatName & KerasFormat {
  return !("encode" in FORMATS[name]);
}

/** Which Python opens a format; tfjs needs none. */
export function environmentOf(format: FormatName): EnvironmentName | undefined {
  if (format === "tfjs") return undefined;
  return isKerasFormat(format) ? "keras" : "export";
}

/**
 * The files of formats.
 *
 * @param options `python`: with Keras, for the formats that it writes.
 * @throws {UserError} Where Keras fails.
 */
export async function encodeFormats(
  names: readonly FormatName[],
  trained: Trained,
  { card, python }: { readonly card: string; readonly python?: string | undefined },
): Promise<ExportFiles> {
  const files: Record<string, Uint8Array | string> = {};
  for (const name of names) {
    const format: ExportFormat = FORMATS[name];
    Object.assign(files, await format.encode?.(trained, { card }));
  }
  const formats = names.filter(isKerasFormat);
  if (formats.length > 0) {
    const { kerasFiles } = await import("./keras.ts");
    Object.assign(files, ...await kerasFiles([{ trained, card, formats }], { python: python! }));
  }
  return files;
}

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
