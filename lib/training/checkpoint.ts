/**
 * Checkpoints: tensors and a state in one file of the safetensors format, which other tools can read.
 *
 * Source of the format: huggingface/safetensors, "Format": eight bytes of header length, a JSON header
 * with `__metadata__` and each tensor's dtype, shape and offsets, then the tensors' bytes.
 *
 * @module
 */

import { sha256 } from "../digest.ts";
import { exists, removeIfThere, writeFileWhole } from "../file.ts";

/** A named tensor of float32, row-major. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a checkpoint holds. */
export interface Checkpoint {
  readonly tensors: readonly NamedTensor[];
  /** Anything that JSON can hold. */
  readonly state: unknown;
}

/** A checkpoint that cannot be used, and why. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

/** Where the SHA-256 stands while it is computed. */
const NO_DIGEST = "0".repeat(64);
/** A header of more bytes than this is not ours. */
export const LARGEST_HEADER = 100_000_000;

/**
 * A checkpoint as bytes. The SHA-256 in its metadata covers everything else in the file.
 *
 * @param checkpoint Tensors and state.
 * @param options `notes`: further metadata, for other readers.
 */
export function encodeCheckpoint(
  { tensors, state }: Checkpoint,
  { notes = {} }: { readonly notes?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, shape, values }): [string, TensorEntry] => {
    const start = offset;
    offset += values.byteLength;
    return [name, { dtype: "F32", shape: [...shape], data_offsets: [start, offset] }];
  });
  const header = (sha256: string) => {
    const json = JSON.stringify({
      __metadata__: { sha256, state: JSON.stringify(state), ...notes },
      ...Object.fromEntries(entries),
    });
    // The format wants the tensors aligned to eight bytes and pads with spaces.
    return new TextEncoder().encode(json.padEnd(json.length + (8 - byteLength(json) % 8) % 8));
  };
  const size = header(NO_DIGEST).length;
  const bytes = new Uint8Array(8 + size + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  bytes.set(header(NO_DIGEST), 8);
  let position = 8 + size;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  bytes.set(header(sha256(bytes)), 8);
  return bytes;
}

/**
 * Reads a checkpoint's bytes.
 *
 * @throws {CheckpointError} For anything but a whole, unchanged checkpoint.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  if (bytes.length < 8) throw new CheckpointError("it is shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Number(view.getBigUint64(0, true));
  if (size > LARGEST_HEADER || 8 + size > bytes.length) {
    throw new CheckpointError("it is shorter than its header says");
  }
  const header = bytes.subarray(8, 8 + size);
  // One character for each byte, also where damage left no UTF-8, so that an index is a place.
  const stored = /"sha256":"([0-9a-f]{64})"/.exec(new TextDecoder("latin1").decode(header));
  if (!stored) throw new CheckpointError("its header has no checksum");
  const unsigned = bytes.slice();
  unsigned.set(new TextEncoder().encode(NO_DIGEST), 8 + stored.index + `"sha256":"`.length);
  if (sha256(unsigned) !== stored[1]) throw new CheckpointError("its checksum does not match");
  // Every byte is as it was written; by whom, a checksum does not say.
  const { __metadata__: metadata, ...entries } = parseObject(new TextDecoder().decode(header));
  const content = bytes.subarray(8 + size);
  let held = 0;
  const tensors = Object.entries(entries).map(([name, entry]): NamedTensor => {
    if (!isEntry(entry, content.length)) {
      throw new CheckpointError("its tensors are not as it says");
    }
    const { shape, data_offsets: [start, end] } = entry;
    held += end - start;
    return { name, shape, values: new Float32Array(content.slice(start, end).buffer) };
  });
  if (held !== content.length) throw new CheckpointError("its tensors are not all that it holds");
  const { state } = metadata as { readonly state?: unknown };
  return { tensors, state: parse(typeof state === "string" ? state : "") };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError("its header is not JSON", { cause: error });
  }
}

function parseObject(text: string): Record<string, unknown> {
  const json = parse(text);
  if (isObject(json) && isObject(json.__metadata__)) return json;
  throw new CheckpointError("its header has no metadata");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a tensor's entry tells of as many floats as its shape has, within so many bytes. */
function isEntry(value: unknown, bytes: number): value is TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (dtype !== "F32" || !Array.isArray(shape) || !Array.isArray(offsets)) return false;
  if (!shape.every(isCount) || !offsets.every(isCount) || offsets.length !== 2) return false;
  const [start, end] = offsets as [number, number];
  const floats = shape.reduce((product, side) => product * side, 1);
  return end <= bytes && end - start === Float32Array.BYTES_PER_ELEMENT * floats;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The two generations of a checkpoint in a folder: a damaged newer one leaves the older. */
export const CHECKPOINT_FILES = [
  "checkpoint.safetensors",
  "checkpoint.previous.safetensors",
] as const;

/**
 * Writes a checkpoint whole and keeps the one before it.
 *
 * @param folder The run's folder.
 * @param checkpoint Tensors and state.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const [current, previous] = CHECKPOINT_FILES.map((name) => `${folder}/${name}`);
  const bytes = encodeCheckpoint(checkpoint);
  if (await exists(current!)) await Deno.rename(current!, previous!);
  await writeFileWhole(current!, bytes);
}

/**
 * Reads the newest usable checkpoint, and removes files that cannot be used.
 *
 * @param folder The run's folder.
 * @param options `onDamaged` hears of each file that cannot be used, and why; `check` throws a
 *   `CheckpointError` for a checkpoint that is not the caller's; a file of more than `mostBytes` is
 *   none and not read.
 * @returns Nothing where there is none.
 */
export async function loadCheckpoint(
  folder: string,
  options: {
    readonly onDamaged: (file: string, reason: string) => void;
    readonly check?: (checkpoint: Checkpoint) => void;
    readonly mostBytes?: number;
  },
): Promise<Checkpoint | undefined> {
  for (const name of CHECKPOINT_FILES) {
    const path = `${folder}/${name}`;
    try {
      if ((await Deno.stat(path)).size > (options.mostBytes ?? Infinity)) {
        throw new CheckpointError("it is larger than a checkpoint of this run");
      }
      const checkpoint = decodeCheckpoint(await Deno.readFile(path));
      options.check?.(checkpoint);
      return checkpoint;
    } catch (error) {
      if (error instanceof CheckpointError) {
        options.onDamaged(path, error.message);
        // Or the next save would keep it in place of a good generation.
        await Deno.remove(path);
      } else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Removes a folder's checkpoints, as when the run is complete. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const name of CHECKPOINT_FILES) {
    const path = `${folder}/${name}`;
    await removeIfThere(path);
  }
}

interface TensorEntry {
  readonly dtype: "F32";
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
