import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { randomStream } from "../seed.ts";
import {
  type Checkpoint,
  CHECKPOINT_FILES,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  removeCheckpoints,
  saveCheckpoint,
} from "./checkpoint.ts";

const SAMPLE: Checkpoint = {
  tensors: [
    { name: "0", shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 1e-38, Infinity, 0) },
    { name: "1", shape: [], values: Float32Array.of(0.1) },
    { name: "2", shape: [0, 4], values: new Float32Array() },
    { name: "best:0", shape: [700], values: new Float32Array(700).fill(0.25) },
  ],
  state: { history: [{ epoch: 1, loss: 1.2345678901234567 }], text: 'Grüße, "sha256":"x" ∑' },
};

Deno.test("A checkpoint comes back as it was", () => {
  deepStrictEqual(decodeCheckpoint(encodeCheckpoint(SAMPLE)), SAMPLE);
  const empty = { tensors: [], state: null };
  deepStrictEqual(decodeCheckpoint(encodeCheckpoint(empty)), empty);
});

Deno.test("A part of a larger buffer is encoded alone", () => {
  const buffer = Float32Array.of(9, 1, 2, 9);
  const tensors = [{ name: "0", shape: [2], values: buffer.subarray(1, 3) }];
  deepStrictEqual(
    decodeCheckpoint(encodeCheckpoint({ tensors, state: 0 })).tensors[0]!.values,
    Float32Array.of(1, 2),
  );
});

Deno.test("The bytes follow the safetensors format", () => {
  // huggingface/safetensors, README "Format". Its Python package 0.8 reads what this writes.
  const bytes = encodeCheckpoint(SAMPLE);
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  strictEqual(size % 8, 0);
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + size));
  ok(text.startsWith("{"));
  const { __metadata__: metadata, ...entries } = JSON.parse(text) as {
    readonly __metadata__: Record<string, unknown>;
  } & Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  ok(Object.values(metadata).every((value) => typeof value === "string"));
  let end = 0;
  for (const { dtype, shape, data_offsets: [from, to] } of Object.values(entries)) {
    strictEqual(dtype, "F32");
    strictEqual(from, end);
    strictEqual(to - from, 4 * shape.reduce((product, side) => product * side, 1));
    end = to;
  }
  strictEqual(8 + size + end, bytes.length);
});

Deno.test("A checkpoint cut at any power of two, or by one byte, is refused", () => {
  const bytes = encodeCheckpoint(SAMPLE);
  const lengths = [0, 3, 7, 9, bytes.length - 1, bytes.length - 4];
  for (let length = 1; length < bytes.length; length *= 2) lengths.push(length);
  for (const length of lengths) {
    throws(() => decodeCheckpoint(bytes.subarray(0, length)), CheckpointError, `${length} bytes`);
  }
  throws(() => decodeCheckpoint(Uint8Array.of(...bytes, 0)), CheckpointError, "one byte more");
});

Deno.test("A checkpoint with any single byte changed is refused", () => {
  const bytes = encodeCheckpoint({ ...SAMPLE, tensors: SAMPLE.tensors.slice(0, 3) });
  for (let i = 0; i < bytes.length; i++) {
    for (const bits of [1, 0x80, 0xff]) {
      const changed = bytes.slice();
      changed[i]! ^= bits;
      throws(() => decodeCheckpoint(changed), CheckpointError, `byte ${i} ^ ${bits}`);
    }
  }
});

Deno.test("A checkpoint with a stretch of garbage or zeros is refused", () => {
  const bytes = encodeCheckpoint({ ...SAMPLE, tensors: SAMPLE.tensors.slice(0, 3) });
  const stream = randomStream(1, "garbage");
  for (let i = 0; i < 3000; i++) {
    const changed = bytes.slice();
    const start = stream.integer(0, bytes.length);
    const length = stream.integer(1, bytes.length);
    const fill = [0, 0xff, undefined][i % 3];
    for (let at = start; at < Math.min(start + length, bytes.length); at++) {
      changed[at] = fill ?? stream.integer(0, 256);
    }
    if (changed.every((byte, at) => byte === bytes[at])) continue;
    throws(() => decodeCheckpoint(changed), CheckpointError, `case ${i}`);
  }
});

/** Gives a folder of its own to a test. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const state = (epoch: number): Checkpoint => ({ ...SAMPLE, state: { epoch } });
const never = { onDamaged: (file: string) => ok(false, `${file} is damaged`) };

/** Cuts a file in half. */
async function damage(path: string): Promise<void> {
  await Deno.truncate(path, (await Deno.stat(path)).size / 2);
}

Deno.test("The newest checkpoint is loaded, and one generation is kept behind it", () =>
  inFolder(async (folder) => {
    strictEqual(await loadCheckpoint(folder, never), undefined);
    for (const epoch of [1, 2, 3]) {
      await saveCheckpoint(folder, state(epoch));
      deepStrictEqual(await loadCheckpoint(folder, never), state(epoch));
    }
    deepStrictEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      [...CHECKPOINT_FILES].sort(),
    );
    // As after a kill between the two renames of a save.
    await Deno.remove(`${folder}/${CHECKPOINT_FILES[0]}`);
    deepStrictEqual(await loadCheckpoint(folder, never), state(2));
    await removeCheckpoints(folder);
    strictEqual(await loadCheckpoint(folder, never), undefined);
  }));

Deno.test("A damaged checkpoint is told of, and the one before it is used", () =>
  inFolder(async (folder) => {
    for (const epoch of [1, 2]) await saveCheckpoint(folder, state(epoch));
    await damage(`${folder}/${CHECKPOINT_FILES[0]}`);
    const told: string[] = [];
    const onDamaged = (file: string, reason: string) => told.push(`${file}: ${reason}`);
    deepStrictEqual(await loadCheckpoint(folder, { onDamaged }), state(1));
    deepStrictEqual(told, [`${folder}/${CHECKPOINT_FILES[0]}: its checksum does not match`]);
  }));

Deno.test("A save after damage does not push out the good generation with the damaged one", () =>
  inFolder(async (folder) => {
    for (const epoch of [1, 2]) await saveCheckpoint(folder, state(epoch));
    await damage(`${folder}/${CHECKPOINT_FILES[0]}`);
    await loadCheckpoint(folder, { onDamaged: () => {} });
    await saveCheckpoint(folder, state(3));
    // As after a second fault: the newest is lost too.
    await damage(`${folder}/${CHECKPOINT_FILES[0]}`);
    deepStrictEqual(await loadCheckpoint(folder, { onDamaged: () => {} }), state(1));
  }));

Deno.test("Two damaged checkpoints are both told of, and there is none", () =>
  inFolder(async (folder) => {
    for (const epoch of [1, 2]) await saveCheckpoint(folder, state(epoch));
    for (const file of CHECKPOINT_FILES) await damage(`${folder}/${file}`);
    const told: string[] = [];
    const loaded = await loadCheckpoint(folder, { onDamaged: (file) => told.push(file) });
    strictEqual(loaded, undefined);
    deepStrictEqual(told, CHECKPOINT_FILES.map((file) => `${folder}/${file}`));
  }));

Deno.test("A checkpoint that cannot be read is an error, not a fresh start", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/${CHECKPOINT_FILES[0]}`);
    await rejects(loadCheckpoint(folder, never), Deno.errors.IsADirectory);
  }));
