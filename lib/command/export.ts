/**
 * `deno task export`: a trained network in other people's formats.
 *
 * @module
 */

import { join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { CARD_FILE, expectExportFolder, writeExport } from "../export/folder.ts";
import { FORMATS, parseFormats } from "../export/formats.ts";
import { type Command, commandHelp, path, text } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath } from "../paths.ts";

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
  },
  sections: [{
    title: "Formats",
    rows: Object.entries(FORMATS).map(([name, { meaning }]) => [name, meaning] as const),
  }],
  examples: ["deno task export --to tfjs,onnx --out exported"],
} as const satisfies Command;

/** Writes the files. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  if (flags.to === undefined) throw new UsageError("Name formats with --to: see --help");
  if (flags.out === undefined) throw new UsageError("Say where to with --out DIR");
  const { out } = flags;
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
  const files: Record<string, Uint8Array | string> = { [CARD_FILE]: card };
  for (const name of formats) Object.assign(files, await FORMATS[name].encode(trained, { card }));
  await writeExport(out, files);
  console.log(
    formats.map((name) => `${name}: ${shownPath(join(out, FORMATS[name].entry))}`)
      .concat(`Card: ${shownPath(join(out, CARD_FILE))}`).join("\n"),
  );
}

if (import.meta.main) await runMain(() => main(Deno.args));
