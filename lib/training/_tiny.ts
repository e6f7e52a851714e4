/**
 * A network and images small enough for tests.
 *
 * @module
 */

import { BASELINE, type Configuration } from "../configuration.ts";
import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import type { TrainingSamples } from "./batch.ts";
import type { Engine } from "./engine.ts";

/** The baseline with two blocks of few filters, without copies. */
export const TINY: Configuration = {
  ...BASELINE,
  epochs: 3,
  batchSize: 8,
  filters: [4, 8],
  denseUnits: 16,
  balanceClasses: [],
};

/** Noise that is a little brighter for higher labels; every class in turn. */
export function tinyImages(count: number, name = "images"): TrainingSamples & { length: number } {
  const stream = randomStream(1, "tiny", name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASS_COUNT);
  const images = new Uint8Array(count * IMAGE_PIXELS);
  for (let i = 0; i < images.length; i++) {
    images[i] = 20 * labels[Math.floor(i / IMAGE_PIXELS)]! + stream.integer(0, 100);
  }
  return { samples: images, labels, length: count };
}

/** The engine's variables as values, after {@linkcode Engine.pull}. */
export async function variableValues(engine: Engine): Promise<Float32Array[]> {
  await engine.pull();
  return engine.variables.map((variable) => variable.dataSync() as Float32Array);
}
