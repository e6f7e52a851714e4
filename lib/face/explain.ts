/**
 * Where in a face a network finds what speaks for a class.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { forwardPass } from "../model/forward.ts";
import { modelGraph } from "../model/graph.ts";
import type { Predictor } from "../model/predictor.ts";
import { viewsOf } from "../model/views.ts";
import { grayImageSize, type SampleForm } from "../sample.ts";
import * as tf from "../tensorflow/tf.ts";

/** A map over a face: how much each place speaks for the class. */
export interface HeatMap {
  readonly method: "Grad-CAM" | "occlusion";
  /** Shape [height, width], as shares of the most, 0 to 1; all 0 where no place speaks for the class. */
  readonly heat: Float32Array;
  /** How fine it is: places a side of the last convolution's map, or pixels a side of what is covered. */
  readonly grain: number;
  /** By occlusion: how far the class's probability falls at most, 0 to 1. */
  readonly fall?: number;
}

/** A trained network that can be asked for its reasons. */
export interface Explainable {
  readonly model: tf.LayersModel;
  /** What it is given: gray images. */
  readonly sample: SampleForm;
  readonly configuration: Pick<Configuration, "cropPrediction" | "mirrorPrediction">;
  readonly predict: Predictor["predict"];
}

/** A map of the last convolution with fewer places a side says too little of where. */
const FEWEST_PLACES = 12;
/** What is covered at once is this share of the image's side: an eye or a corner of the mouth. */
const COVERED = 1 / 6;
/** Covered images that are predicted at once. */
const BATCH = 64;

/**
 * What in a face speaks for a class: by Grad-CAM where the network has convolutions, and by occlusion too
 * where it has none, or the map of the last has fewer than 12 places a side.
 *
 * @param pixels The face as the network is given it, gray values row by row.
 * @param label The class.
 * @returns One map or two.
 */
export async function explain(
  network: Explainable,
  pixels: Uint8Array,
  label: number,
): Promise<HeatMap[]> {
  const map = lastMap(network.model);
  const maps = map ? [gradCam(network, pixels, label, map)] : [];
  const isFine = map && Math.min(map.shape[0], map.shape[1]) >= FEWEST_PLACES;
  return isFine ? maps : [...maps, await occlusion(network, pixels, label)];
}

/**
 * Grad-CAM (Selvaraju et al. 2017) on the class's logit at the last convolution: ReLU(sum over channels k
 * of a_k A_k), A the convolution's map after its normalisation and ReLU. There a_k is the mean over all
 * places of the logit's gradient by A_k, which is exact where the map is averaged next; where it is
 * flattened into a dense layer the mean lights places that the layer does not look at, so the gradient at
 * each place is taken itself (HiResCAM, Draelos and Carin 2020), which is the same where the map is averaged.
 * Of a network that predicts by several views of an image the sum over them, each where it lies.
 *
 * @param map The model's, where it is known already.
 * @throws {RangeError} Where the network has no convolution.
 */
export function gradCam(
  { model, sample, configuration }: Omit<Explainable, "predict">,
  pixels: Uint8Array,
  label: number,
  map: LastMap | undefined = lastMap(model),
): HeatMap {
  if (!map) throw new RangeError(`Grad-CAM needs a convolution, and ${model.name} has none`);
  const { width, height } = sizeOf(sample);
  const input = model.inputs[0]!.shape.slice(1) as [number, number, number];
  const [rows, columns] = input;
  const heat = tf.tidy(() => {
    const image = tf.div(
      tf.tensor4d(Float32Array.from(pixels), [1, height, width, 1]),
      sample.divisor,
    ) as tf.Tensor4D;
    const views = viewsOf(sample.shape, input, configuration).map(({ crop, mirrored }) => {
      const [top, left] = crop;
      const seen = tf.slice(image, [0, top, left, 0], [1, rows, columns, 1]);
      const { map: values, gradient } = mapGradient(model, mirrored ? tf.reverse(seen, 2) : seen, {
        place: map.place,
        label,
      });
      const evidence = tf.relu(tf.sum(tf.mul(gradient, values), -1, true)) as tf.Tensor4D;
      values.dispose();
      const upright = mirrored ? tf.reverse(evidence, 2) : evidence;
      const large = tf.image.resizeBilinear(upright, [rows, columns], false, true);
      const [below, right] = [height - top - rows, width - left - columns];
      return tf.pad(large, [[0, 0], [top, below], [left, right], [0, 0]]);
    });
    return tf.addN(views).dataSync() as Float32Array;
  });
  return { method: "Grad-CAM", heat: asShares(heat), grain: map.shape[0] };
}

