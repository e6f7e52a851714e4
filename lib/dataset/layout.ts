/**
 * What a folder of class folders means, on disk or in a zip: `train/<class>/*` and `test/<class>/*`,
 * or `<class>/*` where the splits are yet to be drawn.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { className, classNumber, isKnownClass, meantClass, nameTrouble } from "./class_names.ts";
import { type SplitName, SPLITS } from "./dataset.ts";
import {
  codeReader,
  formatLabels,
  type Labels,
  labelsText,
  numbersRefusal,
  presetOfFile,
} from "./labels.ts";

/** Words that name a split. */
const SPLIT_WORDS: Readonly<Record<string, SplitName>> = {
  train: "Training",
  training: "Training",
  val: "PublicTest",
  valid: "PublicTest",
  validation: "PublicTest",
  validate: "PublicTest",
  dev: "PublicTest",
  publictest: "PublicTest",
  test: "PrivateTest",
  testing: "PrivateTest",
  privatetest: "PrivateTest",
};

/** Words beside it in a folder's name that change nothing: `fer2013plus_train`, `test-set`. */
const IDLE_WORDS =
  /^(set|data|dataset|split|images?|imgs?|pictures?|faces?|fer|fer2013|fer2013plus|ferplus)$/;

/** What was expected of a folder or zip, for messages. */
export const EXPECTED_LAYOUT =
  "expected train/<class>/* and test/<class>/*, or <class>/* with --split 80/10/10";

/** Whether a folder's name is a known class's (`happiness`), or a number, as class folders have. */
export function isClassFolder(name: string): boolean {
  return isKnownClass(name) || classNumber(name) !== undefined;
}

/**
 * Whether a file or folder is what systems, archivers and cloud drives leave behind, by its name:
 * it is passed over with all that is in it, pictures included (`@eaDir` holds small copies).
 *
 * @param name One part of a path.
 */
export function isLitter(name: string): boolean {
  return HIDDEN.test(name) || LITTER.test(name);
}

/** Hidden, but for what stands for a file that iCloud has taken off the disk: that one is missed. */
const HIDDEN = /^\.(?!\.?$)(?!.*\.icloud$)/i;

const LITTER = new RegExp(
  "^(" + [
    "__MACOSX|Icon\\r?|Network Trash Folder|Temporary Items", // macOS
    "ehthumbs(_vista)?\\.db|Thumbs\\.db(:encryptable)?|desktop\\.ini", // Windows
    "\\$RECYCLE\\.BIN|RECYCLER|System Volume Information",
    "@eaDir|@Recently-Snapshot|#recycle|#snapshot", // network drives
    "lost\\+found|__pycache__",
  ].join("|") + ")$",
  "i",
);

/** An image file with its place in the data set. */
export interface PlacedFile {
  /** As it was given to {@linkcode placeFiles}. */
  readonly path: string;
  readonly split: SplitName;
  /** The class's name. */
  readonly label: string;
}

/** The meaning of a layout. */
export interface Layout {
  /** Where the splits are yet to be drawn, all files are in Training. */
  readonly files: readonly PlacedFile[];
  /** Where the splits come from: as they are, PublicTest to be drawn from Training, or all to be drawn. */
  readonly splits: "given" | "tenth" | "all";
  /** The same in words, to follow "splits from". */
  readonly source: string;
  /** Pictures that belong to no split, beside its folders. */
  readonly outside: readonly string[];
  /** Why it is no data set: a folder is missing, and which. */
  readonly refusal?: string;
}

/** How {@linkcode placeFiles} goes about it. */
export interface PlaceOptions {
  /** What the folder or zip is called in messages. */
  readonly name: string;
  /** Takes a file that cannot be used and the reason. */
  readonly bad: (path: string, reason: string) => void;
  /** Whether the splits are to be drawn (`--split`). Default false. */
  readonly draw?: boolean;
  /** What numbers, or codes in file names, mean (`--labels`). */
  readonly labels?: Labels | undefined;
  /** Classes that were named (`--classes`): those are meant so, however near to others. */
  readonly meant?: readonly string[] | undefined;
}

/** A path with its parts. */
interface Parted {
  readonly path: string;
  readonly parts: readonly string[];
}

/**
 * Finds split and class of each picture.
 *
 * The split is the prefix of the file name (`Training_`, `PublicTest_`, `PrivateTest_`) where the
 * files have one, else the folder (`train`, `test`, and `validation` where there is one). One or more
 * folders that wrap everything are looked through.
 *
 * @param paths Paths of pictures, one at least, with `/`, relative to the root of the folder or zip.
 * Classes are what the folders are called; with labels of a set that has codes in its file names,
 * those say the class, and class folders are not needed.
 *
 * @throws {UserError} Where there is no such layout, or a class cannot be told.
 */
