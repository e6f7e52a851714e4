/**
 * What a folder of class folders means: `train/<class>/*` and `test/<class>/*`, on disk or in a zip.
 *
 * @module
 */

import { EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { type SplitName, SPLITS } from "./dataset.ts";

/** Names of class folders beside FER2013's own: label numbers, and the words other copies use. */
const CLASS_SYNONYMS: Readonly<Record<string, number>> = {
  anger: 0,
  disgusted: 1,
  fearful: 2,
  happiness: 3,
  sadness: 4,
  surprised: 5,
};

/** Names of split folders, lower case. */
const SPLIT_FOLDERS: Readonly<Record<string, SplitName>> = {
  train: "Training",
  training: "Training",
  val: "PublicTest",
  valid: "PublicTest",
  validation: "PublicTest",
  publictest: "PublicTest",
  test: "PrivateTest",
  privatetest: "PrivateTest",
};

/** What was expected where a class was not recognised. */
export const EXPECTED_CLASSES = EMOTIONS.join(", ");

/**
 * The label number of a class name (`happy`), a known synonym (`happiness`) or a number (`3`).
 *
 * @returns undefined where it is none of the seven.
 */
export function labelOf(name: string): number | undefined {
  const plain = name.trim().toLowerCase();
  if (/^[0-6]$/.test(plain)) return Number(plain);
  const index = (EMOTIONS as readonly string[]).indexOf(plain);
  if (index >= 0) return index;
  return Object.hasOwn(CLASS_SYNONYMS, plain) ? CLASS_SYNONYMS[plain] : undefined;
}

/** An image file with its place in the data set. */
export interface PlacedFile {
  /** As it was given to {@linkcode placeFiles}. */
  readonly path: string;
  readonly split: SplitName;
  readonly label: number;
}

/** The meaning of a layout. */
export interface Layout {
  readonly files: readonly PlacedFile[];
  /** Whether PublicTest must still be drawn from Training. */
  readonly needsTenth: boolean;
  /** Where the splits come from, to follow "splits from". */
  readonly source: string;
}

/**
 * Finds split and class of each file.
 *
 * The split is the prefix of the file name (`Training_`, `PublicTest_`, `PrivateTest_`) where the
 * files have one, else the folder (`train`, `test`, and `validation` where there is one). One or more
 * folders that wrap everything are looked through. What systems leave behind (`.DS_Store`,
 * `__MACOSX`, `Thumbs.db`) is not looked at.
 *
 * @param paths Paths with `/`, relative to the root of the folder or zip.
 * @param name What the folder or zip is called in messages.
 * @param bad Takes a file that cannot be used and the reason.
 * @throws {UserError} Where there is no such layout, or a class is unknown.
 */
export function placeFiles(
  paths: readonly string[],
  name: string,
  bad: (path: string, reason: string) => void,
): Layout {
  const files = paths.filter((path) => !isLitter(path)).map((path) => ({
    path,
    parts: path.split("/"),
  }));
  if (files.length === 0) {
    throw new UserError(`${name}: Has no images: expected train/<class>/* and test/<class>/*`);
  }
  const depth = wrapperDepth(files.map((file) => file.parts));
  const inFolders = files.filter((file) => file.parts.length > depth + 1);
  const folders = [...new Set(inFolders.map((file) => file.parts[depth]!))].sort();
  const unknown = folders.filter((folder) => !splitFolder(folder));
  if (unknown.length > 0 || folders.length === 0) {
    const found = !files.some((file) => /\.(png|jpe?g)$/i.test(file.path))
      ? "no images"
      : folders.length === 0
      ? "images but no folders of them"
      : `the folders ${someOf(folders)}`;
    const csv = files.find((file) => file.path.toLowerCase().endsWith(".csv"));
    const hint = csv ? `; to load the CSV, name it: ${name}/${csv.path}` : "";
    throw new UserError(
      `${name}: Has ${found}: expected train/<class>/* and test/<class>/*${hint}`,
    );
  }
  const prefixed = inFolders.filter((file) => namePrefix(file.parts)).length;
  const placed: PlacedFile[] = [];
  for (const { path, parts } of inFolders) {
    if (parts.length !== depth + 3) {
      bad(path, `Is not in a class folder: expected ${parts[depth]}/<class>/<image>`);
      continue;
    }
    const folder = parts[depth + 1]!;
    const label = labelOf(folder);
    if (label === undefined) {
      // Not for --skip-bad: leaving out a whole class folder would be another data set.
      throw new UserError(
        `${name}: Unknown class folder "${
          parts.slice(0, -1).join("/")
        }": expected ${EXPECTED_CLASSES}`,
      );
    }
    const byFolder = splitFolder(parts[depth]!)!;
    const byName = namePrefix(parts);
    if (prefixed > 0 && byName === undefined) {
      bad(path, `Name does not begin with ${SPLITS.join(", ")} as others do`);
    } else if (byName !== undefined && (byName === "Training") !== (byFolder === "Training")) {
      bad(path, `Is ${byName} by its name but in the folder ${parts[depth]}`);
    } else placed.push({ path, split: byName ?? byFolder, label });
  }
  if (prefixed > 0) {
    return { files: placed, needsTenth: false, source: "the official prefixes of the file names" };
  }
  const needsTenth = !placed.some((file) => file.split === "PublicTest");
  const source = needsTenth
    ? "the folders train and test, PublicTest being a seeded stratified tenth of train"
    : "the folders train, validation and test";
  return { files: placed, needsTenth, source };
}

/** Hidden files and what macOS and Windows leave in folders and archives. */
function isLitter(path: string): boolean {
  return path.split("/").some((part) =>
    part.startsWith(".") || part === "__MACOSX" || /^(thumbs\.db|desktop\.ini)$/i.test(part)
  );
}

/** How many folders wrap everything: only looked for where no split folder is at the top. */
function wrapperDepth(paths: readonly (readonly string[])[]): number {
  for (let depth = 0; depth < 4; depth++) {
    const tops = new Set(paths.filter((p) => p.length > depth + 1).map((p) => p[depth]!));
    if (tops.size !== 1 || splitFolder([...tops][0]!)) return depth;
  }
  return 0;
}

function splitFolder(name: string): SplitName | undefined {
  const plain = name.toLowerCase();
  return Object.hasOwn(SPLIT_FOLDERS, plain) ? SPLIT_FOLDERS[plain] : undefined;
}

function namePrefix(parts: readonly string[]): SplitName | undefined {
  const file = parts.at(-1)!;
  return SPLITS.find((split) => file.startsWith(split));
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
