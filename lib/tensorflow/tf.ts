/**
 * TensorFlow.js on native TensorFlow: `import * as tf from "../tensorflow/tf.ts"` instead of from
 * tfjs-node itself, so that its environment is in order first.
 *
 * @module
 */

import "./environment.ts";

export * from "@tensorflow/tfjs-node";
