/**
 * What is measured: models, batch sizes and kinds of work, the same for us and for the peers.
 *
 * @module
 */

import type { Configuration } from "../lib/configuration.ts";

/** The hyper-parameters that shape a case's network and its batches. */
export type CaseShape = Pick<
  Configuration,
  | ("batchSize" | "network" | "filters" | "denseUnits" | "batchNorm" | "convDropout")
  | ("denseDropout" | "head" | "squeezeExcitation" | "initializer" | "augment")
>;

/** One thing to time. The peers' scripts read it as JSON. */
export interface Case extends CaseShape {
  /** As `--only` takes it. */
  readonly name: string;
  /** As tables show it. */
  readonly title: string;
  /** Steps of training, or predictions. */
  readonly kind: "train" | "predict";
}

const PLAIN: Case = {
  name: "plain",
  title: "Training step",
  kind: "train",
  batchSize: 64,
  network: "chain",
  filters: [32, 64, 128],
  denseUnits: 128,
  batchNorm: false,
  convDropout: 0,
  denseDropout: 0,
  head: "dense",
  squeezeExcitation: 0,
  initializer: "glorot-uniform",
  augment: "none",
};

/** Residual blocks with squeeze-and-excitation, as `experiments/deep.ts` has them. */
const DEEP: Case = {
  ...PLAIN,
  name: "deep",
  title: "Training step of a residual network",
  batchSize: 128,
  network: "resnet(1, 2, 32)",
  filters: [64, 128, 256],
  batchNorm: true,
  denseDropout: 0.3,
  head: "average",
  squeezeExcitation: 8,
  initializer: "he-normal",
};

const DROPOUT = { convDropout: 0.25, denseDropout: 0.5 };
const AUGMENT = { augment: "flip|rotate(10)|zoom(0.1)|shift(0.1)" };

/** All cases, in the order of the tables. */
export const CASES: readonly Case[] = [
  PLAIN,
  { ...PLAIN, ...DROPOUT, name: "dropout", title: "Training step with dropout" },
  { ...PLAIN, batchNorm: true, name: "batch-norm", title: "Training step with batch norm" },
  { ...PLAIN, ...AUGMENT, name: "augmentation", title: "Training step with augmentation" },
  {
    ...PLAIN,
    ...DROPOUT,
    ...AUGMENT,
    batchNorm: true,
    name: "all-three",
    title: "Training step with all three",
  },
  DEEP,
  { ...PLAIN, kind: "predict", name: "predict-64", title: "Prediction of 64 images" },
  {
    ...PLAIN,
    kind: "predict",
    batchSize: 256,
    name: "predict-256",
    title: "Prediction of 256 images",
  },
];

/** How a process of ours runs a case. */
export type Execution = "traced" | "eager" | "fit";

/** What a process multiplies in: as `precision` of the suite, Keras's and PyTorch's mixed precision. */
export type Precision = Configuration["precision"];

/** What the processes are asked for, one line of JSON each. */
export type Request =
  | { readonly do: "versions" }
  | {
    readonly do: "prepare";
    readonly case: Case;
    readonly execution?: Execution;
    readonly precision?: Precision;
  }
  | { readonly do: "round"; readonly steps: number }
  | { readonly do: "start"; readonly case: Case }
  | { readonly do: "matmul"; readonly times: number }
  | { readonly do: "peak"; readonly precision: Precision }
  | {
    readonly do: "operations";
    readonly case: Case;
    /** What is otherwise than in the suite's baseline, beside the case. */
    readonly changes?: Partial<Configuration>;
    readonly steps: number;
    readonly precision?: Precision;
  }
  | { readonly do: "memory" }
  | { readonly do: "load"; readonly data: string | null; readonly cache: string }
  | { readonly do: "epoch"; readonly data: string | null; readonly execution: Execution }
  | { readonly do: "quit" };
