/**
 * Checkpoints and facts that somebody made up, checksums and all: a run goes on from what is its own,
 * and begins anew, or a generation earlier, from anything else. `FER_LAB_FUZZ=5000` tries that many.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { FER2013_FORM } from "../dataset/form.ts";
import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import { fuzz } from "../fault/_fuzz.ts";
import { mutateJson } from "../fault/_mutate.ts";
import { isEpochRecord } from "./epoch.ts";
import type { RandomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { TINY, tinyImages } from "./_tiny.ts";
import {
  type Checkpoint,
  CHECKPOINT_FILES,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
} from "./checkpoint.ts";
import type { Predictor } from "../model/predictor.ts";
import type { Engine } from "./engine.ts";
import { checkCheckpoint, train } from "./train.ts";

const DIGEST = /"sha256":"[0-9a-f]{64}"/;

/** A file with any header, any bytes after it, and the checksum that fits. */
function forge(header: string, content: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const signed = (digest: string) => {
    const text = encoder.encode(header.replace(DIGEST, `"sha256":"${digest}"`));
    const bytes = new Uint8Array(8 + text.length + content.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    bytes.set(content, 8 + text.length);
    return bytes;
  };
  const digest = createHash("sha256").update(signed("0".repeat(64))).digest("hex");
  return signed(digest);
}

/** Header and tensors of a checkpoint's bytes. */
function parts(bytes: Uint8Array): { header: string; content: Uint8Array } {
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return {
    header: new TextDecoder().decode(bytes.subarray(8, 8 + size)),
    content: bytes.subarray(8 + size),
  };
}

const SAMPLE: Checkpoint = {
  tensors: [
    { name: "0", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: "best:0", shape: [], values: Float32Array.of(7) },
  ],
  state: { history: [], batch: 0 },
};

Deno.test("A forged checkpoint is refused where its header does not tell of its bytes", async () => {
  const { header, content } = parts(encodeCheckpoint(SAMPLE));
  deepStrictEqual(decodeCheckpoint(forge(header, content)), SAMPLE);
  const refusedWith = (changed: string, bytes = content): string => {
    try {
      return JSON.stringify(decodeCheckpoint(forge(changed, bytes)));
    } catch (error) {
      ok(error instanceof CheckpointError, String(error));
      return error.message;
    }
  };
  strictEqual(refusedWith(header.slice(0, -20)), "its header is not JSON");
  strictEqual(refusedWith(`["__metadata__", ${header}]`), "its header has no metadata");
  strictEqual(refusedWith(header.replace("[2,3]", "[2,4]")), "its tensors are not as it says");
  strictEqual(refusedWith(header.replace("[2,3]", "[1e9,1e9]")), "its tensors are not as it says");
  strictEqual(refusedWith(header.replace("[0,24]", "[0,2]")), "its tensors are not as it says");
  strictEqual(refusedWith(header.replace("[24,28]", "[-4,0]")), "its tensors are not as it says");
  strictEqual(refusedWith(header, content.slice(4)), "its tensors are not as it says");
  strictEqual(
    refusedWith(header, new Uint8Array(32)),
    "its tensors are not all that it holds",
  );
  await fuzz("forged header", (random) => {
    if (random.integer(0, 5) === 0) return decodeCheckpoint(forge(header, content));
    return decodeCheckpoint(forge(mutateJson(header, random), content));
  }, { allowed: (error) => error instanceof CheckpointError });
});

/** An engine that does nothing, soon: three variables, two of them the model's. */
function idleEngine(): Engine {
  const shapes = [[2, 3], [4], [2, 3]];
  const variables = shapes.map((shape) => tf.variable(tf.zeros(shape)));
  return {
    variables,
    weights: variables.slice(0, 2),
    names: [],
    averages: [],
    train: ({ size }) => Promise.resolve({ loss: 1, correct: size - 1 }),
    findAnomaly: () => undefined,
    gradients: () => ({}),
    pull: () => Promise.resolve(),
    push: () => Promise.resolve(),
    [Symbol.dispose]: () => variables.forEach((variable) => variable.dispose()),
  };
}

/** Sees every class alike. */
const PREDICTOR: Predictor = {
  weights: [],
  predict: (images) =>
    Promise.resolve(new Float32Array(images.length / IMAGE_PIXELS * CLASS_COUNT).fill(1 / 7)),
  push: () => Promise.resolve(),
  [Symbol.dispose]: () => {},
};

Deno.test("A run goes on from a checkpoint of its own, and from no other that is whole", async () => {
  const configuration = { ...TINY, batchSize: 10, epochs: 3 };
  const options = { epochs: 3, patience: 0, images: 28, batchSize: 10 };
  const data = {
    training: tinyImages(28),
    validation: { ...tinyImages(7, "few"), ids: [] },
    form: FER2013_FORM,
  };
  const folder = await Deno.makeTempDir();
  try {
    using engine = idleEngine();
    const checkpoints: Checkpoint[] = [];
    const save = (checkpoint: Checkpoint) => {
      checkpoints.push(decodeCheckpoint(encodeCheckpoint(checkpoint)));
      return Promise.resolve();
    };
    const whole = await train(engine, configuration, data, {
      seed: 1,
      predictor: PREDICTOR,
      save,
      checkpointDue: () => true,
    });
    // Within the first epoch without a best one, after it, and done.
    strictEqual(checkpoints.length, 9);
    for (const checkpoint of checkpoints) checkCheckpoint(checkpoint, engine, options);

    const path = join(folder, CHECKPOINT_FILES[0]);
    await fuzz("forged checkpoint", async (random) => {
      const checkpoint = checkpoints[random.integer(0, checkpoints.length)]!;
      await Deno.writeFile(path, encodeCheckpoint(changed(checkpoint, random)));
      const from = await loadCheckpoint(folder, {
        onDamaged: (_, reason) => {
          throw new CheckpointError(reason);
        },
        check: (checkpoint) => checkCheckpoint(checkpoint, engine, options),
      });
      const { state } = await train(engine, configuration, data, {
        seed: 1,
        predictor: PREDICTOR,
        from: from!,
        save: () => Promise.resolve(),
      });
      // Whatever the numbers, they can stand in a record, and there are as many as there should be.
      strictEqual(state.history.length, whole.state.history.length);
      ok(state.history.every((epoch) => isEpochRecord(epoch)), JSON.stringify(state));
    }, { allowed: (error) => error instanceof CheckpointError, cases: 60 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A checkpoint with another state, other tensors, or neither. */
function changed({ tensors, state }: Checkpoint, random: RandomStream): Checkpoint {
  switch (random.integer(0, 5)) {
    case 0:
      return { tensors, state };
    case 1: {
      const left = tensors.slice();
      left.splice(random.integer(0, left.length), random.integer(1, 3));
      return { tensors: left, state };
    }
    case 2: {
      const at = random.integer(0, tensors.length);
      const wrong = [
        { shape: [3], values: new Float32Array(3) },
        { shape: [1, ...tensors[at]!.shape], values: tensors[at]!.values },
        { name: "__proto__" },
        { name: "best:99" },
      ];
      const with_ = { ...tensors[at]!, ...wrong[random.integer(0, wrong.length)] };
      return { tensors: tensors.with(at, with_), state };
    }
    default:
      return { tensors, state: JSON.parse(mutateJson(JSON.stringify(state), random)) };
  }
}
