/**
 * How much a measurement tells of a class: mutual information, in bits.
 *
 * @module
 */

/** A point of two features. */
export type Point = readonly [number, number];

/** Steps of the integration, in standard deviations, and how far it goes. */
const [STEP, REACH] = [0.5, 5.5];

/**
 * The mutual information (Shannon 1948; Cover and Thomas 2006, section 8.5) between a class and two
 * features that are normal about the class's mean, independent, with standard deviation 1.
 *
 * It is the mean over classes y and noise z of -log2 sum_k p_k exp(-z.d - |d|^2 / 2), with d the mean of y
 * less that of k: the density of the class over that of all classes. The mean over z is taken by the
 * trapezoidal rule, which errs by less than 1e-6 bits here: the integrand is smooth where z is not rare
 * (held against steps of 0.1 up to 7 standard deviations).
 *
 * @param means Of each class, in standard deviations.
 * @param shares How frequent each class is; they add up to 1.
 */
export function gaussianInformation(means: readonly Point[], shares: readonly number[]): number {
  let bits = 0;
  for (let a = -REACH; a <= REACH; a += STEP) {
    for (let b = -REACH; b <= REACH; b += STEP) {
      const density = Math.exp(-(a * a + b * b) / 2) / (2 * Math.PI) * STEP * STEP;
      means.forEach((own, y) => {
        if (shares[y] === 0) return;
        bits -= shares[y]! * density * Math.log2(mixture([a, b], own, means, shares));
      });
    }
  }
  return bits;
}

/** The density of all classes together where a class's noise is z, in units of the class's own. */
function mixture(
  [a, b]: Point,
  own: Point,
  means: readonly Point[],
  shares: readonly number[],
): number {
  let sum = 0;
  for (let k = 0; k < means.length; k++) {
    const c = own[0] - means[k]![0];
    const d = own[1] - means[k]![1];
    sum += shares[k]! * Math.exp(-a * c - b * d - (c * c + d * d) / 2);
  }
  return sum;
}

/** Halvings of the interval in which the scale is looked for: to a millionth of it. */
const HALVINGS = 20;

/**
 * How far apart the means have to be for so much information, by bisection: information grows with the
 * distances.
 *
 * @param directions The means, up to their scale; all different.
 * @param shares How frequent each class is; they add up to 1.
 * @param bits 0 or more.
 * @returns What the directions are to be multiplied by.
 * @throws {RangeError} Where there is not so much to know of the class.
 */
export function scaleOfInformation(
  directions: readonly Point[],
  shares: readonly number[],
  bits: number,
): number {
  if (bits === 0) return 0;
  const at = (scale: number) =>
    gaussianInformation(directions.map(([a, b]): Point => [a * scale, b * scale]), shares);
  if (bits > mostInformation(shares)) {
    throw new RangeError(`${bits} bits are more than ${mostInformation(shares)}`);
  }
  let [low, high] = [0, 1];
  while (at(high) < bits) [low, high] = [high, 2 * high];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (at(middle) < bits) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Nearly the entropy of the classes: more than 97 % of it would ask for means very far apart. */
export function mostInformation(shares: readonly number[]): number {
  const entropy = shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log2(p) : 0), 0);
  return 0.97 * entropy;
}
