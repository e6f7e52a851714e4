import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { randomStream } from "../seed.ts";
import {
  batchNormTraining,
  biasAdd,
  gatherRows,
  globalAverage,
  relu,
  sigmoid,
  softmaxCrossEntropy,
  statelessUniform,
  takePixels,
} from "./op.ts";
import * as tf from "./tf.ts";

/** Normally distributed numbers, the same at every call. */
function numbers(shape: number[], name: string): tf.Tensor {
  const stream = randomStream(1, "op test", name);
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), shape);
}

/** Equal to a share of the largest value. */
function close(actual: tf.Tensor, expected: tf.Tensor, tolerance: number, what: string): void {
  deepStrictEqual(actual.shape, expected.shape, what);
  const [a, b] = [Array.from(actual.dataSync()), Array.from(expected.dataSync())];
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30);
  const worst = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
  ok(worst <= tolerance, `${what}: off by ${worst} of the largest value`);
}

/**
 * Holds value and gradients of a function against those of tfjs's own form.
 *
 * @param tolerance 0 asks for the same bits.
 */
function agrees(
  one: (...inputs: tf.Tensor[]) => tf.Tensor,
  other: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  tolerance: number,
): void {
  tf.tidy(() => {
    const value = other(...inputs);
    close(one(...inputs), value, tolerance, "value");
    const dy = numbers(value.shape, "dy");
    const expected = tf.grads(other)(inputs, dy);
    tf.grads(one)(inputs, dy).forEach((gradient, i) =>
      close(gradient, expected[i]!, tolerance, `gradient of input ${i}`)
    );
  });
}

Deno.test("relu() and its gradient are tfjs's own, bit for bit, 0 and -0 included", () => {
  agrees(relu, (x) => tf.relu(x), [numbers([3, 4, 5], "x")], 0);
  agrees(relu, (x) => tf.relu(x), [tf.tensor1d([0, -0, 1e-38, -1e-38])], 0);
});

Deno.test("sigmoid() agrees with tfjs's own to 1e-6, and does not overflow", () => {
  agrees(sigmoid, (x) => tf.sigmoid(x), [tf.mul(numbers([3, 4, 5], "x"), 4)], 1e-6);
  agrees(sigmoid, (x) => tf.sigmoid(x), [tf.tensor1d([0, -1000, 1000])], 0);
});

Deno.test("globalAverage() is the mean over the pixels; its gradients agree to 1e-6", () => {
  for (const shape of [[3, 4, 5, 6], [1, 1, 1, 2], [2, 1, 7, 1]]) {
    const average = (x: tf.Tensor) => globalAverage(x as tf.Tensor4D);
    agrees(average, (x) => tf.mean(x, [1, 2]), [numbers(shape, "x")], 1e-6);
  }
});

Deno.test("takePixels() takes every so many-th pixel; its gradient puts them back, bit for bit", () => {
  const every = (side: number, stride: number) => tf.range(0, side, stride, "int32");
  for (const [height, width, down, right] of [[6, 6, 2, 2], [5, 7, 2, 3], [1, 4, 3, 1]] as const) {
    agrees(
      (x) => takePixels(x as tf.Tensor4D, [down, right]),
      (x) => tf.gather(tf.gather(x, every(height, down), 1), every(width, right), 2),
      [numbers([2, height, width, 3], "x")],
      0,
    );
  }
});

Deno.test("gatherRows() takes rows in another order, as tfjs's own does", () => {
  tf.tidy(() => {
    const [x, order] = [numbers([4, 3, 2], "x"), tf.tensor1d([2, 0, 0, 3], "int32")];
    close(gatherRows(x, order), tf.gather(x, order), 0, "rows");
  });
});

Deno.test("biasAdd() is an addition; its gradients agree to 1e-6", () => {
  const bias = numbers([5], "bias");
  const add = (x: tf.Tensor, bias: tf.Tensor) => tf.add(x, bias);
  agrees(biasAdd, add, [numbers([2, 3, 4, 5], "x"), bias], 1e-6);
  agrees(biasAdd, add, [numbers([7, 5], "x"), bias], 1e-6);
});

Deno.test("softmaxCrossEntropy() agrees with the composed form to 1e-6", () => {
  tf.tidy(() => {
    const targets = tf.softmax(numbers([6, 7], "targets")) as tf.Tensor2D;
    agrees(
      (logits) => softmaxCrossEntropy(logits as tf.Tensor2D, targets),
      (logits) => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)),
      [tf.mul(numbers([6, 7], "logits"), 5)],
      1e-6,
    );
  });
});

Deno.test("softmaxCrossEntropy() is exact and finite for logits of 1,000", () => {
  tf.tidy(() => {
    const logits = tf.tensor2d([[1000, 0], [0, 1000], [-1000, -1000]]);
    const targets = tf.tensor2d([[1, 0], [1, 0], [0.5, 0.5]]);
    const [first, second, third] = softmaxCrossEntropy(logits, targets).dataSync();
    deepStrictEqual([first, second], [0, 1000]);
    ok(Math.abs(third! - Math.LN2) < 1e-6);
  });
});

