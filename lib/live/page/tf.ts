/**
 * TensorFlow.js on WebAssembly: in the page it stands for `lib/tensorflow/tf.ts`.
 *
 * @module
 */

export * from "@tensorflow/tfjs-core";
export { loadGraphModel } from "@tensorflow/tfjs-converter";
export { loadLayersModel } from "@tensorflow/tfjs-layers";
