/**
 * The network that somebody means: the one in the box, a run's, a report's variant's, or a file's.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { IMAGE_SIZE } from "../emotion.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, isFile } from "../file.ts";
import { CHECKOUT, shownPath, userPath } from "../paths.ts";
import { splitVariant } from "../report/compare.ts";
import { readReport, REPORT_FILES, RUN_FILES } from "../report/files.ts";
import { findResults } from "../report/folders.ts";
import type { RunRecord } from "../report/record.ts";
import { chosenRun, chosenVariant } from "../report/summary.ts";
import { grayImageSize, type SampleForm, sampleText } from "../sample.ts";
import { count, percent } from "../text.ts";

/** The network that comes with the suite. */
export const BOXED_MODEL: string = join(CHECKOUT, "models", "fer2013.safetensors");

/**
 * Finds what `openNetwork` can open.
 *
 * @param typed A run's folder, a model file, or a report, with `#variant` or else that which PublicTest
 *   chooses; also within the results. Of several seeds that which PublicTest chooses. Nothing: the network
 *   in the box.
 * @throws {UserError} Where nothing is there.
 */
export async function findNetwork(typed: string | undefined): Promise<string> {
  if (typed === undefined) return BOXED_MODEL;
  const [, variant] = await splitVariant(userPath(typed));
  const name = variant === undefined ? typed : typed.slice(0, typed.lastIndexOf("#"));
  const path = await findResults(userPath(name), name, {
    missing: "No such run, report or model file",
  });
  if (basename(path) === RUN_FILES.record) return dirname(path);
  const report = path.endsWith(".json") ? path : join(path, REPORT_FILES.report);
  if (!path.endsWith(".json") && !await exists(report)) {
    if (variant !== undefined) {
      throw new UserError(`${shownPath(path)}: No report, so no variant "${variant}"`);
    }
    return path;
  }
  const content = await readReport(report);
  const names = content.variants.map((each) => each.name);
  const chosen = variant === undefined
    ? chosenVariant(content)
    : content.variants.find((each) => each.name === variant);
  if (!chosen) {
    throw new UserError(
      `${shownPath(report)}: No variant "${variant}": it has ${names.join(", ")}`,
    );
  }
  return join(dirname(report), chosenRun(chosen).folder);
}

/**
 * The folder of the run that somebody means, as {@linkcode findNetwork} has it.
 *
 * @param whyNoFile What to say of a model file, and what to do.
 * @throws {UserError} Where there is none, or it is a model file.
 */
export async function findRun(typed: string, whyNoFile: string): Promise<string> {
  const folder = await findNetwork(typed);
  if (await isFile(folder)) throw new UserError(`${shownPath(folder)}: ${whyNoFile}`);
  return folder;
}

/**
 * The side, in pixels, of the faces that a network takes as they are cut out of pictures.
 *
 * @param place As {@linkcode findNetwork} has it.
 * @param sample Of the data that it was trained on.
 * @throws {UsageError} Where those are no square gray images.
 */
export function faceSize(place: string, sample: SampleForm): number {
  const size = grayImageSize(sample);
  if (size && size.width === size.height) return size.width;
  throw new UsageError(
    `${shownPath(place)}: The network takes no square gray images but ${
      sampleText(sample)
    }: name one ` +
      "that was trained on faces",
  );
}

/**
 * Refuses a network whose faces are not of FER2013's size.
 *
 * @param place As {@linkcode findNetwork} has it.
 * @param sample Of the data that it was trained on.
 * @throws {UsageError} Where those are no gray images of 48x48.
 */
export function expectFaces(place: string, sample: SampleForm): void {
  if (faceSize(place, sample) === IMAGE_SIZE) return;
  throw new UsageError(
    `${shownPath(place)}: The network takes no gray images of ${IMAGE_SIZE}x${IMAGE_SIZE}`,
  );
}

/** Which network speaks, and how often it is right: what is said before anything else of it. */
export function networkText({ dataset, digest, seed, best }: RunRecord): string {
  const data = dataset.synthetic ? "synthetic faces (not photographs)" : dataset.name;
  return `Network: run ${digest}, seed ${seed}, trained on ${data}; right on ` +
    `${percent(best.test.accuracy)} % of its ${count(best.test.images)} test images`;
}
