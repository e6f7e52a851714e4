/**
 * `deno task predict`: the emotion of every face in pictures.
 *
 * @module
 */

import { basename, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { IMAGE_PIXELS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { annotatedSvg, type DrawnFace } from "../face/annotate.ts";
import { type Square, wholeFace } from "../face/cut.ts";
import type { Detector } from "../face/detect.ts";
import { findFaces } from "../face/find.ts";
import { listPictures, readPicture } from "../face/pictures.ts";
import { isEqualised } from "../dataset/known.ts";
import type { Picture } from "../dataset/picture.ts";
import { formOf } from "../dataset/form.ts";
import { predictedClasses } from "../evaluation/metrics.ts";
import { roundProbabilities } from "../evaluation/predictions.ts";
import { writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath, userPath } from "../paths.ts";
import { Progress } from "../progress.ts";
import { right, terminalTable } from "../report/table.ts";
import type { RunRecord } from "../report/record.ts";
import type { Network } from "../run/network.ts";
import { stringifyCsv } from "../std/csv.ts";
import { percent } from "../text.ts";
import { MODEL_FLAG } from "./_model_flag.ts";

const COMMAND = {
  name: "predict",
  summary:
    "Finds the faces in pictures and says for each how probable a network holds each emotion.",
  usage: "IMAGE|FOLDER [...] [flags]",
  words: {
    name: "IMAGE, FOLDER",
    meaning: "A picture file, or a folder with pictures, those in folders below it included",
    least: 1,
    most: Infinity,
    request: "Name a picture or a folder",
  },
  flags: {
    model: MODEL_FLAG,
    crops: flag("The pictures are faces already, cut as the network's training data are"),
    json: path("FILE", "Also write the faces as JSON"),
    csv: path("FILE", "Also write them as CSV, a row each"),
    annotate: path("DIR", "Also write each picture with its faces marked, as SVG"),
    quiet: flag("Print the table alone"),
  },
  exclusive: [["crops", "annotate"]],
  examples: [
    "deno task predict portrait.jpg --annotate marked",
    "deno task predict holiday-pictures --csv faces.csv",
  ],
  notes: [
    "A number says how sure the network is of what an expression would be called by those who labelled " +
    "its training data; it does not say how somebody feels. How often it is right stands in " +
    "models/fer2013.md.",
    "Exit code 0: done, also where no face was found; 1: some pictures could not be read; 2: the command " +
    "line could not be understood.",
  ],
} as const satisfies Command;

/** Faces that are predicted at once where there are many. */
const BATCH = 256;

interface Face {
  readonly file: string;
  /** What was cut, in pixels of the upright picture; the detector's score, 0 to 1. */
  readonly found?: { readonly square: Square; readonly score: number };
  readonly emotion: string;
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
}

/** What came of all pictures. */
interface Outcome {
  readonly faces: readonly Face[];
  /** Pictures without a face. */
  readonly empty: readonly string[];
  readonly faults: readonly { readonly file: string; readonly fault: string }[];
}

/** Predicts, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const files = await listPictures(words.map((word) => userPath(word)));
  const { expectFaces, findNetwork, networkText } = await import("../run/find_network.ts");
  const place = await findNetwork(flags.model);
  const { openNetwork } = await import("../run/network.ts");
  using network = await openNetwork(place, { execution: "traced" });
  const { record } = network;
  expectFaces(place, formOf(record.dataset).sample);
  if (!flags.quiet) console.error(networkText(record));
  const outcome = await predictFiles(files, network, flags);
  await writeOutcome(outcome, record, flags);
  if (outcome.faces.length > 0) console.log(facesTable(outcome.faces, classesOf(record)));
  for (const file of outcome.empty) console.log(`${shownPath(file)}: No face found`);
  for (const { fault } of outcome.faults) console.error(fault);
  return outcome.faults.length > 0 ? 1 : 0;
}

function classesOf({ dataset }: RunRecord): readonly string[] {
  return formOf(dataset).classes;
}

async function predictFiles(
  files: readonly string[],
  network: Network,
  { crops, annotate, quiet }: {
    readonly crops: boolean;
    readonly annotate: string | undefined;
    readonly quiet: boolean;
  },
): Promise<Outcome> {
  const classes = classesOf(network.record);
  const equalised = isEqualised(network.record.dataset.digest);
  using detector = crops ? undefined : await (await import("../face/detect.ts")).loadDetector();
  const progress = new Progress("Pictures", { total: files.length, quiet, keep: false });
  const faces: Face[] = [];
  const empty: string[] = [];
  const faults: { file: string; fault: string }[] = [];
  const drawn = new Set<string>();
  let waiting: Cut[] = [];
  const predictWaiting = async () => {
    const predicted = await predictCuts(waiting, network, classes);
    for (const face of predicted) faces.push(face);
    waiting = [];
    return predicted;
  };
  try {
    for (const [done, file] of files.entries()) {
      progress.update(done);
      try {
        const picture = await readPicture(file);
        const cuts = cutFaces(file, picture, detector, equalised);
        if (cuts.length === 0) empty.push(file);
        for (const cut of cuts) waiting.push(cut);
        if (annotate !== undefined) {
          await draw(file, picture, await predictWaiting(), { folder: annotate, drawn });
        } else if (waiting.length >= BATCH) await predictWaiting();
      } catch (error) {
        if (!(error instanceof UserError) || !error.message.startsWith(`${file}: `)) throw error;
        faults.push({ file, fault: error.message });
      }
    }
    await predictWaiting();
  } finally {
    progress.finish();
  }
  return { faces, empty, faults };
}

interface Cut {
  readonly file: string;
  readonly pixels: Uint8Array;
  readonly found?: NonNullable<Face["found"]>;
}

function cutFaces(
  file: string,
  picture: Picture,
  detector: Detector | undefined,
  equalised: boolean,
): Cut[] {
  // As the data set's pictures are read: what is a face already is not touched.
  if (!detector) return [{ file, pixels: wholeFace(picture) }];
  return findFaces(picture, detector, { equalised }).map(({ pixels, square, score }) => ({
    file,
    pixels,
    found: { square, score: Number(score.toFixed(3)) },
  }));
}

async function predictCuts(
  cuts: readonly Cut[],
  network: Network,
  classes: readonly string[],
): Promise<Face[]> {
  if (cuts.length === 0) return [];
  const pixels = new Uint8Array(cuts.length * IMAGE_PIXELS);
  cuts.forEach((cut, i) => pixels.set(cut.pixels, i * IMAGE_PIXELS));
  const predicted = await network.predict(pixels, { batchSize: cuts.length > 16 ? BATCH : 16 });
  const probabilities = roundProbabilities(predicted);
  const best = predictedClasses(probabilities, classes.length);
  return cuts.map(({ file, found }, i) => ({
    file,
    ...found ? { found } : {},
    emotion: classes[best[i]!]!,
    probabilities: [...probabilities.subarray(i * classes.length, (i + 1) * classes.length)],
  }));
}

async function draw(
  file: string,
  picture: Picture,
  faces: readonly Face[],
  { folder, drawn }: { readonly folder: string; readonly drawn: Set<string> },
): Promise<void> {
  const marks = faces.map(({ found, emotion, probabilities }): DrawnFace => ({
    square: found!.square,
    emotion,
    probability: Math.max(...probabilities),
  }));
  // Pictures of one name in several folders do not take each other's place.
  let name = `${basename(file)}.svg`;
  for (let n = 2; drawn.has(name); n++) name = `${basename(file)}-${n}.svg`;
  drawn.add(name);
  await writeFileWhole(join(folder, name), annotatedSvg(picture, marks));
}

function facesTable(faces: readonly Face[], classes: readonly string[]): string {
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

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 100; // Not a terminal.
  }
}

async function writeOutcome(
  { faces, empty, faults }: Outcome,
  record: RunRecord,
  { json, csv }: { readonly json: string | undefined; readonly csv: string | undefined },
): Promise<void> {
  const classes = classesOf(record);
  if (json !== undefined) {
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
    await writeFileWhole(json, JSON.stringify(content, null, 2) + "\n");
  }
  if (csv !== undefined) {
    const rows = faces.map(({ file, found, emotion, probabilities }) => [
      file,
      ...[found?.square.x, found?.square.y, found?.square.side, found?.score].map((v) =>
        v === undefined ? "" : String(v)
      ),
      emotion,
      ...probabilities.map(String),
    ]);
    const columns = ["file", "x", "y", "side", "score", "predicted"];
    await writeFileWhole(
      csv,
      stringifyCsv([[...columns, ...classes.map((name) => `p_${name}`)], ...rows]),
    );
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
