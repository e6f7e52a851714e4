/**
 * `deno task export`: a trained network in other people's formats.
 *
 * @module
 */

import { join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import type { Evidence } from "../export/check.ts";
import { type EnvironmentName, providePythons, type Pythons } from "../export/environments.ts";
import { CARD_FILE, expectExportFolder, writeExport } from "../export/folder.ts";
import {
  encodeFormats,
  environmentOf,
  type FormatName,
  FORMATS,
  isKerasFormat,
  parseFormats,
} from "../export/formats.ts";
import { type Command, commandHelp, flag, path, text } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath } from "../paths.ts";
import { showWhile } from "../progress.ts";
import { list } from "../text.ts";
import { RECORDED_DATA_FLAGS } from "./_recorded_data_flags.ts";
import { terminalWidth } from "../terminal.ts";

const COMMAND = {
  name: "export",
  summary:
    "Writes a trained network in formats that other programs open, with its model card beside: the " +
    "classes, the input's meaning, the views of a prediction and the digests are inside each file.",
  usage: "[RUN] --to FORMAT[,FORMAT...] --out DIR",
  words: {
    name: "RUN",
    meaning:
      "A finished run's folder with its weights, a model file, or a report or its variant, " +
      "such as reports/own/fer2013/combination#combined; else the network in models",
    least: 0,
    most: 1,
    request: "Name one run",
  },
  flags: {
    to: text("FORMATS", "The formats, with commas between"),
    out: path("DIR", "Where they go: a folder that is new, empty, or holds an export to replace"),
    check: flag(
      "Before they go there, open them by other runtimes and compare with the run's predictions, on " +
        "200 test images",
    ),
    ...RECORDED_DATA_FLAGS,
  },
  sections: [{
    title: "Formats",
    rows: Object.entries(FORMATS).map(([name, { meaning }]) => [name, meaning] as const),
  }],
  examples: [
    "deno task export --to tfjs,onnx --out exported",
    "deno task export --to onnx,keras --out exported --check --data data/fer2013.zip",
  ],
  notes: [
    "A model takes a view of [batch, height, width, channels] (onnx: channels second), gray / 255; a " +
    "prediction is the mean over the views that the metadata name. A SavedModel's serving_default takes " +
    "whole images and gives that mean, its view one view. Metadata and card lie where the format has such: " +
    "userDefinedMetadata (tfjs), metadata_props (onnx), __metadata__ (safetensors), fer-lab.json and " +
    "README.md in model.keras and in savedmodel/assets.extra.",
    "--check opens tfjs by TensorFlow.js on WebAssembly, onnx by onnxruntime, safetensors by NumPy, the " +
    "others by Keras and TensorFlow; a probability may differ by 1e-5. Where one fails nothing is written " +
    "and the exit code is 1.",
    "Python is needed for keras and savedmodel (1.6 GB, into .cache/venv-keras), and to check onnx and " +
    "safetensors (180 MB, into .cache/venv-export); it is said before anything is downloaded.",
  ],
} as const satisfies Command;

/** Writes the files, checked where that is asked for. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  if (flags.to === undefined) throw new UsageError("Name formats with --to: see --help");
  if (flags.out === undefined) throw new UsageError("Say where to with --out DIR");
  const { out, check, data, votes, "follow-links": followLinks } = flags;
  if (!check && (data !== undefined || votes !== undefined || followLinks)) {
    throw new UsageError("--data, --votes and --follow-links are for --check");
  }
  const formats = parseFormats(flags.to);
  await expectExportFolder(out);
  const { findNetwork } = await import("../run/find_network.ts");
  const { readTrained } = await import("../run/trained.ts");
  const { cardOf } = await import("../run/model_card.ts");
  const place = await findNetwork(words[0]);
  const trained = await readTrained(place);
  const { network } = trained.configuration;
  if (network.startsWith("pool")) {
    throw new UserError(
      `${shownPath(place)}: Pools votes (network=${network}) and has no layers to export`,
    );
  }
  const card = await cardOf(place, trained.record);
  const evidence = check
    ? await (await import("../export/evidence.ts"))
      .gatherEvidence(place, trained, { data, votes, followLinks, quiet: false })
    : undefined;
  const pythons = await providePythons(environmentsOf(formats, check));
  const files = await showWhile(
    "Writing",
    encodeFormats(formats, trained, { card, python: pythons.keras }),
  );
  await writeExport(out, { [CARD_FILE]: card, ...files }, {
    check: evidence && ((folder) => checkAll(folder, formats, evidence, pythons)),
  });
  console.log(
    formats.map((name) => `${name}: ${shownPath(join(out, FORMATS[name].entry))}`)
      .concat(`Card: ${shownPath(join(out, CARD_FILE))}`).join("\n"),
  );
}

/** The environments that formats need to be written, or checked too. */
function environmentsOf(formats: readonly FormatName[], check: boolean): Set<EnvironmentName> {
  const needed = new Set<EnvironmentName>();
  for (const format of formats) {
    const environment = environmentOf(format);
    if (environment && (check || isKerasFormat(format))) needed.add(environment);
  }
  return needed;
}

/**
 * Opens an export's formats, and prints what came of it.
 *
 * @throws {UserError} Where one does not hold.
 */
async function checkAll(
  folder: string,
  formats: readonly FormatName[],
  evidence: Evidence,
  pythons: Pythons,
): Promise<void> {
  const { checkExports, checkTable, holds, TOLERANCE } = await import("../export/check.ts");
  const [checked] = await showWhile(
    "Checking",
    checkExports([{ folder, formats, evidence }], pythons),
  );
  console.log(checkTable(checked!, { width: terminalWidth() }));
  const failed = checked!.filter((each) => !holds(each)).map(({ format }) => format);
  if (failed.length === 0) return;
  throw new UserError(
    `${
      list(failed)
    }: Not within ${TOLERANCE} of what the network predicted, so nothing was written: ` +
      "leave the format out, and please report it",
  );
}

if (import.meta.main) await runMain(() => main(Deno.args));
