/**
 * What a tfjs layers model computes, as a list of steps that run fast and seeded.
 *
 * `model.apply` would compose ReLU's gradient and batch normalisation from many small operations,
 * and draw the same dropout mask at every step. The same layers are carried out here with
 * TensorFlow's own operations, dropout with a key per step.
 *
 * @module
 */

import { batchNormTraining, biasAdd, relu, statelessUniform } from "../tensorflow/op.ts";
import * as tf from "../tensorflow/tf.ts";

/** One step of a model, and the name of the layer it belongs to. */
export type Step = { readonly name: string } & Operation;

/** What a step computes; weights are the layer's own variables. */
export type Operation =
  | { readonly kind: "convolve"; readonly kernel: tf.Variable }
  | { readonly kind: "multiply"; readonly kernel: tf.Variable }
  | { readonly kind: "bias"; readonly bias: tf.Variable }
  | { readonly kind: "normalise"; readonly layer: BatchNorm }
  | { readonly kind: "relu" }
  | { readonly kind: "pool"; readonly size: readonly [number, number] }
  | { readonly kind: "flatten" }
  | { readonly kind: "dropout"; readonly rate: number; readonly number: number };

/** A batch-normalisation layer's weights and settings. */
export interface BatchNorm {
  readonly gamma: tf.Variable;
  readonly beta: tf.Variable;
  readonly movingMean: tf.Variable;
  readonly movingVariance: tf.Variable;
  readonly momentum: number;
  readonly epsilon: number;
}

/** How to run a {@linkcode ForwardPass}. */
export interface ForwardOptions {
  /**
   * In training, the keys of the dropout layers, int32 of shape [dropout layers, 2]; left out, the
   * model is run for its predictions: no dropout, batch normalisation by the moving averages.
   */
  readonly keys?: tf.Tensor2D;
  /** Hears of each step's output, in order. */
  readonly onOutput?: (step: Step, output: tf.Tensor) => void;
}

/** A model taken apart, ready to be run. */
export interface ForwardPass {
  /** What training carries out, in order: pooling as early as it can be. */
  readonly steps: readonly Step[];
  /** How many dropout layers there are. */
  readonly dropouts: number;
  /** The logits, shape [batch, classes], of images of shape [batch, 48, 48, 1]. */
  logits(images: tf.Tensor4D, options?: ForwardOptions): tf.Tensor2D;
}

/**
 * Takes a sequential model apart.
 *
 * @param model Ends in a dense layer with softmax.
 * @throws {Error} For a kind of layer, or a setting of one, that is not known here.
 */
export function forwardPass(model: tf.Sequential): ForwardPass {
  const asBuilt = takeApart(model);
  const steps = hoistPooling(asBuilt);
  return {
    steps,
    dropouts: steps.filter((step) => step.kind === "dropout").length,
    logits: (images, options = {}) =>
      tf.tidy(() =>
        // In training, what follows a pooling has less to do, and so have its gradients. In prediction
        // TensorFlow makes one operation of a convolution, its bias and ReLU, if they stand together.
        (options.keys ? steps : asBuilt).reduce<tf.Tensor>((x, step) => {
          const output = carryOut(step, x, options);
          options.onOutput?.(step, output);
          return output;
        }, images) as tf.Tensor2D
      ),
  };
}

function takeApart(model: tf.Sequential): Step[] {
  let dropouts = 0;
  const operationsOf = (layer: tf.layers.Layer, i: number): Operation[] => {
    const config = layer.getConfig() as Record<string, unknown>;
    const weight = (name: string): tf.Variable => {
      const found = layer.weights.find((each) => each.originalName.endsWith(`/${name}`));
      if (!found) throw new Error(`Layer ${layer.name} has no weight "${name}"`);
      // A LayerVariable's `val` is the tf.Variable that `read()` returns; tfjs types it protected.
      return found.read() as tf.Variable;
    };
    const bias = (): Operation[] => config.useBias ? [{ kind: "bias", bias: weight("bias") }] : [];
    const activation = (): Operation[] => {
      switch (config.activation) {
        case "linear":
          return [];
        case "relu":
          return [{ kind: "relu" }];
        case "softmax":
          // The loss takes logits, and predictions apply the softmax themselves.
          if (i === model.layers.length - 1) return [];
      }
      throw new Error(`Layer ${layer.name}: activation "${config.activation}" is not known here`);
    };
    const require = (name: string, expected: unknown) => {
      if (JSON.stringify(config[name]) === JSON.stringify(expected)) return;
      throw new Error(`Layer ${layer.name}: only ${name} ${expected} is known here`);
    };
    switch (layer.getClassName()) {
      case "Conv2D":
        require("padding", "same");
        require("strides", [1, 1]);
        require("dilationRate", [1, 1]);
        return [{ kind: "convolve", kernel: weight("kernel") }, ...bias(), ...activation()];
      case "Dense":
        return [{ kind: "multiply", kernel: weight("kernel") }, ...bias(), ...activation()];
      case "Activation":
        return activation();
      case "BatchNormalization":
        require("axis", -1);
        return [{
          kind: "normalise",
          layer: {
            gamma: weight("gamma"),
            beta: weight("beta"),
            movingMean: weight("moving_mean"),
            movingVariance: weight("moving_variance"),
            momentum: config.momentum as number,
            epsilon: config.epsilon as number,
          },
        }];
      case "MaxPooling2D":
        require("padding", "valid");
        require("strides", config.poolSize);
        return [{ kind: "pool", size: config.poolSize as [number, number] }];
      case "Flatten":
        return [{ kind: "flatten" }];
      case "Dropout":
        return [{ kind: "dropout", rate: config.rate as number, number: dropouts++ }];
      default:
        throw new Error(`Layer ${layer.name} of kind ${layer.getClassName()} is not known here`);
    }
  };
  return model.layers.flatMap((layer, i) =>
    operationsOf(layer, i).map((operation) => ({ name: layer.name, ...operation }))
  );
}

