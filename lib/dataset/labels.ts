/**
 * What numbers and codes mean that stand where a class's name might: never guessed, since 0 is angry in
 * FER2013 and neutral in AffectNet. `--labels` says it, by a data set's name or one by one.
 *
 * @module
 */

import { UsageError } from "../error.ts";
import { didYouMean } from "../nearest.ts";
import { className, classNumber, meantClass, nameTrouble } from "./class_names.ts";

/** What numbers, or codes in file names, mean. */
export interface Labels {
  /** The data set whose they are; left out where they were said one by one. */
  readonly preset?: string;
  /** Class by number (`"3"`) or code (`"HA"`). */
  readonly names: Readonly<Record<string, string>>;
}

interface Preset {
  /** What it is of, for `--help`. */
  readonly meaning: string;
  /** From 0, or by number or code. */
  readonly names: Readonly<Record<string, string>>;
  /** Where a file name, without its ending, has the code; without it, folders have numbers. */
  readonly code?: RegExp;
}

const numbered = (first: number, names: string) =>
  Object.fromEntries(names.split(" ").map((name, i) => [String(first + i), name]));

/** The data sets whose numbers and codes are known, each with where that is written. */
const LABEL_PRESETS: Readonly<Record<string, Preset>> = {
  // Goodfellow et al. 2013; the CSV's column emotion, as the Kaggle competition's page describes it.
  fer2013: {
    meaning: "0 to 6 in the CSV",
    names: numbered(0, "angry disgust fear happy sad surprise neutral"),
  },
  // Barsoum et al. 2016; the order of the columns of fer2013new.csv (github.com/microsoft/FERPlus).
  ferplus: {
    meaning: "0 to 7, in the order of FER+'s columns",
    names: numbered(0, "neutral happy surprise sad angry disgust fear contempt"),
  },
  // Li, Deng and Du 2017; the basic set's readme: list_patition_label.txt has 1 to 7.
  rafdb: {
    meaning: "1 to 7",
    names: numbered(1, "surprise fear disgust happy sad angry neutral"),
  },
  // Mollahosseini, Hasani and Mahoor 2017, table 2 and the set's readme: 0 to 7; 8 to 10 are none.
  affectnet: {
    meaning: "0 to 7",
    names: numbered(0, "neutral happy sad surprise fear disgust angry contempt"),
  },
  // Lucey et al. 2010; the readme of CK+'s Emotion files.
  ckplus: {
    meaning: "0 to 7 of its Emotion files",
    names: numbered(0, "neutral angry contempt disgust fear happy sad surprise"),
  },
  // Lyons et al. 1998; the readme: KA.AN1.39.tiff is person KA, anger, the first, picture 39.
  jaffe: {
    meaning: "codes in file names, as KA.AN1.39.tiff",
    names: {
      AN: "angry",
      DI: "disgust",
      FE: "fear",
      HA: "happy",
      SA: "sad",
      SU: "surprise",
      NE: "neutral",
    },
    code: /^[A-Z]{2}[.-]([A-Z]{2})\d*[.-]\d+$/i,
  },
  // Lundqvist, Flykt and Oehman 1998; "Naming system" of the set: AF01ANS is series A, female 01,
  // angry, straight.
  kdef: {
    meaning: "codes in file names, as AF01ANS.JPG",
    names: {
      AN: "angry",
      DI: "disgust",
      AF: "fear",
      HA: "happy",
      SA: "sad",
      SU: "surprise",
      NE: "neutral",
    },
    code: /^[AB][FM]\d{2}([A-Z]{2})(?:S|FL|FR|HL|HR)$/i,
  },
};

const PRESET_NAMES = Object.keys(LABEL_PRESETS);

/** What `--labels` takes, for `--help`. */
export const LABELS_TAKEN = `${
  PRESET_NAMES.join(", ")
}, a file of number,name, or 1=surprise,2=fear`;

/** The labels of a preset, by its name. */
export function presetLabels(preset: string): Labels {
  return { preset, names: LABEL_PRESETS[preset]!.names };
}

/**
 * Reads `--labels`.
 *
 * @param written A preset's name, pairs such as `1=surprise,2=fear`, or a file with a line
 *   `number,name` each.
 * @param readFile Gives the text of a file; undefined where there is none.
 * @throws {UsageError} For what is none of them, a number twice, a class twice, or a name that is
 *   nearly a known one.
 */
