import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { Picture } from "../dataset/picture.ts";
import { UserError } from "../error.ts";
import { predictFiles } from "./faces.ts";

const PICTURE: Picture = { width: 2, height: 2, data: new Uint8Array(16).fill(200) };

/** A network of two classes, and how many faces it was given at once. */
function counting() {
  const batches: number[] = [];
  return {
    batches,
    network: {
      classes: ["happy", "sad"],
      size: 4,
      equalised: false,
      predict: (pixels: ArrayLike<number>) => {
        batches.push(pixels.length / 16);
        const shares = Array.from({ length: pixels.length / 16 }, () => [0.25, 0.75]).flat();
        return Promise.resolve(Float32Array.from(shares));
      },
    },
  };
}

const FILES = Array.from({ length: 10_000 }, (_, i) => `${i}.png`);

Deno.test("predictFiles() holds one picture of 10,000 at a time, and few faces", async () => {
  const { network, batches } = counting();
  let open = 0;
  let most = 0;
  const { faces, empty, faults } = await predictFiles(FILES, network, {
    read: async (file) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      if (file === "4000.png") throw new UserError(`${file}: Is empty`);
      return PICTURE;
    },
  });
  strictEqual(most, 1);
  strictEqual(Math.max(...batches), 256);
  strictEqual(faces.length, 9_999);
  deepStrictEqual(faces[4000], { file: "4001.png", emotion: "sad", probabilities: [0.25, 0.75] });
  deepStrictEqual(faults, [{ file: "4000.png", fault: "4000.png: Is empty" }]);
  deepStrictEqual(empty, []);
});

Deno.test("predictFiles() gives each picture away with its faces, before it reads the next", async () => {
  const box = { x: 0, y: 0, width: 1, height: 1, score: 0.91234 };
  const eyes = [{ x: 0, y: 0 }, { x: 1, y: 0 }] as const;
  const seen: string[] = [];
  const { faces, empty } = await predictFiles(["a", "b", "c"], counting().network, {
    detector: {
      detect: () => seen.at(-1) === "read b" ? [] : [{ ...box, eyes }, { ...box, eyes }],
    },
    read: (file) => (seen.push(`read ${file}`), Promise.resolve(PICTURE)),
    onPicture: (file, _, faces) => Promise.resolve(void seen.push(`${file} ${faces.length}`)),
  });
  deepStrictEqual(seen, ["read a", "a 2", "read b", "b 0", "read c", "c 2"]);
  deepStrictEqual(empty, ["b"]);
  deepStrictEqual(faces.map(({ file, found }) => [file, found!.score]), [
    ...[["a", 0.912], ["a", 0.912], ["c", 0.912], ["c", 0.912]],
  ]);
});

Deno.test("predictFiles() ends after the picture under way where it is to, and says how far it came", async () => {
  const stop = new AbortController();
  let reads = 0;
  const done = predictFiles(FILES, counting().network, {
    signal: stop.signal,
    read: () => {
      if (++reads === 1234) stop.abort();
      return Promise.resolve(PICTURE);
    },
  });
  await rejects(done, {
    name: "Interrupted",
    message: "Interrupted after 1,234 of 10,000 pictures",
  });
  strictEqual(reads, 1234);
});

Deno.test("predictFiles() does not take a fault of its own for a picture's", async () => {
  const read = () => Promise.reject(new TypeError("not foreseen"));
  await rejects(predictFiles(["a"], counting().network, { read }), TypeError);
});
