/**
 * Faces with their probabilities as `deno task predict` shows and writes them.
 *
 * @module
 */

import { basename } from "node:path";
import { formOf } from "../dataset/form.ts";
import { annotatedSvg, type DrawnFace } from "../face/annotate.ts";
import type { Explainable } from "../face/explain.ts";
import { explanationSvg } from "../face/explain_svg.ts";
import { writeFileWhole } from "../file.ts";
import { shownPath } from "../paths.ts";
import { right, terminalTable } from "../report/table.ts";
import type { RunRecord } from "../report/record.ts";
import type { Face, Outcome, Pictured } from "../run/faces.ts";
import { grayImageSize } from "../sample.ts";
import { stringifyCsv } from "../std/csv.ts";
import { terminalWidth } from "../terminal.ts";
import { percent } from "../text.ts";

/** The faces as a table for the terminal. */
export function facesTable(faces: readonly Face[], classes: readonly string[]): string {
  const inFile = Map.groupBy(faces, ({ file }) => file);
  return terminalTable(
    [{ title: "Picture" }, { title: "Emotion" }, ...right(...classes)],
    faces.map((face) => {
      const those = inFile.get(face.file)!;
      const number = those.length > 1 ? ` (${those.indexOf(face) + 1})` : "";
      return [
        shownPath(face.file) + number,
        face.emotion,
        ...face.probabilities.map((share) => percent(share, 1)),
      ];
    }),
    { width: terminalWidth() },
  ).trimEnd() +
    `\nProbabilities in %${inFile.size < faces.length ? ", faces from left to right" : ""}`;
}

/** Faces and what else came of the pictures, as JSON. */
export function facesJson({ faces, empty, faults }: Outcome, record: RunRecord): string {
  const { classes } = formOf(record.dataset);
  const content = {
    kind: "fer-lab/predictions",
    version: 1,
    model: { run: record.digest, seed: record.seed, data: record.dataset.digest, classes },
    faces: faces.map(({ file, found, emotion, probabilities }) => ({
      file,
      ...found ? { square: found.square, score: found.score } : {},
      emotion,
      probabilities: Object.fromEntries(classes.map((name, c) => [name, probabilities[c]])),
    })),
    withoutFace: empty,
    unreadable: faults,
  };
  return JSON.stringify(content, null, 2) + "\n";
}

/** Faces as CSV, a row each. */
export function facesCsv(faces: readonly Face[], classes: readonly string[]): string {
  const rows = faces.map(({ file, found, emotion, probabilities }) => [
    file,
    ...[found?.square.x, found?.square.y, found?.square.side, found?.score].map((v) =>
      v === undefined ? "" : String(v)
    ),
    emotion,
    ...probabilities.map(String),
  ]);
  const columns = ["file", "x", "y", "side", "score", "predicted"];
  return stringifyCsv([[...columns, ...classes.map((name) => `p_${name}`)], ...rows]);
}

/** Names for files that are made of pictures: pictures of one name do not take each other's place. */
export class MadeNames {
  readonly #taken = new Set<string>();

  /**
   * A name for what is made of a picture.
   *
   * @param ending Such as `.svg`.
   */
  of(file: string, ending: string): string {
    let name = basename(file) + ending;
    for (let n = 2; this.#taken.has(name); n++) name = `${basename(file)}-${n}${ending}`;
    this.#taken.add(name);
    return name;
  }
}

/** Writes a picture with its faces marked. */
export async function writeMarked({ picture, faces }: Pictured, path: string): Promise<void> {
  const marks = faces.map(({ found, emotion, probabilities }): DrawnFace => ({
    square: found!.square,
    emotion,
    probability: Math.max(...probabilities),
  }));
  await writeFileWhole(path, annotatedSvg(picture, marks));
}

/**
 * Writes each face of a picture with heat maps of what speaks for its emotion.
 *
 * @param options The network that spoke, and its classes.
 * @param pathOf Makes the name of the next file.
 */
export async function writeExplained(
  { file, faces, pixels }: Pictured,
  { network, classes }: { readonly network: Explainable; readonly classes: readonly string[] },
  pathOf: () => string,
): Promise<void> {
  const { explain } = await import("../face/explain.ts");
  const size = grayImageSize(network.sample)!;
  for (const [i, { emotion, probabilities }] of faces.entries()) {
    const label = classes.indexOf(emotion);
    const svg = explanationSvg({
      title: `${basename(file)}${faces.length > 1 ? ` (${i + 1})` : ""}`,
      ...{ emotion, size },
      pixels: pixels[i]!,
      probability: probabilities[label]!,
      maps: await explain(network, pixels[i]!, label),
    });
    await writeFileWhole(pathOf(), svg);
  }
}
