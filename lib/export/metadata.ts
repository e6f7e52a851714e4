/**
 * What an exported network says of itself, whatever its format: enough to feed it and to read its output.
 *
 * @module
 */

import { networkLayers } from "../model/families.ts";
import { BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM } from "../model/layers.ts";
import { viewsOf } from "../model/views.ts";
import { viewsText } from "../report/card.ts";
import type { Trained } from "../run/trained.ts";

/** The same fields in every format. */
export interface ExportMetadata {
  readonly kind: "fer-lab/export";
  /** Raised when a field changes its meaning. */
  readonly version: 1;
  /** The run's digest; with its seed it names the run. */
  readonly run: string;
  readonly seed: number;
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly data: { readonly name: string; readonly digest: string };
  /** Names, in the order of the output's probabilities. */
  readonly classes: readonly string[];
  readonly sample: {
    /** Of one sample: height, width, channels; or the length of a vector. */
    readonly shape: readonly number[];
    /** What the network takes is the sample's values divided by this, float32. */
    readonly divisor: number;
  };
  /** What the network takes of one sample, in the order of `sample.shape`. */
  readonly input: readonly number[];
  /**
   * A prediction is the mean of the probabilities of these parts of a sample, each of `input`'s size from
   * a first row and column, some mirrored left to right.
   */
  readonly views: readonly {
    readonly row: number;
    readonly column: number;
    readonly mirrored: boolean;
  }[];
  /** The same in words. */
  readonly viewsText: string;
  /** The model card, Markdown, where there is one. */
  readonly card?: string;
}

/** The metadata of a trained network. */
export function exportMetadata(
  { record, configuration, data, input }: Omit<Trained, "weights">,
  { card }: { readonly card?: string | undefined } = {},
): ExportMetadata {
  const { classes, sample: { shape, divisor } } = data;
  return {
    kind: "fer-lab/export",
    version: 1,
    run: record.digest,
    seed: record.seed,
    weights: record.best.weights,
    data: { name: record.dataset.name, digest: record.dataset.digest },
    classes,
    sample: { shape, divisor },
    input: input.sample.shape,
    views: viewsOf(shape, input.sample.shape, configuration).map(({ crop, mirrored }) => ({
      row: crop[0],
      column: crop[1],
      mirrored,
    })),
    viewsText: viewsText(record.configuration),
    ...card === undefined ? {} : { card },
  };
}

/** The metadata for formats that have texts alone: what is no text is JSON. */
export function metadataTexts(metadata: ExportMetadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/**
 * A network's layers for readers that have no code of ours: each with its kind and settings, the shape of
 * its output, and in `inputs` the names of the layers whose outputs it takes. Its weights are called after
 * it: `conv1/kernel`.
 */
export function describeLayers({ configuration, input }: Omit<Trained, "weights">): object[] {
  const layers = networkLayers(configuration, input);
  return layers.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((place) => layers[place]!.name),
    ...layer.kind === "batchNorm"
      ? { momentum: BATCH_NORM_MOMENTUM, epsilon: BATCH_NORM_EPSILON }
      : {},
  }));
}