Deno.test("softmaxCrossEntropy() hands no gradient to the targets", () => {
  tf.tidy(() => {
    const targets = tf.tensor2d([[0.3, 0.7]]);
    const gradient = tf.grad((targets: tf.Tensor) =>
      softmaxCrossEntropy(tf.tensor2d([[1, 2]]), targets as tf.Tensor2D)
    )(targets);
    deepStrictEqual([...gradient.dataSync()], [0, 0]);
  });
});

const EPSILON = 1e-3;

/** Batch normalisation of a batch from its definition. */
function composedBatchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const mean = tf.mean(x, axes);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes);
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, EPSILON))), gamma), beta);
}

Deno.test("softmaxCrossEntropy() has its gradient where targets were computed beside it", () => {
  tf.tidy(() => {
    const [logits, targets] = [numbers([3, 4], "logits"), tf.fill([3, 4], 0.25)];
    const loss = (given: () => tf.Tensor) => (x: tf.Tensor) =>
      softmaxCrossEntropy(x as tf.Tensor2D, given() as tf.Tensor2D);
    const [computed, told] = [() => tf.add(targets, 0), () => targets];
    close(tf.grad(loss(computed))(logits), tf.grad(loss(told))(logits), 0, "gradient");
  });
});

Deno.test("batchNormTraining() agrees with the definition, gradients too, to 1e-5", () => {
  tf.tidy(() => {
    const normalise = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const { y, mean, variance } = batchNormTraining(
        x,
        gamma as tf.Tensor1D,
        beta as tf.Tensor1D,
        EPSILON,
      );
      tf.dispose([mean, variance]);
      return y;
    };
    // Images, and what has more or fewer axes.
    for (const shape of [[4, 5, 6, 3], [40, 3], [5, 8, 3], [2, 3, 4, 5, 3]]) {
      const x = tf.add(tf.mul(numbers(shape, "x"), [1, 2, 3]), [0, -2, 5]);
      agrees(
        normalise,
        composedBatchNorm,
        [x, numbers([3], "gamma"), numbers([3], "beta")],
        1e-5,
      );
    }
  });
});

Deno.test("batchNormTraining() gives the mean, and the variance with Bessel's correction", () => {
  tf.tidy(() => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 40, 6, 10], [2, 1, 2, 2]);
    const { y, mean, variance } = batchNormTraining(x, tf.ones([2]), tf.zeros([2]), EPSILON);
    deepStrictEqual([...mean.dataSync()], [3, 20]);
    // (4 + 1 + 0 + 9) / 3 and (100 + 0 + 400 + 100) / 3.
    close(variance, tf.tensor1d([14 / 3, 200]), 1e-6, "variance");
    // Normalised itself without the correction: (1 - 3) / sqrt(14 / 4 + 0.001).
    ok(Math.abs(y.dataSync()[0]! + 2 / Math.sqrt(3.501)) < 1e-6);
    tf.dispose([mean, variance]);
  });
});

Deno.test("statelessUniform() is the same for the same key, another for another", () => {
  tf.tidy(() => {
    const draw = (
      ...key: [number, number]
    ) => [...statelessUniform([3, 5], tf.tensor1d(key, "int32")).dataSync()];
    deepStrictEqual(draw(1, 2), draw(1, 2));
    notDeepStrictEqual(draw(1, 2), draw(1, 3));
    notDeepStrictEqual(draw(1, 2), draw(2, 2));
    notDeepStrictEqual(draw(0, 0), draw(0, 1));
    notDeepStrictEqual(draw(-5, 2 ** 31 - 1), draw(5, 2 ** 31 - 1));
  });
});

Deno.test("statelessUniform() is uniform in [0, 1), in the shape asked for", () => {
  tf.tidy(() => {
    const drawn = statelessUniform([100, 10, 10], tf.tensor1d([7, 9], "int32"));
    deepStrictEqual(drawn.shape, [100, 10, 10]);
    const values = drawn.dataSync();
    ok(values.every((value) => value >= 0 && value < 1));
    const counts = new Array(10).fill(0);
    for (const value of values) counts[Math.floor(10 * value)]++;
    // Chi-squared with 9 degrees of freedom: over 27.9 once in 1,000 keys.
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    ok(chi < 27.9, `chi-squared ${chi}`);
  });
});

Deno.test("The operations leave no tensor behind", () => {
  const x = numbers([2, 4, 4, 3], "x") as tf.Tensor4D;
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    tf.grad((x: tf.Tensor) => {
      const { y, mean, variance } = batchNormTraining(
        globalAverage(sigmoid(biasAdd(relu(x), tf.tensor1d([1, 2, 3]))) as tf.Tensor4D),
        tf.ones([3]),
        tf.zeros([3]),
        EPSILON,
      );
      tf.dispose([mean, variance]);
      return tf.mul(y, statelessUniform(y.shape, tf.tensor1d([1, 2], "int32")));
    })(x);
  });
  strictEqual(tf.memory().numTensors, before);
  x.dispose();
});
