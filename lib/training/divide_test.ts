import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { protocol } from "../../experiments/protocol.ts";
import { BASELINE, type Configuration } from "../configuration.ts";
import type { Dataset, Split } from "../dataset/dataset.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { IMAGE_PIXELS } from "../emotion.ts";
import { checkConfiguration } from "../parameter.ts";
import { select } from "./divide.ts";
import { prepareTraining } from "./prepare.ts";

const FACES = generateFaces({ seed: 1, training: 140, publicTest: 70, privateTest: 70 });
const VARIANTS: Readonly<Record<string, Configuration>> = Object.fromEntries(
  protocol.variants.map(({ name, changes }) => [
    name,
    checkConfiguration({ ...BASELINE, ...changes }),
  ]),
);

/** The faces with the first 20 of Training twice. */
function withDuplicates(): Dataset {
  const { Training } = FACES.splits;
  const places = [...Training.ids.keys(), ...Array(20).keys()];
  const twice = select(Training, Uint32Array.from(places), FACES);
  return { ...FACES, splits: { ...FACES.splits, Training: twice } };
}

/** The images of some samples, as texts to compare. */
function images({ samples, labels }: Pick<Split, "samples" | "labels">): string[] {
  return Array.from(
    labels,
    (label, i) => `${label} ${samples.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS)}`,
  );
}

Deno.test("PrivateTest is in nobody's training: no variant of exp:protocol so much as looks at it", () => {
  for (const [name, configuration] of Object.entries(VARIANTS)) {
    let looked = false;
    const splits = {
      ...FACES.splits,
      get PrivateTest(): Split {
        looked = true;
        return FACES.splits.PrivateTest;
      },
    };
    const guarded: Dataset = { ...FACES, splits: undefined as unknown as Dataset["splits"] };
    Object.defineProperty(guarded, "splits", { value: splits });
    const { labels } = prepareTraining(guarded, configuration, 1);
    ok(labels.length > 0);
    strictEqual(looked, false, name);
    // The guard works: leaving out copies of test images needs them.
    prepareTraining(guarded, { ...configuration, dedupe: true }, 1);
    strictEqual(looked, true, name);
  }
});

Deno.test("no variant of exp:protocol that splits anew trains or chooses on PublicTest", () => {
  const PublicTest = FACES.splits.PrivateTest;
  const other = { ...FACES, splits: { ...FACES.splits, PublicTest } };
  for (const [name, configuration] of Object.entries(VARIANTS)) {
    if (name === "official") continue;
    const [a, b] = [FACES, other].map((data) => prepareTraining(data, configuration, 1));
    deepStrictEqual(a, b, name);
  }
});

Deno.test("split-first holds images out before copies are made: nothing trained on is related to them", () => {
  const prepared = prepareTraining(FACES, VARIANTS["split-first"]!, 1);
  const { originals, selection, heldOut } = prepared;
  strictEqual(heldOut!.split.length, 14);
  strictEqual(selection.length, 14);
  strictEqual(originals.length, 112);
  strictEqual(heldOut!.copies, 0);
  strictEqual(heldOut!.unrelated.length, 14);
  // Together they are Training, and copies come behind the originals.
  const parts = [originals, selection, heldOut!.split].flatMap(images);
  deepStrictEqual(parts.toSorted(), images(FACES.splits.Training).toSorted());
  deepStrictEqual(images(prepared).slice(0, 112), images(originals));
  ok(prepared.labels.length > 112);
});

Deno.test("copies-first splits originals and copies alike: most copies held out are related", () => {
  const prepared = prepareTraining(FACES, VARIANTS["copies-first"]!, 1);
  const { originals, selection, heldOut, labels } = prepared;
  const all = labels.length + selection.length + heldOut!.split.length;
  const official = prepareTraining(FACES, VARIANTS["official"]!, 1);
  strictEqual(all, official.labels.length);
  deepStrictEqual(
    [prepared, selection, heldOut!.split].flatMap(images).toSorted(),
    images(official).toSorted(),
  );
  ok(heldOut!.copies > 0);
  ok(heldOut!.unrelated.length < heldOut!.split.length);
  // An original that is held out is related to its copies, and a copy to its original.
  const trained = new Set(images(originals));
  ok(images(FACES.splits.Training).some((image) => !trained.has(image)));
});

Deno.test("copies have ids of their own pixels", () => {
  const { heldOut } = prepareTraining(FACES, VARIANTS["copies-first"]!, 1);
  const known = new Set(FACES.splits.Training.ids);
  const copies = heldOut!.split.ids.filter((id) => !known.has(id));
  ok(copies.length > 0 && copies.length <= heldOut!.copies);
  ok(copies.every((id) => /^[0-9a-f]{16}$/.test(id)));
});

Deno.test("images with equal pixels are related, unless they are kept on one side", () => {
  const doubled = withDuplicates();
  const loose = prepareTraining(doubled, VARIANTS["split-first"]!, 1).heldOut!;
  ok(loose.unrelated.length < loose.split.length);
  const grouped = prepareTraining(doubled, VARIANTS["split-first-grouped"]!, 1).heldOut!;
  strictEqual(grouped.unrelated.length, grouped.split.length);
  // Which does not help against near-copies.
  const copied = prepareTraining(doubled, VARIANTS["copies-first-grouped"]!, 1).heldOut!;
  ok(copied.unrelated.length < copied.split.length);
});

Deno.test("peeking chooses the epoch on what is held out, and trains on the same", () => {
  for (const order of ["split-first", "copies-first"]) {
    const plain = prepareTraining(FACES, VARIANTS[order]!, 1);
    const peeking = prepareTraining(FACES, VARIANTS[`${order}-peeking`]!, 1);
    strictEqual(peeking.selection, peeking.heldOut!.split);
    deepStrictEqual(peeking.heldOut, plain.heldOut);
    deepStrictEqual(peeking.samples, plain.samples);
  }
});