export function parseLabels(
  written: string,
  readFile: (path: string) => string | undefined,
): Labels {
  const plain = written.trim().toLowerCase();
  if (Object.hasOwn(LABEL_PRESETS, plain)) return presetLabels(plain);
  if (/^\s*\d+\s*=/.test(written)) {
    return { names: pairs(written.split(",").map((pair) => pair.split("=")), written) };
  }
  const text = readFile(written);
  if (text === undefined) {
    throw new UsageError(
      `--labels "${written}" is neither a file, nor numbers and names such as 1=surprise,2=fear, nor ` +
        `known: ${didYouMean(plain, PRESET_NAMES)}`,
    );
  }
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n|\r/).map((line) => line.trim())
    .filter((line) => line !== "");
  // A heading, as `number,name`, says nothing.
  if (lines[0] !== undefined && classNumber(lines[0].split(/[,;\t]/)[0]!) === undefined) {
    lines.shift();
  }
  return { names: pairs(lines.map((line) => line.split(/[,;\t]/)), written) };
}

function pairs(written: readonly (readonly string[])[], where: string): Record<string, string> {
  const names: Record<string, string> = {};
  const refuse = (what: string): never => {
    throw new UsageError(`--labels ${where}: ${what}`);
  };
  for (const parts of written) {
    const number = classNumber(parts[0] ?? "");
    if (parts.length !== 2 || number === undefined || parts[1]!.trim() === "") {
      refuse(`"${parts.join(",")}" is no number with a name, such as 1=surprise`);
    }
    const name = className(parts[1]!);
    const trouble = nameTrouble(name);
    if (trouble !== undefined) refuse(trouble);
    const meant = meantClass(name);
    if (meant !== undefined) refuse(`unknown class "${name}": did you mean "${meant}"?`);
    if (Object.hasOwn(names, number!)) refuse(`the number ${number} is there twice`);
    const twice = Object.keys(names).find((other) => names[other] === name);
    if (twice !== undefined) {
      refuse(
        `${name} is named twice, by ${twice} and ${number}: give each a name, and join them with ` +
          "--merge",
      );
    }
    names[number!] = name;
  }
  if (Object.keys(names).length === 0) refuse("names no class");
  return names;
}

/** Labels as they are written: `rafdb`, or `1=surprise,2=fear`. */
export function formatLabels({ preset, names }: Labels): string {
  return preset ?? mappingText(names, "=", ",");
}

/** The mapping in words: `1 surprise, 2 fear`. */
export function labelsText({ names }: Pick<Labels, "names">): string {
  return mappingText(names, " ", ", ");
}

function mappingText(names: Labels["names"], is: string, and: string): string {
  return Object.entries(names).map(([number, name]) => `${number}${is}${name}`).join(and);
}

/**
 * Why numbers cannot be used without a mapping, with the presets that have all of them.
 *
 * @param counts How many images of each number.
 */
export function numbersRefusal(counts: ReadonlyMap<string, number>): string {
  const numbers = [...counts.keys()].sort((a, b) => Number(a) - Number(b));
  const found = numbers.slice(0, 12).map((number) => `${number}: ${counts.get(number)}`).join(", ");
  const fitting = Object.entries(LABEL_PRESETS).filter(([, { names, code }]) =>
    code === undefined && numbers.every((number) => Object.hasOwn(names, number))
  ).map(([preset, { names }]) => `--labels ${preset} (${labelsText({ names })})`);
  const own = `--labels ${numbers.slice(0, 2).map((number) => `${number}=...`).join(",")}`;
  return `Has numbers for classes (${found}${numbers.length > 12 ? ", ..." : ""}), and they mean ` +
    `other emotions in every data set: say which with ${[...fitting, own].join(", or ")}`;
}

/** The code in a file's name, where the labels are of a data set that has them there. */
export function codeReader(
  labels: Labels | undefined,
): ((file: string) => string | undefined) | undefined {
  const code = labels?.preset === undefined ? undefined : LABEL_PRESETS[labels.preset]?.code;
  if (code === undefined) return undefined;
  return (file) => code.exec(file.replace(/\.[^.]*$/, ""))?.[1]?.toUpperCase();
}

/** The data set whose codes a file's name has; undefined where it is of none that is known. */
export function presetOfFile(file: string): string | undefined {
  return PRESET_NAMES.find((preset) => codeReader(presetLabels(preset))?.(file) !== undefined);
}
