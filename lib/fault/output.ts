/**
 * What a run leaves on disk: whether each file is whole, and whether two outputs are the same.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { sha256 } from "../digest.ts";
import { EMOTIONS } from "../emotion.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists } from "../file.ts";
import {
  readFacts,
  readRecord,
  readReport,
  readReportFacts,
  REPORT_FILES,
} from "../report/files.ts";
import { renderReport } from "../report/markdown.ts";
import { plural } from "../text.ts";
import { CHECKPOINT_FILES, CheckpointError, decodeCheckpoint } from "../training/checkpoint.ts";

/** The files that must come out the same from the same command, whatever happened on the way. */
const SAME =
  /\/(record\.json|predictions\.csv|validation\.csv|history\.jsonl|weights\.safetensors|report\.json|[^/]+\.svg)$/;

/** A file that was being written when its process was killed; nobody reads it. */
const TEMPORARY = /\.tmp-\d+-\d+$/;

/** All files of a folder, by their paths within it, in order. */
export async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (at: string) => {
    for await (const { name, isDirectory } of Deno.readDir(at)) {
      if (isDirectory) await walk(join(at, name));
      else files.push(relative(folder, join(at, name)));
    }
  };
  if (await exists(folder)) await walk(folder);
  return files.sort();
}

/**
 * Digests of what has to be the same. `report.md` tells minutes and dates as well; of it has to be the
 * same that it is what its report and facts give.
 */
export async function fingerprint(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const file of await filesIn(folder)) {
    const path = join(folder, file);
    if (basename(file) === REPORT_FILES.markdown) {
      digests.set(file, await isRendered(path) ? "of its report" : "of another report");
    } else if (SAME.test(`/${file}`)) {
      digests.set(file, sha256(await Deno.readFile(path)));
    }
  }
  return digests;
}

/** Whether a report's Markdown is what comes of the JSON beside it. */
async function isRendered(markdown: string): Promise<boolean> {
  const json = join(markdown, "..", REPORT_FILES.report);
  if (!await exists(json)) return false;
  const facts = await readReportFacts(join(markdown, "..", REPORT_FILES.facts));
  return renderReport(await readReport(json), facts) === await Deno.readTextFile(markdown);
}

/** What differs between two outputs, one line for each file; none where they are the same. */
export function differences(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): string[] {
  const files = new Set([...expected.keys(), ...found.keys()]);
  return [...files].sort().filter((file) => expected.get(file) !== found.get(file)).map((file) =>
    !found.has(file)
      ? `${file} is missing`
      : `${file} ${expected.has(file) ? "differs" : "is too much"}`
  );
}

/**
 * The files of a folder that are not whole, each with what is wrong; temporary names are not looked
 * at, since nothing reads them.
 */
export async function brokenFiles(folder: string): Promise<string[]> {
  const broken: string[] = [];
  for (const file of await filesIn(folder)) {
    if (TEMPORARY.test(file)) continue;
    try {
      await checkWhole(join(folder, file));
    } catch (error) {
      broken.push(`${file}: ${(error as Error).message}`);
    }
  }
  return broken;
}

async function checkWhole(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  const text = () => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  if (path.endsWith(".safetensors")) decodeCheckpoint(bytes);
  else if (path.endsWith(".jsonl")) {
    if (!/\n$/.test(text())) throw new Error("its last line is cut");
    text().trimEnd().split("\n").forEach((line) => JSON.parse(line));
  } else if (path.endsWith(".lock.json")) {
    // Tells others who runs; cut where its process was killed while it wrote, it tells less.
  } else if (path.endsWith(".json")) {
    const read = READERS[basename(path)];
    if (read) await read(path);
    else JSON.parse(text());
  } else if (path.endsWith(".csv")) parsePredictions(text(), EMOTIONS);
  else if (path.endsWith(".svg") && !text().trimEnd().endsWith("</svg>")) {
    throw new Error("its end is missing");
  } else if (path.endsWith(".md") && !text().endsWith("\n")) throw new Error("its end is missing");
}

/** The files that have a schema. */
const READERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "record.json": readRecord,
  "run.json": readFacts,
  "report.json": readReport,
  "report.run.json": readReportFacts,
};

/** In words, what a folder of reports holds of one run. */
export async function describeOutput(folder: string): Promise<string> {
  const files = await filesIn(folder);
  const has = (name: string) => files.some((file) => basename(file) === name);
  const parts: string[] = [];
  for (const name of CHECKPOINT_FILES) {
    const file = files.find((file) => basename(file) === name);
    if (file) parts.push(await describeCheckpoint(join(folder, file)));
  }
  const history = files.find((file) => basename(file) === "history.jsonl");
  if (history) {
    const lines = (await Deno.readTextFile(join(folder, history))).split("\n").length - 1;
    parts.push(`history of ${plural(lines, "epoch")}`);
  }
  for (
    const name of [
      ...["record.json", "predictions.csv", "validation.csv", "claimed.csv"],
      ...["report.json", "report.md"],
    ]
  ) {
    if (has(name)) parts.push(name);
  }
  const temporary = files.filter((file) => TEMPORARY.test(file)).length;
  if (temporary > 0) parts.push(`${temporary} temporary`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

async function describeCheckpoint(path: string): Promise<string> {
  const name = basename(path, ".safetensors");
  try {
    const state = decodeCheckpoint(await Deno.readFile(path)).state as { history: unknown[] };
    return `${name} of epoch ${state.history.length}`;
  } catch (error) {
    if (error instanceof CheckpointError) return `${name}, damaged`;
    throw error;
  }
}
