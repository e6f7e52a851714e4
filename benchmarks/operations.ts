/**
 * What the operations of a training step are there for: where a step's time goes, in a dozen lines.
 *
 * @module
 */

import type { OperationTime } from "../lib/tensorflow/step_stats.ts";

/** What a step does, by the type of an operation and the part of the step that it belongs to. */
const PURPOSES: readonly (readonly [string, { readonly type?: RegExp; readonly part?: RegExp }])[] =
  [
    ["Convolution, gradient by its kernel", { type: /Conv2DBackpropFilter/ }],
    ["Convolution, gradient by its input", { type: /Conv2DBackpropInput/ }],
    ["Convolution, forwards", { type: /Conv2D/ }],
    ["Batch normalisation, gradient", { type: /FusedBatchNormGrad/ }],
    ["Batch normalisation, forwards", { type: /FusedBatchNorm/ }],
    ["Casts to bfloat16 and back", { type: /^Cast$/ }],
    ["ReLU and its gradient", { type: /^_?Relu/ }],
    ["Max-pooling and its gradient", { type: /MaxPool/ }],
    ["Optimizer", { part: /^optimizer\// }],
    ["Moving average of the weights", { part: /^moving_average\// }],
    ["Moving statistics of batch normalisation", { part: /^forward\/batch_norm/ }],
    [
      "Squeeze-and-excitation, forwards",
      { part: /^forward\/(squeeze|reduce|excite|scale|multiply)\d/ },
    ],
    ["Shortcuts: sums of images", { part: /^forward\/add/ }],
    ["Sums of gradients", { part: /^gradients\//, type: /^Add/ }],
    ["Gradients of squeeze-and-excitation, dense layers, dropout, loss", { part: /^gradients\// }],
    ["Dense layers, dropout and loss, forwards", { part: /^(forward|loss)\// }],
  ];

const REST = "Variables, inputs and outputs";

/** What an operation is there for. */
export function purposeOf({ name, type }: Pick<OperationTime, "name" | "type">): string {
  const found = PURPOSES.find(([, of]) =>
    (of.type?.test(type) ?? true) && (of.part?.test(name) ?? true)
  );
  return found?.[0] ?? REST;
}
