/**
 * How fast native TensorFlow multiplies matrices here, as one line of JSON: for
 * `deno task setup --check`.
 *
 * @module
 */

import { THREADS } from "./environment.ts";
import * as tf from "./tf.ts";

const SIZE = 2048;
const TIMES = 5;

/** The best of a few products of two matrices of 2048 x 2048, in GFLOP/s. */
export function matmulSpeed(): number {
  return tf.tidy(() => {
    const matrix = tf.fill([SIZE, SIZE], 1 / SIZE);
    let best = Infinity;
    for (let i = 0; i < TIMES; i++) {
      const start = performance.now();
      tf.matMul(matrix, matrix).dataSync();
      best = Math.min(best, performance.now() - start);
    }
    return (2 * SIZE ** 3) / best / 1e6;
  });
}

if (import.meta.main) {
  const oneDnn = Deno.env.get("TF_ENABLE_ONEDNN_OPTS") !== "0";
  console.log(JSON.stringify({ gflops: matmulSpeed(), threads: THREADS, oneDnn }));
}
