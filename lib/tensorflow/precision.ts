/**
 * Mixed precision: where training may multiply in bfloat16, and how TensorFlow is told to.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { UserError } from "../error.ts";
import { encodeSessionConfig } from "./session_config.ts";

/** What to compute training steps in. */
export type Precision = Configuration["precision"];

/**
 * The session of a training step in each precision.
 *
 * In float32 Grappler is off: it fuses operations and reorders sums, which changes the last digits, so
 * that gradients would not be those op by op. A training step is not slower without it. For bfloat16 it
 * runs the one pass that casts what its lists name (AutoMixedPrecisionListsMkl of
 * tensorflow/core/grappler/optimizers/auto_mixed_precision_lists.h) and leaves the rest as written:
 * convolutions and matrix products, and what stands between them (bias, ReLU, pooling, dropout, batch
 * normalisation with float32 statistics) are bfloat16; variables, the optimizer, softmax, loss and what
 * sums over a batch are float32.
 */
export const STEP_CONFIG: Readonly<Record<Precision, Uint8Array<ArrayBuffer>>> = {
  float32: encodeSessionConfig({ grappler: false }),
  bfloat16: encodeSessionConfig({
    grappler: true,
    onlyPass: "auto_mixed_precision_onednn_bfloat16",
  }),
};

/**
 * CPU features with instructions that multiply bfloat16. oneDNN takes AVX512 without them as well, and
 * imitates them, which is no gain. On arm64 TensorFlow's pass does nothing, whatever the CPU can: it
 * asks for AVX512 (IsBF16SupportedByOneDNNOnThisCPU of tensorflow/core/util/util.cc), so that what
 * would be trained is float32 under another name.
 */
const BFLOAT16_FEATURES = ["avx512_bf16", "amx_bf16"];

/** What {@linkcode bfloat16Refusal} goes by. */
export interface Bfloat16Surroundings {
  /** As `cpuFeatures` has them. */
  readonly features: readonly string[];
  /** The value of `TF_ENABLE_ONEDNN_OPTS`, nothing where it is not set. */
  readonly oneDnn?: string | undefined;
}

/**
 * Why bfloat16 cannot be had here, with what was found; nothing where it can. TensorFlow itself would
 * compute in float32 then, without a word.
 */
export function bfloat16Refusal(
  { features, oneDnn }: Bfloat16Surroundings,
): string | undefined {
  if (!BFLOAT16_FEATURES.some((feature) => features.includes(feature))) {
    return `it needs a CPU with ${BFLOAT16_FEATURES.join(" or ")}, and this one has ` +
      (features.join(" ") || "neither");
  }
  if (oneDnn !== undefined && !/^(1|true)$/i.test(oneDnn)) {
    return `it needs oneDNN, which TF_ENABLE_ONEDNN_OPTS=${oneDnn} turns off`;
  }
  return undefined;
}

/** {@linkcode bfloat16Refusal} of this machine. Loads TensorFlow, unless told what the CPU has. */
export async function bfloat16Trouble(
  features?: readonly string[],
): Promise<string | undefined> {
  return bfloat16Refusal({
    features: features ?? (await import("./cpu.ts")).cpuFeatures(),
    oneDnn: Deno.env.get("TF_ENABLE_ONEDNN_OPTS"),
  });
}

/**
 * Refuses bfloat16 where it cannot be had. Loads TensorFlow, unless told what the CPU has.
 *
 * @param features Of the CPU; what TensorFlow finds where left out.
 * @throws {UserError} Says what was found and what to do, in one line.
 */
export async function expectBfloat16(features?: readonly string[]): Promise<void> {
  const reason = await bfloat16Trouble(features);
  if (reason === undefined) return;
  throw new UserError(`precision=bfloat16 cannot be had here (${reason}): ${REMEDY}`);
}

/** What to do where bfloat16 is refused. */
const REMEDY = "leave precision out, and training computes in float32";

/** Why op by op there is no bfloat16, for whoever asks for both. */
export const EAGER_IS_FLOAT32 =
  "steps that run op by op (--eager) compute in float32: leave out one of the two";