export function placeFiles(paths: readonly string[], options: PlaceOptions): Layout {
  const { name, draw = false } = options;
  const files = paths.map((path) => ({
    path,
    parts: path.split("/").filter((part) => part !== "" && part !== "."),
  }));
  if (codeReader(options.labels)) return codedLayout(files, options);
  const depth = wrapperDepth(files.map((file) => file.parts));
  const inFolders = files.filter((file) => file.parts.length > depth + 1);
  const outside = files.filter((file) => file.parts.length <= depth + 1).map(({ path }) => path);
  const folders = [...new Set(inFolders.map((file) => file.parts[depth]!))].sort();
  if (folders.length === 0) {
    const example = files[0]!.parts.at(-1)!;
    throw new UserError(
      `${name}: Has ${files.length === 1 ? "an image" : `${files.length} images`} but no folders ` +
        `of them: ${
          presetOfFile(example) === undefined
            ? ""
            : `say --labels ${
              presetOfFile(example)
            }, whose names they have, and --split 80/10/10; or `
        }sort them into class folders, such as happy/${example}: ${EXPECTED_LAYOUT}`,
    );
  }
  const splits = new Set(folders.map(splitFolder));
  if (splits.has(undefined)) {
    const isOfClasses = draw && folders.length > 1 || folders.some(isClassFolder);
    if (folders.some(splitFolder) || !isOfClasses) {
      throw new UserError(`${name}: Has the folders ${someOf(folders)}: ${EXPECTED_LAYOUT}`);
    }
    if (!draw) {
      refuseUnclearClasses(inFolders, depth, options);
      throw new UserError(
        `${name}: Has class folders (${someOf(folders)}) and no splits: draw them with ` +
          "--split 80/10/10 (Training, PublicTest and PrivateTest in percent)",
      );
    }
    return { ...drawnLayout(inFolders, depth, options), outside };
  }
  if (draw && splits.size === 1) return { ...drawnLayout(inFolders, depth + 1, options), outside };
  if (draw) {
    throw new UserError(
      `${name}: Has splits of its own (the folders ${someOf(folders)}): leave --split out`,
    );
  }
  return { ...givenLayout(inFolders, depth, options, folders), outside };
}

/** Class folders whose pictures are to be divided. */
function drawnLayout(
  files: readonly Parted[],
  depth: number,
  options: PlaceOptions,
): Omit<Layout, "outside"> {
  const { bad } = options;
  refuseUnclearClasses(files, depth, options);
  const placed: PlacedFile[] = [];
  for (const { path, parts } of files) {
    if (parts.length !== depth + 2) bad(path, "Is not in a class folder: expected <class>/<image>");
    else placed.push({ path, split: "Training", label: folderClass(parts[depth]!, options) });
  }
  return { files: placed, splits: "all", source: "the class folders" };
}

/** Split folders with class folders in them. */
function givenLayout(
  files: readonly Parted[],
  depth: number,
  options: PlaceOptions,
  folders: readonly string[],
): Omit<Layout, "outside"> {
  const { name, bad } = options;
  refuseUnclearClasses(files, depth + 1, options);
  const prefixed = files.filter((file) => namePrefix(file.parts)).length;
  const placed: PlacedFile[] = [];
  for (const { path, parts } of files) {
    if (parts.length !== depth + 3) {
      bad(path, `Is not in a class folder: expected ${parts[depth]}/<class>/<image>`);
      continue;
    }
    const label = folderClass(parts[depth + 1]!, options);
    const byFolder = splitFolder(parts[depth]!)!;
    const byName = namePrefix(parts);
    if (prefixed > 0 && byName === undefined) {
      bad(path, `Name does not begin with ${SPLITS.join(", ")} as others do`);
    } else if (byName !== undefined && (byName === "Training") !== (byFolder === "Training")) {
      bad(path, `Is ${byName} by its name but in the folder ${parts[depth]}`);
    } else placed.push({ path, split: byName ?? byFolder, label });
  }
  const refusal = missingFolder(folders, name);
  if (refusal !== undefined) return { files: placed, splits: "given", source: "", refusal };
  if (prefixed > 0) {
    return { files: placed, splits: "given", source: "the official prefixes of the file names" };
  }
  if (placed.some((file) => file.split === "PublicTest")) {
    return { files: placed, splits: "given", source: "the folders train, validation and test" };
  }
  return {
    files: placed,
    splits: "tenth",
    source: "the folders train and test, PublicTest being a seeded stratified tenth of train",
  };
}

/** The class of a folder for which {@linkcode refuseUnclearClasses} has nothing to say. */
function folderClass(folder: string, { labels }: Pick<PlaceOptions, "labels">): string {
  const number = classNumber(folder);
  return number === undefined ? className(folder) : labels!.names[number]!;
}

