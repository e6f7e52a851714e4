/**
 * Exports opened again by runtimes that are not this suite's, and what they predict held against what the
 * network predicted.
 *
 * @module
 */

import { join } from "node:path";
import { right, terminalTable } from "../report/table.ts";
import { count } from "../text.ts";
import { type Pythons, runScript } from "./environments.ts";
import { environmentOf, type FormatName } from "./formats.ts";
import { inScratch } from "./scratch.ts";
import { TFJS_WEIGHTS } from "./tfjs.ts";

/** How far a probability may be from the network's own. */
export const TOLERANCE = 1e-5;

/** What exports are held against. */
export interface Evidence {
  /** As the data set has them, shape [n, ...sample]. */
  readonly samples: ArrayLike<number>;
  /** What the network says of them, shape [n, classes]. */
  readonly probabilities: ArrayLike<number>;
  /** n. */
  readonly images: number;
}

/** An export to check. */
export interface CheckJob {
  /** Where its files lie, as `writeExport` has them. */
  readonly folder: string;
  readonly formats: readonly FormatName[];
  readonly evidence: Evidence;
}

/** What came of a format. */
export interface Checked {
  readonly format: FormatName;
  /** The runtime, with its version. */
  readonly openedBy?: string;
  readonly images: number;
  /** The largest distance of a probability from the network's own; NaN where there is none. */
  readonly deviation: number;
  /** Why it could not be opened, or asked. */
  readonly trouble?: string;
}

/** A line that `predictions.py` prints. */
type Answer =
  & { readonly format: FormatName }
  & (
    | { readonly openedBy: string; readonly probabilities: readonly (readonly number[][])[] }
    | { readonly trouble: string }
  );

/**
 * Opens exports and has them predict.
 *
 * @param jobs Those of one Python are done by one process.
 * @param pythons Of `providePythons`, for the formats that need one.
 * @returns In the order of the jobs and of their formats.
 * @throws {UserError} Where a Python does not start.
 */
export async function checkExports(
  jobs: readonly CheckJob[],
  pythons: Readonly<Pythons>,
): Promise<Checked[][]> {
  return await inScratch(async (scratch) => {
    const answers: Answer[][] = jobs.map(() => []);
    const files = jobs.map((_, i) => join(scratch, `${i}`));
    for (const [i, { evidence }] of jobs.entries()) {
      await Deno.writeFile(files[i]!, new Uint8Array(Float32Array.from(evidence.samples).buffer));
    }
    for (const [name, python] of Object.entries(pythons)) {
      const asked = jobs.map(({ folder, formats }, i) => ({
        ...{ folder, samples: files[i]! },
        formats: formats.filter((format) => environmentOf(format) === name),
      }));
      const said = await runScript(python, "predictions.py", asked);
      const lines = said.split("\n").filter((line) => line !== "");
      asked.forEach(({ formats }, i) => {
        formats.forEach(() => answers[i]!.push(JSON.parse(lines.shift()!)));
      });
    }
    for (const [i, { folder, formats, evidence }] of jobs.entries()) {
      if (formats.includes("tfjs")) answers[i]!.push(await askTfjs(folder, evidence));
    }
    return jobs.map(({ formats, evidence }, i) =>
      formats.map((format) => {
        const answer = answers[i]!.find((each) => each.format === format)!;
        return { ...compared(answer, evidence), format, images: evidence.images };
      })
    );
  });
}

async function askTfjs(folder: string, { samples }: Evidence): Promise<Answer> {
  const { tfjsPredictions, TFJS_VERSION } = await import("./tfjs_predictions.ts");
  try {
    const modelJson = await Deno.readTextFile(join(folder, "tfjs", "model.json"));
    const weights = await Deno.readFile(join(folder, "tfjs", TFJS_WEIGHTS));
    const { probabilities, classes } = await tfjsPredictions({ modelJson, weights }, samples);
    const rows = Array.from(
      { length: probabilities.length / classes },
      (_, i) => Array.from(probabilities.subarray(i * classes, (i + 1) * classes)),
    );
    const openedBy = `TensorFlow.js ${TFJS_VERSION} on WebAssembly`;
    return { format: "tfjs", openedBy, probabilities: [rows] };
  } catch (error) {
    // Whatever it has against the files is what is to be found out.
    return { format: "tfjs", trouble: String(error).split("\n")[0]! };
  }
}

function compared(
  answer: Answer,
  { probabilities }: Evidence,
): Pick<Checked, "openedBy" | "deviation" | "trouble"> {
  if ("trouble" in answer) return { deviation: NaN, trouble: answer.trouble };
  const { openedBy } = answer;
  const deviations = answer.probabilities.map((rows) => {
    const found = rows.flat();
    if (found.length !== probabilities.length) return NaN;
    return found.reduce(
      (largest, value, i) => Math.max(largest, Math.abs(value - probabilities[i]!)),
      0,
    );
  });
  return { openedBy, deviation: Math.max(...deviations) };
}

/** Whether a format predicts what the network does. */
export function holds({ deviation }: Checked): boolean {
  return deviation <= TOLERANCE;
}

/** What came of all formats, as a table for the terminal. */
export function checkTable(
  checked: readonly Checked[],
  options: { readonly width?: number } = {},
): string {
  const columns = [
    ...[{ title: "Format" }, { title: "Opened by" }],
    ...right("Images", "Largest deviation"),
    { title: "" },
  ];
  return terminalTable(
    columns,
    checked.map((each) => [
      each.format,
      each.openedBy ?? `not opened: ${each.trouble}`,
      count(each.images),
      Number.isNaN(each.deviation) ? "–" : each.deviation.toExponential(1),
      holds(each) ? "ok" : "failed",
    ]),
    options,
  );
}
