import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import type { Picture } from "../dataset/picture.ts";
import { UserError } from "../error.ts";
import { faceForm } from "../emotion.ts";
import { randomTrained } from "../export/_trained.ts";
import { equalise } from "../dataset/gray.ts";
import { cutSquare, faceSquare, wholeFace } from "../face/cut.ts";
import { faceNetwork, predictFiles } from "./faces.ts";
import { networkOf } from "./network.ts";

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
      detect: () =>
        Promise.resolve(seen.at(-1) === "read b" ? [] : [{ ...box, eyes }, { ...box, eyes }]),
    },
    read: (file) => (seen.push(`read ${file}`), Promise.resolve(PICTURE)),
    onPicture: ({ file, faces, pixels }) =>
      Promise.resolve(void seen.push(`${file} ${faces.length} ${pixels.length}`)),
  });
  deepStrictEqual(seen, ["read a", "a 2 2", "read b", "b 0 0", "read c", "c 2 2"]);
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

/** 90x80 pixels that differ, gray. */
const LARGE: Picture = {
  width: 90,
  height: 80,
  data: Uint8Array.from({ length: 4 * 90 * 80 }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % 90, Math.floor(i / 360)];
    return Math.floor((x * y) / 40) + 20;
  }),
};

Deno.test("predictFiles() gives a network of another size and other classes faces as it was trained on", async () => {
  const box = { x: 20, y: 20, width: 40, height: 40, score: 0.9 };
  const detector = { detect: () => Promise.resolve([{ ...box, eyes: [box, box] as const }]) };
  const gray = Uint8Array.from({ length: 90 * 80 }, (_, i) => LARGE.data[4 * i]!);
  for (
    const [size, classes, equalised] of [
      [64, ["happy", "sad", "neutral"], true],
      [112, ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt"], false],
    ] as const
  ) {
    const trained = randomTrained({ filters: [4], denseUnits: 8 }, {
      classes,
      sample: faceForm(size),
    });
    const dataset = { ...trained.record.dataset, ...equalised ? { equalised } : {} };
    using network = await networkOf({ ...trained, record: { ...trained.record, dataset } }, {
      execution: "eager",
    });
    const said = async (pixels: Uint8Array) =>
      [...await network.predict(pixels, { batchSize: 1 })].map((share) => share.toFixed(4));
    const cut = cutSquare(gray, LARGE, faceSquare(box), size);
    const read = () => Promise.resolve(LARGE);
    const found = await predictFiles(["a"], faceNetwork(network, "n"), { detector, read });
    const [face] = found.faces;
    deepStrictEqual(
      face!.probabilities.map((share) => share.toFixed(4)),
      await said(equalised ? equalise(cut) : cut),
    );
    strictEqual(
      face!.emotion,
      classes[face!.probabilities.indexOf(Math.max(...face!.probabilities))],
    );
    // What is a face already is only brought to the size.
    const whole = await predictFiles(["a"], faceNetwork(network, "n"), { read });
    deepStrictEqual(
      whole.faces[0]!.probabilities.map((share) => share.toFixed(4)),
      await said(wholeFace(LARGE, size)),
    );
  }
});

Deno.test("faceNetwork() refuses a network of vectors, and one of images that are not square", () => {
  for (
    const [shape, what] of [[[18], "vectors of 18 numbers"], [
      [48, 64, 1],
      "64x48 gray images",
    ]] as const
  ) {
    const { record } = randomTrained({}, {
      sample: { shape: [48, 48, 1], type: "uint8", divisor: 255 },
    });
    const dataset = {
      ...record.dataset,
      sample: { shape: [...shape], type: "uint8" as const, divisor: 255 },
    };
    const network = {
      record: { ...record, dataset },
      predict: () => Promise.resolve(new Float32Array()),
    };
    throws(() => faceNetwork(network, "some/run"), {
      name: "UsageError",
      message: `some/run: The network takes no square gray images but ${what}: name one that was ` +
        "trained on faces",
    });
  }
});
