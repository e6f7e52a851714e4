/**
 * TensorFlow operations that tfjs has no kernel for, or composes slowly, with their gradients.
 *
 * tfjs-node can run any TensorFlow operation by its name; each function here is one operation (and
 * one or two for its gradient), so that an eager step and a traced graph run the same arithmetic.
 *
 * @module
 */

import * as tf from "./tf.ts";

/** tfjs-node's backend, the part used here. */
interface NodeBackend {
  readonly binding: Readonly<Record<`TF_ATTR_${string}` | `TF_${string}`, number>>;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: tf.Tensor[],
    count: number,
  ): tf.Tensor[];
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

const backend = (): NodeBackend => tf.backend() as unknown as NodeBackend;

const typeAttribute = (name: string, dtype: "float32" | "int32"): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_TYPE!,
  value: dtype === "float32" ? backend().binding.TF_FLOAT! : backend().binding.TF_INT32!,
});

const stringAttribute = (name: string, value: string): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_STRING!,
  value,
});

const floatAttribute = (name: string, value: number): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_FLOAT!,
  value,
});

const boolAttribute = (name: string, value: boolean): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_BOOL!,
  value,
});

const intAttribute = (name: string, value: number): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_INT!,
  value,
});

const NHWC = () => stringAttribute("data_format", "NHWC");

/**
 * `max(x, 0)`, with TensorFlow's ReluGrad in place of the four operations tfjs composes.
 *
 * @param x Any shape.
 */
export function relu<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    const float = [typeAttribute("T", "float32")];
    const y = backend().executeSingleOutput("Relu", float, [x as tf.Tensor]);
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        backend().executeSingleOutput("ReluGrad", float, [dy, saved[0]!]),
    };
  })(x) as T;
}

/**
 * `1 / (1 + exp(-x))`, with TensorFlow's SigmoidGrad in place of the three operations tfjs composes.
 *
 * @param x Any shape.
 */
export function sigmoid<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    const float = [typeAttribute("T", "float32")];
    const y = backend().executeSingleOutput("Sigmoid", float, [x as tf.Tensor]);
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        backend().executeSingleOutput("SigmoidGrad", float, [saved[0]!, dy]),
    };
  })(x) as T;
}

/**
 * The mean over an image's pixels (global average pooling, Lin et al. 2014). tfjs's gradient would
 * hold a constant of ones of the size of `x`.
 *
 * @param x Shape [batch, height, width, channels].
 * @returns Shape [batch, channels].
 */
export function globalAverage(x: tf.Tensor4D): tf.Tensor2D {
  return tf.customGrad((x) => {
    const { shape } = x as tf.Tensor4D;
    const [batch, height, width, channels] = shape;
    return {
      value: tf.mean(x as tf.Tensor4D, [1, 2]),
      gradFunc: (dy: tf.Tensor) => {
        const share = tf.mul(dy, 1 / (height * width));
        return backend().executeSingleOutput("BroadcastTo", [
          typeAttribute("T", "float32"),
          typeAttribute("Tidx", "int32"),
        ], [tf.reshape(share, [batch, 1, 1, channels]), tf.tensor1d(shape, "int32")]);
      },
    };
  })(x) as tf.Tensor2D;
}

/**
 * Every so many-th pixel of an image, from the first, as a convolution with such strides and a kernel of
 * 1x1 sees it. To take them before that convolution is what oneDNN does within, but its gradient by the
 * kernel writes past its memory where channels are few (uxlfoundation/oneDNN#6035).
 *
 * @param x Shape [batch, height, width, channels].
 * @param strides In height and width.
 */
export function takePixels(
  x: tf.Tensor4D,
  [vertical, horizontal]: readonly [number, number],
): tf.Tensor4D {
  const attributes = () => [
    typeAttribute("T", "float32"),
    typeAttribute("Index", "int32"),
    // The whole of every axis, whatever `begin` and `end` say.
    intAttribute("begin_mask", 0b1111),
    intAttribute("end_mask", 0b1111),
    ...["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].map((name) => intAttribute(name, 0)),
  ];
  return tf.customGrad((x) => {
    const { shape } = x as tf.Tensor4D;
    const range = () => [
      tf.tensor1d([0, 0, 0, 0], "int32"),
      tf.tensor1d([0, 0, 0, 0], "int32"),
      tf.tensor1d([1, vertical, horizontal, 1], "int32"),
    ];
    return {
      value: backend().executeSingleOutput("StridedSlice", attributes(), [
        x as tf.Tensor,
        ...range(),
      ]),
      gradFunc: (dy: tf.Tensor) =>
        backend().executeSingleOutput("StridedSliceGrad", attributes(), [
          tf.tensor1d(shape, "int32"),
          ...range(),
          dy,
        ]),
    };
  })(x) as tf.Tensor4D;
}

/**
 * Rows of a tensor in another order. tfjs's own reads the indices, which a traced function cannot.
 *
 * @param x Shape [rows, ...]; no gradient flows into it.
 * @param indices Which row to take for each of the result's, int32.
 */
export function gatherRows<T extends tf.Tensor>(x: T, indices: tf.Tensor1D): T {
  return tf.tidy(() =>
    backend().executeSingleOutput("GatherV2", [
      typeAttribute("Tparams", "float32"),
      typeAttribute("Tindices", "int32"),
      typeAttribute("Taxis", "int32"),
      intAttribute("batch_dims", 0),
    ], [x, indices, tf.scalar(0, "int32")])
  ) as T;
}

/**
 * Adds a value per channel.
 *
 * @param x Shape [..., channels].
 * @param bias Shape [channels].
 */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  return tf.customGrad((x, bias) => {
    const attributes = [typeAttribute("T", "float32"), NHWC()];
    return {
      value: backend().executeSingleOutput("BiasAdd", attributes, [
        x as tf.Tensor,
        bias as tf.Tensor,
      ]),
      gradFunc: (dy: tf.Tensor) => [
        dy,
        // Reshaped, or oneDNN would make one operation of this and the convolution's gradient in a
        // graph, which adds up in another order than the two op by op.
        backend().executeSingleOutput("BiasAddGrad", attributes, [
          tf.reshape(dy, [-1, dy.shape.at(-1)!]),
        ]),
      ],
    };
  })(x, bias) as T;
}