/** Not for `--skip-bad`: leaving out a whole class folder would be another data set. */
function refuseUnclearClasses(
  files: readonly Parted[],
  depth: number,
  { name, labels, meant = [] }: PlaceOptions,
): void {
  const inClasses = files.filter(({ parts }) => parts.length > depth + 1);
  const first = Map.groupBy(inClasses, ({ parts }) => parts[depth]!);
  const numbers = new Map<string, number>();
  for (const [folder, { length }] of first) {
    const number = classNumber(folder);
    if (number !== undefined) numbers.set(number, (numbers.get(number) ?? 0) + length);
  }
  if (numbers.size > 0 && labels === undefined) {
    throw new UserError(`${name}: ${numbersRefusal(numbers)}`);
  }
  for (const [folder, [example]] of first) {
    const refuse = (why: string): never => {
      const path = example!.parts.slice(0, depth + 1).join("/");
      throw new UserError(`${name}: Unknown class folder "${path}": ${why}`);
    };
    const number = classNumber(folder);
    if (number !== undefined) {
      if (Object.hasOwn(labels!.names, number)) continue;
      refuse(`--labels ${formatLabels(labels!)} has ${labelsText(labels!)}`);
    }
    const trouble = nameTrouble(className(folder));
    if (trouble !== undefined) refuse(`${trouble}: rename it`);
    const near = meantClass(folder);
    if (near === undefined || meant.includes(className(folder))) continue;
    refuse(
      `did you mean "${near}"? Rename it, or name it with --classes where it is a class of its own`,
    );
  }
}

/** Pictures whose file names have a code for the class, in whatever folders. */
function codedLayout(files: readonly Parted[], options: PlaceOptions): Layout {
  const { name, bad, draw = false, labels } = options;
  const codeOf = codeReader(labels)!;
  const placed: PlacedFile[] = [];
  for (const { path, parts } of files) {
    const code = codeOf(parts.at(-1)!);
    const split = parts.slice(0, -1).map(splitFolder).find((found) => found !== undefined);
    if (code === undefined || !Object.hasOwn(labels!.names, code)) {
      bad(path, `Its name has no code of ${labels!.preset} (${labelsText(labels!)})`);
    } else if (!draw && split === undefined) {
      throw new UserError(
        `${name}: Has no splits (${path} is in no folder train or test): draw them with ` +
          "--split 80/10/10 (Training, PublicTest and PrivateTest in percent)",
      );
    } else {
      placed.push({ path, split: draw ? "Training" : split!, label: labels!.names[code]! });
    }
  }
  const source = `the pictures, classes from their names (${labels!.preset})`;
  if (draw) return { files: placed, splits: "all", source, outside: [] };
  const folders = [
    ...new Set(files.flatMap(({ parts }) => parts.slice(0, -1).filter(splitFolder))),
  ];
  const refusal = missingFolder(folders.sort(), name);
  const validated = placed.some(({ split }) => split === "PublicTest");
  return {
    files: placed,
    splits: validated ? "given" : "tenth",
    source: validated
      ? "the folders train, validation and test"
      : "the folders train and test, PublicTest being a seeded stratified tenth of train",
    outside: [],
    ...refusal === undefined ? {} : { refusal },
  };
}

/** Without one of these two there is nothing to train on, or nothing to score. */
function missingFolder(folders: readonly string[], name: string): string | undefined {
  const there = new Set(folders.map(splitFolder));
  const found = `Has only ${folders.length === 1 ? "the folder" : "the folders"} ${
    someOf(folders)
  }`;
  if (!there.has("Training")) {
    return `${name}: ${found}: a folder train (Training) is missing: add it`;
  }
  if (there.has("PrivateTest")) return undefined;
  const validation = folders.find((folder) => splitFolder(folder) === "PublicTest");
  return `${name}: ${found}: a folder test (PrivateTest) is missing: add it, or ${
    validation === undefined
      ? "draw all three splits from what there is with --split 80/10/10"
      : `rename ${validation} to test (a tenth of train then becomes PublicTest, the validation set)`
  }`;
}

/** How many folders wrap everything: only looked for where no split or class folder is at the top. */
function wrapperDepth(paths: readonly (readonly string[])[]): number {
  for (let depth = 0; depth < 4; depth++) {
    const tops = new Set(paths.filter((p) => p.length > depth + 1).map((p) => p[depth]!));
    const [only] = tops;
    if (tops.size !== 1 || splitFolder(only!) || isClassFolder(only!)) return depth;
  }
  return 0;
}

/** The split that a folder's name tells of: `train`, `Testing`, `FER2013Valid`, `val_images`. */
export function splitFolder(name: string): SplitName | undefined {
  const words = name.replace(/(?<=[a-z0-9])(?=[A-Z][a-z])/g, " ").toLowerCase().split(/[^a-z0-9]+/);
  // PublicTest and PrivateTest are one word each.
  const telling = words.join(" ").replace(/\b(public|private) test\b/, "$1test").split(" ")
    .filter((word) => word !== "" && !IDLE_WORDS.test(word));
  const [word] = telling;
  return telling.length === 1 && Object.hasOwn(SPLIT_WORDS, word!) ? SPLIT_WORDS[word!] : undefined;
}

function namePrefix(parts: readonly string[]): SplitName | undefined {
  const file = parts.at(-1)!.replace(/^\./, ""); // iCloud hides what it takes off the disk
  return SPLITS.find((split) => file.startsWith(split));
}

/** The first few of some names, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
