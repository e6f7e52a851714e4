/**
 * The Kaggle CSV: a label, 2304 numbers and a Usage per row, 300 MB of it.
 *
 * Own parser, on bytes: a general CSV reader makes a string of each field, and then 2304 strings of
 * each row to be turned into numbers (82 million in all). Here a row is cut from the stream as
 * bytes and its digits are added up where they stand.
 *
 * @module
 */

import { EMOTIONS, IMAGE_SIZE } from "../emotion.ts";
import { UserError } from "../error.ts";
import { plural } from "../text.ts";
import type { DatasetBuilder } from "./builder.ts";
import { className, classNumber, isKnownClass, meantClass, nameTrouble } from "./class_names.ts";
import { records, Rewindable } from "./csv_rows.ts";
import { type SplitName, SPLITS } from "./dataset.ts";
import { resample } from "./gray.ts";
import { type Labels, labelsText } from "./labels.ts";
import type { Votes } from "./votes.ts";
import {
  COLUMNS,
  inWords,
  missingColumns,
  START_BYTES,
  type TableForm,
  tableForm,
} from "./table_form.ts";

const NEWLINE = 10, RETURN = 13, TAB = 9, SPACE = 32, ZERO = 48, NINE = 57;

/** Splits by their names without case and spaces: `PUBLICTEST`, `Public Test`, `public_test`. */
const USAGES = new Map(SPLITS.map((split) => [split.toLowerCase(), split]));

/** How {@linkcode readPixelCsv} understands labels. */
export interface PixelCsvOptions {
  /** What numbers mean; FER2013's, whose form this is, unless given. */
  readonly labels?: Labels | undefined;
  /** Classes that were named: those are meant so, however near to others. */
  readonly meant?: readonly string[] | undefined;
  /** What stands in place of the labels, row by row; the builder must have their classes. */
  readonly votes?: Votes | undefined;
  /** Told what was left out. */
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Reads a pixel table into a builder, whose classes may be open.
 *
 * Labels are numbers, or names in all rows, which the first row says: in a table of numbers a name of
 * no known class is a fault. Images of 48x48 pixels or of the builder's size are brought to that.
 *
 * Columns may stand in any order, further columns are not looked at, and it may be written in any way
 * that {@linkcode tableForm} knows. Quoted fields may hold line ends and separators (RFC 4180).
 * Empty lines are passed over, also those of separators alone. Rows are counted as editors count
 * lines: the header is row 1 where nothing stands before it.
 *
 * @param chunks The file's bytes, in pieces of any size.
 * @param name What the file is called in messages.
 * @throws {UserError} Where the header is not right, or a row is not and the builder does not skip.
 */
export async function readPixelCsv(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  builder: DatasetBuilder,
  { labels, meant, votes, onNote }: PixelCsvOptions = {},
): Promise<void> {
  const [size] = builder.form.sample.shape;
  let reader: RowReader | undefined;
  const voted = votes && new VotedRows(votes, name);
  const pieces = new Rewindable(chunks);
  try {
    const start = await pieces.start(START_BYTES);
    if (start.length === 0) throw new UserError(`${name}: Is empty: expected ${COLUMNS.join(",")}`);
    const form = tableForm(start);
    const places = placesOf(form, name);
    for await (const { row, fields } of records(pieces.all(), places.form, name)) {
      const where = `${name}, row ${row}`;
      if (isEmptyRow(fields)) continue;
      if (reader === undefined) {
        reader = rowReader(fields, places, { labels, meant, size: size! });
        if (isFer2013(reader, where)) EMOTIONS.forEach((name) => builder.label(name));
      }
      const image = readRow(fields, places, reader);
      const verdict = voted?.next(where, fields[places.usage]);
      if (typeof image === "string") {
        builder.bad(where, image);
        continue;
      }
      const pixels = resample(reader.pixels, reader.side, reader.side, size);
      if (voted === undefined) builder.add(image.split, builder.label(image.label)!, pixels);
      else if (typeof verdict === "number") builder.add(image.split, verdict, pixels);
      else if (verdict !== undefined) builder.addWithTarget(image.split, verdict, pixels);
    }
    voted?.end();
    if (voted?.left) {
      onNote?.(
        `${plural(voted.left, "image")} left out by ${votes!.protocol}: no class has the votes`,
      );
    }
  } finally {
    await pieces.close();
  }
}

/** What the first row shows of all of them. */
interface RowReader {
  readonly labels: Labels | undefined;
  readonly meant: readonly string[];
  /** Whether labels are names. */
  readonly named: boolean;
  /** Of the images in the table. */
  readonly side: number;
  /** Where a row's pixels go. */
  readonly pixels: Uint8Array;
}

function rowReader(
  fields: readonly Uint8Array[],
  { emotion, pixels }: Places,
  { labels, meant = [], size }: Pick<PixelCsvOptions, "labels" | "meant"> & { size: number },
): RowReader {
  const label = text(fields[emotion] ?? new Uint8Array());
  const numbers = text(fields[pixels] ?? new Uint8Array()).split(/\s+/, size * size + 1).length;
  const side = numbers === size * size ? size : IMAGE_SIZE;
  return {
    labels,
    meant,
    named: label !== "" && numberOf(label) === undefined,
    side,
    pixels: new Uint8Array(side * side),
  };
}

/** Whether numbers are FER2013's, of which there are seven whichever occur: by the form alone. */
function isFer2013({ labels, named, side }: RowReader, where: string): boolean {
  if (labels !== undefined || named) return false;
  if (side === IMAGE_SIZE) return true;
  throw new UserError(
    `${where}: Has numbers for classes and images of ${side}x${side}, which FER2013's are not: say ` +
      "what the numbers mean with --labels",
  );
}

/** Rows of a table beside those of a file of votes. */
class VotedRows {
  readonly #votes: Votes;
  readonly #table: string;
  #at = 0;
  /** Images without a verdict. */
  left = 0;