/**
 * A class's logit's gradient by the output of one node of a model's graph, and that output, which is the
 * caller's to dispose of also within a tidy.
 *
 * @param input One sample as the model takes it.
 * @param options `place` in the graph, and the class.
 */
export function mapGradient(
  model: tf.LayersModel,
  input: tf.Tensor,
  { place, label }: { readonly place: number; readonly label: number },
): { readonly map: tf.Tensor; readonly gradient: tf.Tensor } {
  const forward = forwardPass(model);
  const seen: tf.Tensor[] = [];
  let at = 0;
  forward.logits(input, {
    onOutput: (_, output) => void (++at === place && seen.push(tf.keep(tf.clone(output)))),
  });
  const [map] = seen;
  // In its own place the map is the variable that the logit is differentiated by.
  const logit = (values: tf.Tensor): tf.Scalar => {
    let at = 0;
    const logits = forward.logits(input, {
      onOutput: () => ++at === place ? tf.clone(values) : undefined,
    });
    return tf.sum(tf.slice(logits, [0, label], [1, 1])) as tf.Scalar;
  };
  return { map: map!, gradient: tf.grad(logit)(map!) };
}

/** The last convolution's map: where in the model's graph it is done, and its shape. */
export interface LastMap {
  readonly place: number;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** Finds a model's {@linkcode LastMap}; nothing where it has no convolution. */
export function lastMap(model: tf.LayersModel): LastMap | undefined {
  const graph = modelGraph(model);
  const shapes: (readonly number[])[] = [];
  tf.tidy(() => {
    const forward = forwardPass(model);
    shapes.push([1, ...forward.inputShape]);
    forward.logits(tf.zeros([1, ...forward.inputShape]), {
      onOutput: (_, { shape }) => void shapes.push(shape),
    });
  });
  let place = graph.findLastIndex(({ kind }) => kind === "convolve");
  if (place < 0) return undefined;
  // On through its normalisation, ReLU and shortcut, up to what changes the map's size.
  for (;;) {
    const next = graph.findLastIndex(({ kind, inputs }, i) =>
      inputs.includes(place) && String(shapes[i]) === String(shapes[place]) && kind !== "convolve"
    );
    if (next < 0) break;
    place = next;
  }
  return { place, shape: shapes[place]!.slice(1) as [number, number, number] };
}

/**
 * Occlusion (Zeiler and Fergus 2014): a square of the face's mean gray is moved over the face in steps of
 * half its side; a place counts as far as the class's probability falls, on the mean, when it is covered.
 */
export async function occlusion(
  { sample, predict }: Explainable,
  pixels: Uint8Array,
  label: number,
): Promise<HeatMap> {
  const { width, height } = sizeOf(sample);
  const side = 2 * Math.max(1, Math.round(COVERED * Math.min(width, height) / 2));
  const mean = pixels.reduce((sum, gray) => sum + gray, 0) / pixels.length;
  const starts = (length: number) =>
    Array.from({ length: Math.ceil(2 * length / side) + 1 }, (_, i) => (i - 1) * side / 2);
  const squares = starts(height).flatMap((top) => starts(width).map((left) => ({ top, left })));
  const covered = new Uint8Array((squares.length + 1) * pixels.length);
  squares.forEach((square, i) => {
    const image = covered.subarray(i * pixels.length, (i + 1) * pixels.length);
    image.set(pixels);
    for (const at of pixelsOf(square, side, { width, height })) image[at] = Math.round(mean);
  });
  covered.set(pixels, squares.length * pixels.length);
  const probabilities = await predict(covered, { batchSize: BATCH });
  const classes = probabilities.length / (squares.length + 1);
  const whole = probabilities[squares.length * classes + label]!;
  const sums = new Float32Array(pixels.length);
  const counts = new Uint32Array(pixels.length);
  let fall = 0;
  squares.forEach((square, i) => {
    const less = whole - probabilities[i * classes + label]!;
    fall = Math.max(fall, less);
    for (const at of pixelsOf(square, side, { width, height })) {
      sums[at]! += less;
      counts[at]!++;
    }
  });
  const heat = asShares(sums.map((sum, at) => Math.max(0, sum / counts[at]!)));
  return { method: "occlusion", heat, grain: side, fall };
}

/** The places of a square's pixels, as far as they are in the image. */
function* pixelsOf(
  { top, left }: { readonly top: number; readonly left: number },
  side: number,
  { width, height }: { readonly width: number; readonly height: number },
): Generator<number> {
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) yield y * width + x;
  }
}

function sizeOf(sample: SampleForm): { readonly width: number; readonly height: number } {
  const size = grayImageSize(sample);
  if (!size) throw new RangeError("Only what a network sees in gray images is explained");
  return size;
}

function asShares(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? values.map((value) => value / most) : values.fill(0);
}
