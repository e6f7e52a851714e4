/**
 * `deno task predict`: the emotion of every face in pictures.
 *
 * @module
 */

import { join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { Interrupted } from "../error.ts";
import { listPictures } from "../face/pictures.ts";
import { expectFilePlaces, expectFolderPlace, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, type FlagValues, path } from "../flags.ts";
import { interruptible } from "../interruption.ts";
import { runMain } from "../main.ts";
import { shownPath, userPath } from "../paths.ts";
import { Progress } from "../progress.ts";
import {
  type FaceNetwork,
  faceNetwork,
  type Outcome,
  type Pictured,
  predictFiles,
} from "../run/faces.ts";
import type { Network } from "../run/network.ts";
import { list } from "../text.ts";
import {
  facesCsv,
  facesJson,
  facesTable,
  MadeNames,
  writeExplained,
  writeMarked,
} from "./_faces_output.ts";
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
    explain: path("DIR", "Also write each face with maps of what speaks for its emotion, as SVG"),
    quiet: flag("Print the table alone"),
  },
  exclusive: [["crops", "annotate"]],
  examples: [
    "deno task predict portrait.jpg --annotate marked",
    "deno task predict portrait.jpg --explain why",
    "deno task predict holiday-pictures --csv faces.csv",
  ],
  notes: [
    "A number says how sure the network is of what an expression would be called by those who labelled " +
    "its training data; it does not say how somebody feels. How often it is right stands in " +
    "models/fer2013.md.",
    "--explain draws two maps over what the network sees: where its last convolution finds what speaks for " +
    "the emotion (Grad-CAM), and how far the emotion's probability falls when a place is covered " +
    "(occlusion; only where the first is coarser than 12x12). They show what moves this network's " +
    "answer, right or wrong, and nothing of the person.",
    "Exit code 0: done, also where no face was found; 1: some pictures could not be read; 2: the command " +
    "line could not be understood.",
  ],
} as const satisfies Command;

type Flags = FlagValues<typeof COMMAND>;

/** Predicts, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  await expectPlaces(flags);
  const files = await listPictures(words.map((word) => userPath(word)), {
    except: given(flags.annotate, flags.explain),
  });
  const { findNetwork, networkText } = await import("../run/find_network.ts");
  const place = await findNetwork(flags.model);
  const { openNetwork } = await import("../run/network.ts");
  using network = await openNetwork(place, { execution: "traced" });
  const { record } = network;
  const faces = faceNetwork(network, place);
  if (!flags.quiet) console.error(networkText(record));
  const outcome = await predictAll(files, { network, faces }, flags);
  if (flags.json !== undefined) await writeFileWhole(flags.json, facesJson(outcome, record));
  if (flags.csv !== undefined) {
    await writeFileWhole(flags.csv, facesCsv(outcome.faces, faces.classes));
  }
  if (outcome.faces.length > 0) console.log(facesTable(outcome.faces, faces.classes));
  for (const file of outcome.empty) console.log(`${shownPath(file)}: No face found`);
  for (const { fault } of outcome.faults) console.error(fault);
  return outcome.faults.length > 0 ? 1 : 0;
}

/** Refuses places that cannot be written to, before thousands of pictures are read. */
async function expectPlaces({ json, csv, annotate, explain }: Flags): Promise<void> {
  await expectFilePlaces({ json, csv });
  for (const folder of given(annotate, explain)) await expectFolderPlace(folder);
}

function given(...paths: readonly (string | undefined)[]): string[] {
  return paths.filter((path) => path !== undefined);
}

/** Predicts the faces of all files, and marks and explains them where that is asked for. */
async function predictAll(
  files: readonly string[],
  { network, faces }: { readonly network: Network; readonly faces: FaceNetwork },
  { crops, annotate, explain, quiet, json, csv }: Flags,
): Promise<Outcome> {
  using detector = crops ? undefined : await (await import("../face/detect.ts")).loadDetector();
  const names = new MadeNames();
  const progress = new Progress("Pictures", { total: files.length, quiet, keep: false });
  const onPicture = async (pictured: Pictured) => {
    const placeIn = (folder: string, ending: string) =>
      join(folder, names.of(pictured.file, ending));
    if (annotate !== undefined) await writeMarked(pictured, placeIn(annotate, ".svg"));
    if (explain === undefined) return;
    const { classes } = faces;
    await writeExplained(pictured, { network, classes }, () => placeIn(explain, ".explained.svg"));
  };
  const drawn = given(annotate, explain);
  try {
    return await interruptible((signal) =>
      predictFiles(files, faces, {
        detector,
        signal,
        onProgress: (done) => progress.update(done),
        onPicture: drawn.length > 0 ? onPicture : undefined,
      }), { stopping: "Stopping after this picture; once more to stop at once" });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const unwritten = given(json, csv).map((file) => shownPath(file));
    const what = [
      ...unwritten.length > 0 ? [`${list(unwritten)} not written`] : [],
      ...drawn.length > 0
        ? [`those are drawn in ${list(drawn.map((folder) => shownPath(folder)))}`]
        : [],
    ];
    throw new Interrupted([error.message, ...what].join(", "), { cause: error });
  } finally {
    progress.finish();
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
