import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import * as tf from "../tensorflow/tf.ts";
import { makeOptimizer, type OptimizerSettings } from "./optimizer.ts";

// Four steps from these start values with these gradients and learning rates; what comes out was
// computed by Keras 3.15.1 on TensorFlow 2.21.0 (keras.optimizers, apply_gradients).
const KERNEL = [[0.5, -0.25], [1, 0.75]];
const BIAS = [0.1, -0.2];
const GRADIENTS: [number[][], number[]][] = [
  [[[0.2, -0.4], [0.6, 0.1]], [0.3, -0.5]],
  [[[-0.1, 0.8], [0.05, -0.7]], [0.9, 0.02]],
  [[[1.5, -0.3], [0, 0.4]], [-0.6, 0.25]],
  [[[0.01, 2], [-0.2, 0.3]], [0.4, -1.2]],
];
const RATES = [0.1, 0.1, 0.05, 0.02];

/** Kernel and bias after the four steps. */
function optimized(settings: Partial<OptimizerSettings>): number[] {
  const variables = [tf.variable(tf.tensor2d(KERNEL)), tf.variable(tf.tensor1d(BIAS))];
  const optimizer = makeOptimizer({ ...BASELINE, ...settings }, variables);
  try {
    GRADIENTS.forEach(([kernel, bias], i) =>
      tf.tidy(() =>
        optimizer.apply(
          [tf.tensor2d(kernel), tf.tensor1d(bias)],
          tf.tensor1d(optimizer.rates(RATES[i]!, i + 1)),
        )
      )
    );
    return variables.flatMap((variable) => [...variable.dataSync()]);
  } finally {
    tf.dispose([...variables, ...optimizer.slots]);
  }
}

/** Equal to 4e-6: Keras raises Adam's betas to the step in float32 and is off by as much itself. */
function agrees(actual: number[], expected: number[]): void {
  strictEqual(actual.length, expected.length);
  actual.forEach((value, i) =>
    ok(Math.abs(value - expected[i]!) <= 4e-6, `${i}: ${value} is not ${expected[i]}`)
  );
}

Deno.test("Adam moves as Keras's Adam does", () => {
  agrees(optimized({ optimizer: "adam" }), [
    0.3293361961841583,
    -0.20083120465278625,
    0.7937497496604919,
    0.7178301215171814,
    -0.11255428940057755,
    -0.016577579081058502,
  ]);
});

Deno.test("Adam's constants are those of the settings", () => {
  agrees(optimized({ optimizer: "adam", beta1: 0.8, beta2: 0.95, epsilon: 0.01 }), [
    0.3555765450000763,
    -0.21498340368270874,
    0.8152010440826416,
    0.7455363869667053,
    -0.09282510727643967,
    -0.03765123337507248,
  ]);
});

Deno.test("SGD with Nesterov momentum moves as Keras's does", () => {
  agrees(optimized({ optimizer: "sgd", momentum: 0.9 }), [
    0.24885797500610352,
    -0.3966660499572754,
    0.7446990013122559,
    0.8841789960861206,
    -0.266262948513031,
    0.009601980447769165,
  ]);
});

Deno.test("Weight decay is Keras's AdamW on kernels, and leaves biases alone", () => {
  agrees(optimized({ optimizer: "adam", weightDecay: 0.3 }), [
    0.2957327961921692,
    -0.18538083136081696,
    0.7216984629631042,
    0.6624001264572144,
    -0.11255428940057755,
    -0.016577579081058502,
  ]);
});

Deno.test("Weight decay with SGD is Keras's, decoupled from the momentum", () => {
  agrees(optimized({ optimizer: "sgd", momentum: 0.9, weightDecay: 0.3 }), [
    0.21221700310707092,
    -0.3782503008842468,
    0.6731586456298828,
    0.8233736157417297,
    -0.266262948513031,
    0.009601980447769165,
  ]);
});

Deno.test("Clipping by the global norm is Keras's global_clipnorm, for both optimizers", () => {
  agrees(optimized({ optimizer: "adam", clipNorm: 1 }), [
    0.3161412179470062,
    -0.18229961395263672,
    0.793776273727417,
    0.7175297141075134,
    -0.12325666099786758,
    -0.008447874337434769,
  ]);
  agrees(optimized({ optimizer: "sgd", momentum: 0.9, clipNorm: 1 }), [
    0.32365599274635315,
    -0.2910378873348236,
    0.7451643943786621,
    0.8448443412780762,
    -0.20312604308128357,
    -0.0009326562285423279,
  ]);
});

Deno.test("Clipping leaves a gradient below the limit as it is, bit for bit", () => {
  // The largest of the four norms is 2.4.
  deepStrictEqual(
    optimized({ optimizer: "sgd", clipNorm: 2.5 }),
    optimized({ optimizer: "sgd" }),
  );
});

Deno.test("A step leaves no tensor behind but the slots, which start at zero", () => {
  const variables = [tf.variable(tf.tensor2d(KERNEL)), tf.variable(tf.tensor1d(BIAS))];
  const gradients = variables.map((variable) => tf.onesLike(variable));
  const settings = { ...BASELINE, weightDecay: 0.1, clipNorm: 1 };
  const optimizer = makeOptimizer(settings, variables);
  strictEqual(optimizer.slots.length, 4);
  ok(optimizer.slots.every((slot) => slot.dataSync().every((value) => value === 0)));
  const rates = tf.tensor1d(optimizer.rates(0.1, 1));
  const before = tf.memory().numTensors;
  optimizer.apply(gradients, rates);
  strictEqual(tf.memory().numTensors, before);
  tf.dispose([...variables, ...gradients, ...optimizer.slots, rates]);
});