/**
 * Moves max-pooling before the bias and the ReLU it follows. Both are monotone and the same for all
 * pixels of a channel, so the largest value stays the largest and every result, rounding included,
 * is what it was; but they then work on a quarter of the pixels. Not before batch normalisation: a
 * negative scale would turn the largest value into the smallest.
 */
function hoistPooling(steps: readonly Step[]): Step[] {
  const hoisted: Step[] = [];
  for (const step of steps) {
    let at = hoisted.length;
    if (step.kind === "pool") {
      while (at > 0 && (hoisted[at - 1]!.kind === "relu" || hoisted[at - 1]!.kind === "bias")) at--;
    }
    hoisted.splice(at, 0, step);
  }
  return hoisted;
}

function carryOut(step: Step, x: tf.Tensor, { keys }: ForwardOptions): tf.Tensor {
  switch (step.kind) {
    case "convolve":
      return tf.conv2d(x as tf.Tensor4D, step.kernel as tf.Tensor as tf.Tensor4D, 1, "same");
    case "multiply":
      return tf.matMul(x, step.kernel);
    case "bias":
      return biasAdd(x, step.bias);
    case "relu":
      return relu(x);
    case "pool":
      return tf.maxPool(x as tf.Tensor4D, [...step.size], [...step.size], "valid");
    case "flatten":
      return tf.reshape(x, [x.shape[0]!, -1]);
    case "dropout":
      return keys
        ? dropout(x, step.rate, tf.gather(keys, step.number) as tf.Tensor as tf.Tensor1D)
        : x;
    case "normalise":
      return keys ? normaliseAndTrack(x, step.layer) : normalise(x, step.layer);
  }
}

/** Inverted dropout (Srivastava et al. 2014): what is kept is scaled up, so that sums stay. */
function dropout(x: tf.Tensor, rate: number, key: tf.Tensor1D): tf.Tensor {
  const kept = tf.greaterEqual(statelessUniform(x.shape, key), rate);
  return tf.mul(x, tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate)));
}

/** Normalises by the moving averages, as after training. */
function normalise(x: tf.Tensor, layer: BatchNorm): tf.Tensor {
  return tf.batchNorm(
    x as tf.Tensor4D,
    layer.movingMean as tf.Tensor as tf.Tensor1D,
    layer.movingVariance as tf.Tensor as tf.Tensor1D,
    layer.beta as tf.Tensor as tf.Tensor1D,
    layer.gamma as tf.Tensor as tf.Tensor1D,
    layer.epsilon,
  );
}

/**
 * Normalises by the batch's statistics and moves the averages towards them. A dense layer's outputs
 * are taken for images of one pixel.
 */
function normaliseAndTrack(x: tf.Tensor, layer: BatchNorm): tf.Tensor {
  if (x.rank === 2) {
    const [batch, units] = x.shape as [number, number];
    return tf.reshape(normaliseAndTrack(tf.reshape(x, [batch, 1, 1, units]), layer), x.shape);
  }
  const { y, mean, variance } = batchNormTraining(
    x as tf.Tensor4D,
    layer.gamma as tf.Tensor as tf.Tensor1D,
    layer.beta as tf.Tensor as tf.Tensor1D,
    layer.epsilon,
  );
  const towards = (average: tf.Variable, value: tf.Tensor) =>
    average.assign(tf.add(average, tf.mul(tf.sub(value, average), 1 - layer.momentum)));
  towards(layer.movingMean, mean);
  towards(layer.movingVariance, variance);
  tf.dispose([mean, variance]);
  return y;
}
