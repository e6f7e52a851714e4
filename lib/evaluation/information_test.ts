import { ok, throws } from "node:assert/strict";
import { randomStream } from "../seed.ts";
import {
  gaussianInformation,
  mostInformation,
  type Point,
  scaleOfInformation,
} from "./information.ts";

const MEANS: readonly Point[] = [[1, 0.5], [-1, 0], [0, 2]];
const SHARES = [0.5, 0.3, 0.2];

/** The mean over drawn samples of log2 p(x | y) / p(x), with its standard error. */
function monteCarlo(means: readonly Point[], shares: readonly number[], samples: number) {
  const stream = randomStream(1, "Monte Carlo");
  let [sum, squares] = [0, 0];
  for (let i = 0; i < samples; i++) {
    const u = stream.uniform();
    let y = 0;
    for (let below = shares[0]!; u >= below; below += shares[++y]!);
    const x = means[y]!.map((mean) => mean + stream.normal());
    const densities = means.map(([a, b]) => Math.exp(-((x[0]! - a) ** 2 + (x[1]! - b) ** 2) / 2));
    const all = densities.reduce((total, density, k) => total + shares[k]! * density, 0);
    const bits = Math.log2(densities[y]! / all);
    sum += bits;
    squares += bits * bits;
  }
  const mean = sum / samples;
  return { mean, error: Math.sqrt((squares / samples - mean * mean) / samples) };
}

Deno.test("gaussianInformation() is what drawn samples give", () => {
  for (const scale of [0.2, 1, 3]) {
    const means = MEANS.map(([a, b]): Point => [scale * a, scale * b]);
    const { mean, error } = monteCarlo(means, SHARES, 20_000);
    const computed = gaussianInformation(means, SHARES);
    ok(Math.abs(computed - mean) < 4 * error, `${computed}, drawn ${mean} +- ${error}`);
    ok(error < 0.012, `${error}`);
  }
});

Deno.test("gaussianInformation() is 0 where the means are one, and the entropy where they are far apart", () => {
  ok(Math.abs(gaussianInformation([[1, 2], [1, 2]], [0.4, 0.6])) < 1e-6);
  ok(Math.abs(gaussianInformation([[0, 0], [20, 0]], [0.5, 0.5]) - 1) < 1e-6);
});

Deno.test("scaleOfInformation() gives means that have so many bits, and refuses more than there are", () => {
  for (const bits of [0.01, 0.3, 1.2]) {
    const scale = scaleOfInformation(MEANS, SHARES, bits);
    const found = gaussianInformation(MEANS.map(([a, b]) => [scale * a, scale * b]), SHARES);
    ok(Math.abs(found - bits) < 1e-5, `${found}, not ${bits}`);
  }
  throws(() => scaleOfInformation(MEANS, SHARES, mostInformation(SHARES) + 0.01), RangeError);
});
