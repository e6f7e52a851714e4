/**
 * Which of the files in a zip or a folder is the data: Kaggle's archives hold tables without labels or
 * without splits beside the one with all columns, and people put previews, notes and copies there.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { type DatasetBuilder, datasetDigest } from "./builder.ts";
import { type PixelCsvOptions, readPixelCsv } from "./csv.ts";
import { isArchivePath } from "./foreign.ts";
import { isPictureName } from "./image.ts";
import { isClassFolder, isLitter, someOf, splitFolder } from "./layout.ts";
import { COLUMNS, inWords, missingColumns, tableForm } from "./table_form.ts";

/** A zip or a folder in which tables are looked for. */
export interface TablePlace {
  /** What it is called in messages. */
  readonly name: string;
  readonly kind: "zip" | "folder";
  /** All files in it, with `/`. */
  readonly paths: readonly string[];
  /** The first bytes of one of them, as many as `START_BYTES` where there are. */
  start(path: string): Promise<Uint8Array>;
  /** All of one of them. */
  open(path: string): AsyncIterable<Uint8Array>;
  /** What to give with `--data` for a file in it, in words. */
  howToGive(path: string): string;
}

/** How {@linkcode readTables} reads. */
export interface TableOptions extends PixelCsvOptions {
  /** Told which table was taken where there is a choice. Default: standard error. */
  readonly onNote?: (line: string) => void;
}

/**
 * Reads the table with all columns that is in a zip or folder into a builder.
 *
 * Pictures in class folders of split folders go before any table. Several tables with all columns must
 * hold the same images.
 *
 * @returns Whether there was a table to take; if not, the pictures are the data.
 * @throws {UserError} Where tables contradict each other, or there is neither a table nor a picture.
 */
export async function readTables(
  place: TablePlace,
  builder: DatasetBuilder,
  options: TableOptions = {},
): Promise<boolean> {
  const { name } = place;
  const { onNote = (line: string) => console.error(line) } = options;
  const paths = place.paths.filter((path) => !path.split("/").some(isLitter));
  const tables = paths.filter(isTablePath).sort();
  if (paths.some(isInClassFolder)) {
    // A table that cannot be read is no matter here.
    const { whole: [left] } = await sortTables(place, tables).catch(() => ({ whole: [] }));
    if (left !== undefined) {
      onNote(
        `${name}: Takes the pictures in it, not ${left}: to take that, ${place.howToGive(left)}`,
      );
    }
    return false;
  }
  const { whole, lacking } = await sortTables(place, tables);
  const [taken, ...others] = whole;
  if (taken === undefined) {
    if (!paths.some(isPicture)) refuse(place, paths, lacking);
    return false;
  }
  if (others.length > 0) {
    // Before reading: behind it, the line would run into that of the progress.
    onNote(
      `${name}: Takes ${taken}, provided that the images in ${others.join(", ")} are the same`,
    );
  }
  await readPixelCsv(place.open(taken), inside(place, taken), builder, options);
  if (others.length > 0) {
    const digest = datasetDigest(builder.finish(), builder.form);
    for (const other of others) {
      const copy = builder.another();
      await readPixelCsv(place.open(other), inside(place, other), copy, {
        ...options,
        onNote: undefined,
      });
      if (datasetDigest(copy.finish(), copy.form) === digest) continue;
      throw new UserError(
        `${name}: Has several tables with all columns, and not the same images in them (${
          whole.join(", ")
        }): to take ${taken}, ${place.howToGive(taken)}`,
      );
    }
  }
  return true;
}

/** Tables with all columns, and what others lack. */
async function sortTables(
  place: TablePlace,
  tables: readonly string[],
): Promise<{ whole: string[]; lacking: string[] }> {
  const whole: string[] = [];
  const lacking: string[] = [];
  for (const path of tables) {
    const missing = missingColumns(tableForm(await place.start(path)));
    if (missing.length === 0) whole.push(path);
    else lacking.push(`${path} has no ${inWords(missing)}`);
  }
  return { whole, lacking };
}

/** What a file in a zip or folder is called in messages. */
function inside({ name, kind }: TablePlace, path: string): string {
  return kind === "zip" ? `${name}: ${path}` : `${name}/${path}`;
}

/** Says what was found instead of a table or pictures; nothing where that is of no kind. */
function refuse(place: TablePlace, paths: readonly string[], lacking: readonly string[]): void {
  const archive = paths.find(isArchivePath);
  if (lacking.length === 0 && archive === undefined) return;
  const found = lacking.length > 0
    ? `Has no CSV with the columns ${COLUMNS.join(",")}: ${someOf(lacking, 4)}`
    : "Has no CSV and no pictures";
  const what = archive === undefined
    ? `; ${WHERE_ALL_ARE}`
    : `, but ${archive}: to take that, ${place.howToGive(archive)}`;
  throw new UserError(`${place.name}: ${found}${what}`);
}

/** What to do where a table lacks columns. */
export const WHERE_ALL_ARE =
  "of Kaggle's files icml_face_data.csv and fer2013.csv have all of them (see data/README.md)";

/** Whether a file in a zip or folder may be a table, by its name. */
export function isTablePath(path: string): boolean {
  return /\.(csv|tsv|tab)$/i.test(path);
}

/** Whether a file may be a picture, by its name or by the class folder it is in. */
function isPicture(path: string): boolean {
  return isPictureName(path) ||
    isClassFolder(path.split("/").at(-2) ?? "");
}

/** Whether a file is where a picture of a data set would be: `train/happy/x.png`, under anything. */
function isInClassFolder(path: string): boolean {
  const folders = path.split("/").slice(0, -1);
  const last = folders.pop();
  return last !== undefined && isClassFolder(last) &&
    folders.some((folder) => splitFolder(folder) !== undefined);
}