  constructor(votes: Votes, table: string) {
    this.#votes = votes;
    this.#table = table;
  }

  /** The verdict on the next row. */
  next(where: string, usage: Uint8Array | undefined) {
    const { name, images } = this.#votes;
    const image = images[this.#at++];
    const split = usageOf(text(usage ?? new Uint8Array()));
    if (image === undefined) this.end();
    else if (split !== undefined && split !== image.split) {
      throw new UserError(
        `${where}: Is ${split}, and row ${
          this.#at + 1
        } of ${name} is ${image.split}: the votes are ` +
          "of FER2013's CSV as it came, row by row (--votes)",
      );
    }
    if (image!.verdict === undefined) this.left++;
    return image!.verdict;
  }

  /** @throws {UserError} Where one has more rows than the other. */
  end(): void {
    const { name, images } = this.#votes;
    if (this.#at === images.length) return;
    throw new UserError(
      `${this.#table}: Has ${this.#at > images.length ? "more" : this.#at} rows of images, and ` +
        `${name} has ${images.length} of votes: the votes are of FER2013's CSV as it came, row by ` +
        "row (--votes)",
    );
  }
}

function isEmptyRow(fields: readonly Uint8Array[]): boolean {
  // Most rows show it in the first field.
  return fields.every((field) => text(field) === "");
}

/** The number that a label is; where a cell was ever empty, pandas writes 3.0, some Excel 3,0. */
function numberOf(label: string): string | undefined {
  return classNumber(label.replace(/^(\d+)[.,]0+$/, "$1"));
}

/** The class of a label; or why it is none. */
function classOf(
  label: string,
  { labels, meant, named }: RowReader,
): { readonly label: string } | string {
  const names = labels?.names ?? EMOTIONS;
  const number = numberOf(label);
  const unknown = `Unknown emotion "${shorten(label)}"`;
  const expected = labels === undefined
    ? `expected 0 to 6 (${EMOTIONS.join(", ")}), or say what other numbers mean with --labels`
    : `expected ${labelsText(labels)}`;
  if (number !== undefined && (labels !== undefined || !named)) {
    const found = Object.hasOwn(names, number) ? names[number as keyof typeof names] : undefined;
    return found === undefined ? `${unknown}: ${expected}` : { label: found as string };
  }
  const name = className(label);
  if (isKnownClass(name)) return { label: name };
  if (!named || number !== undefined || name === "") return `${unknown}: ${expected}`;
  const trouble = nameTrouble(name);
  if (trouble !== undefined) return `${unknown}: ${trouble}`;
  const near = meantClass(name);
  return near === undefined || meant.includes(name)
    ? { label: name }
    : `${unknown}: did you mean "${near}"? Name it with --classes where it is a class of its own`;
}

function usageOf(usage: string): SplitName | undefined {
  return USAGES.get(usage.toLowerCase().replace(/[\s_-]+/g, ""));
}

/**
 * Reads one row that is not empty.
 *
 * @returns Split and class, the pixels being where the reader has them; or what is wrong.
 */
function readRow(
  fields: readonly Uint8Array[],
  places: Places,
  reader: RowReader,
): { split: SplitName; label: string } | string {
  const { columns } = places.form;
  if (fields.length !== columns.length) {
    const filled = fields.findLastIndex((field) => text(field) !== "") + 1;
    // Excel adds separators behind the last field of a row, and leaves out those of empty fields.
    if (filled > columns.length || fields.length <= places.last) {
      return `Has ${fields.length} fields: expected ${columns.length} as in the header`;
    }
  }
  const found = classOf(text(fields[places.emotion]!), reader);
  if (typeof found === "string") return found;
  const usage = text(fields[places.usage]!);
  const split = usageOf(usage);
  if (split === undefined) {
    return `Unknown Usage "${shorten(usage)}": expected ${SPLITS.join(", ")}`;
  }
  return parsePixels(fields[places.pixels]!, reader.pixels) ?? { split, label: found.label };
}

/**
 * Parses numbers from 0 to 255 with spaces, tabs or line ends between them.
 *
 * @param field The pixels field, without quotes.
 * @param pixels Where the values go, as many as it has places; partly overwritten where there is a fault.
 * @returns What is wrong, undefined where all is right.
 */
export function parsePixels(field: Uint8Array, pixels: Uint8Array): string | undefined {
  let count = 0;
  let at = 0;
  while (true) {
    while (at < field.length && (field[at] === SPACE || isBlank(field[at]!))) at++;
    if (at >= field.length) break;
    const start = at;
    let value = 0;
    let byte = field[at]!;
    while (byte >= ZERO && byte <= NINE && value <= 255) {
      value = 10 * value + byte - ZERO;
      byte = ++at < field.length ? field[at]! : SPACE;
    }
    if ((byte !== SPACE && !isBlank(byte)) || value > 255) {
      let end = start;
      while (end < field.length && !isBlank(field[end]!)) end++;
      const written = shorten(text(field.subarray(start, end)));
      return `Pixel ${count + 1} is "${written}": expected a whole number from 0 to 255`;
    }
    if (count < pixels.length) pixels[count] = value;
    count++;
  }
  if (count === pixels.length) return undefined;
  const side = Math.sqrt(pixels.length);
  return `Has ${count} pixels: expected ${pixels.length} (${side}x${side})`;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === NEWLINE || byte === RETURN;
}

/** Which field holds what. */
interface Places {
  readonly form: TableForm;
  readonly emotion: number;
  readonly pixels: number;
  readonly usage: number;
  /** The last of the three. */
  readonly last: number;
}

function placesOf(form: TableForm | undefined, name: string): Places {
  const where = `${name}, row ${form?.headerRow ?? 1}`;
  const missing = missingColumns(form);
  if (form === undefined || missing.length > 0) {
    throw new UserError(
      `${where}: Has no column ${inWords(missing)}: expected ${COLUMNS.join(",")}`,
    );
  }
  const names = COLUMNS.map((column) => column.toLowerCase());
  const twice = COLUMNS.filter((_, i) =>
    form.columns.indexOf(names[i]!) !== form.columns.lastIndexOf(names[i]!)
  );
  if (twice.length > 0) {
    throw new UserError(
      `${where}: Has the column ${twice.join(" and ")} twice: expected ${COLUMNS.join(",")}`,
    );
  }
  const [emotion, pixels, usage] = names.map((column) => form.columns.indexOf(column));
  return {
    form,
    emotion: emotion!,
    pixels: pixels!,
    usage: usage!,
    last: Math.max(emotion!, pixels!, usage!),
  };
}

const decoder = new TextDecoder();

function text(bytes: Uint8Array): string {
  return decoder.decode(bytes).trim();
}

/** Keeps a message one short line, whatever the file holds. */
function shorten(value: string): string {
  // deno-lint-ignore no-control-regex
  const plain = value.replace(/[\x00-\x1f\x7f-\x9f\ufffd]/g, "?");
  return plain.length > 24 ? `${plain.slice(0, 24)}...` : plain;
}