/**
 * Cross-entropy between the softmax of logits and a distribution over classes, in nats.
 *
 * @param logits Shape [batch, classes].
 * @param targets Shape [batch, classes], rows add up to 1; no gradient flows into them.
 * @returns Shape [batch].
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.customGrad((logits, targets, save) => {
    const [loss, gradient] = backend().executeMultipleOutputs(
      "SoftmaxCrossEntropyWithLogits",
      [typeAttribute("T", "float32")],
      [logits as tf.Tensor, targets as tf.Tensor],
      2,
    );
    (save as tf.GradSaveFunc)([gradient!, targets as tf.Tensor]);
    return {
      value: loss!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.mul(tf.expandDims(dy, 1), saved[0]!),
        tf.zerosLike(saved[1]!),
      ],
    };
  })(logits, targets) as tf.Tensor1D;
}

/** What {@linkcode batchNormTraining} gives; the caller disposes the statistics. */
export interface BatchNormResult<T extends tf.Tensor> {
  /** Normalised, scaled and shifted; the shape of `x`. */
  readonly y: T;
  /** Mean over all axes but the last, shape [channels]. */
  readonly mean: tf.Tensor1D;
  /** Variance over all axes but the last with Bessel's correction, shape [channels]. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation by the batch's own statistics (Ioffe and Szegedy 2015, algorithm 1):
 * TensorFlow's FusedBatchNormV3 in training. That one takes images; whatever else is taken for images
 * of one pixel.
 *
 * @param x Shape [batch, ..., channels].
 * @param gamma Scale, shape [channels].
 * @param beta Shift, shape [channels].
 * @param epsilon Added to the variance.
 */
export function batchNormTraining<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormResult<T> {
  const attributes = [
    typeAttribute("T", "float32"),
    typeAttribute("U", "float32"),
    floatAttribute("epsilon", epsilon),
    NHWC(),
    boolAttribute("is_training", true),
  ];
  // tf.customGrad takes a function with one result; the statistics leave by this side door. They
  // feed the moving averages only, through which no gradient flows.
  let statistics: tf.Tensor[] = [];
  const channels = gamma.size;
  const images = x.rank === 4 ? x : tf.reshape(x, [x.size / channels, 1, 1, channels]);
  const y = tf.customGrad((x, gamma, beta, save) => {
    const empty = tf.tensor1d([], "float32");
    const [value, mean, variance, ...reserved] = backend().executeMultipleOutputs(
      "FusedBatchNormV3",
      [...attributes, floatAttribute("exponential_avg_factor", 1)],
      [x, gamma, beta, empty, empty] as tf.Tensor[],
      6,
    );
    statistics = [tf.keep(mean!), tf.keep(variance!)];
    (save as tf.GradSaveFunc)([x as tf.Tensor, gamma as tf.Tensor, ...reserved]);
    return {
      value: value!,
      gradFunc: (dy: tf.Tensor, [x, gamma, ...reserved]: tf.Tensor[]) =>
        backend().executeMultipleOutputs(
          "FusedBatchNormGradV3",
          attributes,
          [dy, x!, gamma!, ...reserved],
          5,
        ).slice(0, 3),
    };
  })(images, gamma, beta);
  return {
    y: (x.rank === 4 ? y : tf.reshape(y, x.shape)) as T,
    mean: statistics[0] as tf.Tensor1D,
    variance: statistics[1] as tf.Tensor1D,
  };
}

/**
 * The same values, unconverted: `x` is float32 for what comes after this, also where a graph computes in
 * mixed precision (`precision.ts`), whose lists do not name the operation. Has no gradient.
 *
 * @param x Any shape, float32.
 */
export function asFloat32(x: tf.Tensor): tf.Tensor {
  return backend().executeSingleOutput("Bitcast", [
    typeAttribute("T", "float32"),
    typeAttribute("type", "float32"),
  ], [x]);
}

/**
 * Uniform numbers in [0, 1) that are a function of the key only: the same in an eager step and in a
 * graph, on any number of threads (Philox, Salmon et al. 2011).
 *
 * @param shape Of the result.
 * @param key Two int32.
 */
export function statelessUniform(shape: readonly number[], key: tf.Tensor1D): tf.Tensor {
  return tf.tidy(() =>
    backend().executeSingleOutput("StatelessRandomUniform", [
      typeAttribute("dtype", "float32"),
      typeAttribute("T", "int32"),
      typeAttribute("Tseed", "int32"),
    ], [tf.tensor1d([...shape], "int32"), key])
  );
}
