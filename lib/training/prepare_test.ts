import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { BASELINE, type Configuration } from "../configuration.ts";
import { VOTES } from "../dataset/_made_up.ts";
import { type Dataset, SPLITS } from "../dataset/dataset.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { CLASS_COUNT, type Emotion, EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { holdOut } from "../dataset/hold_out.ts";
import { select } from "./divide.ts";
import { mostSyntheticBits } from "./synthetic_physiology.ts";
import { balancedWeights, checkTrainable, prepareTraining } from "./prepare.ts";

const FACES = generateFaces({ seed: 1, training: 140, publicTest: 70, privateTest: 70 });

Deno.test("Augmented copies are added to Training alone; PublicTest and PrivateTest stay", () => {
  const before = SPLITS.map((name) => FACES.splits[name].samples.slice());
  const { samples, labels, counts } = prepareTraining(FACES, BASELINE, 1);
  SPLITS.forEach((name, i) => deepStrictEqual(FACES.splits[name].samples, before[i]));
  const { Training } = FACES.splits;
  // The originals first, as they were; then copies of disgust and surprise only.
  deepStrictEqual(samples.subarray(0, Training.samples.length), Training.samples);
  deepStrictEqual(labels.subarray(0, Training.length), Training.labels);
  const copies = labels.subarray(Training.length);
  ok(copies.length > 0);
  deepStrictEqual(new Set(copies), new Set([EMOTIONS.indexOf("disgust"), 5]));
  strictEqual(EMOTIONS[5], "surprise");
  strictEqual(samples.length, labels.length * IMAGE_PIXELS);
  deepStrictEqual(counts, EMOTIONS.map((_, c) => labels.filter((label) => label === c).length));
  deepStrictEqual([counts[1], counts[5]], [20, 20]);
});

Deno.test("Without balancing, Training is what it was", () => {
  const { samples, labels, classWeights } = prepareTraining(
    FACES,
    { ...BASELINE, balanceClasses: [] },
    1,
  );
  deepStrictEqual(samples, FACES.splits.Training.samples);
  deepStrictEqual(labels, FACES.splits.Training.labels);
  deepStrictEqual(classWeights, new Array(CLASS_COUNT).fill(1));
});

Deno.test("With dedupe, a Training image that is also in a test split is left out", () => {
  const { Training, PrivateTest } = FACES.splits;
  const samples = Training.samples.slice();
  samples.set(PrivateTest.samples.subarray(0, IMAGE_PIXELS), 5 * IMAGE_PIXELS);
  const ids = [...Training.ids];
  ids[5] = PrivateTest.ids[0]!;
  const leaky = { ...FACES, splits: { ...FACES.splits, Training: { ...Training, samples, ids } } };
  const configuration = { ...BASELINE, balanceClasses: [] };
  strictEqual(prepareTraining(leaky, configuration, 1).labels.length, 140);
  const deduped = prepareTraining(leaky, { ...configuration, dedupe: true }, 1);
  strictEqual(deduped.labels.length, 139);
  deepStrictEqual(
    deduped.samples.subarray(5 * IMAGE_PIXELS, 6 * IMAGE_PIXELS),
    samples.subarray(6 * IMAGE_PIXELS, 7 * IMAGE_PIXELS),
  );
});

Deno.test("balancedWeights() is scikit-learn's class_weight balanced, 0 for a class without images", () => {
  deepStrictEqual(balancedWeights([10, 20, 0, 5, 5, 20, 10]), [1, 0.5, 0, 2, 2, 0.5, 1]);
});

Deno.test("select() takes images with their labels and names", () => {
  const { Training } = FACES.splits;
  const chosen = select(Training, Uint32Array.of(7, 3), FACES);
  deepStrictEqual([...chosen.labels], [Training.labels[7], Training.labels[3]]);
  deepStrictEqual(chosen.ids, [Training.ids[7], Training.ids[3]]);
  deepStrictEqual(
    chosen.samples.subarray(IMAGE_PIXELS),
    Training.samples.subarray(3 * IMAGE_PIXELS, 4 * IMAGE_PIXELS),
  );
  strictEqual(chosen.length, 2);
});

/** What {@linkcode checkTrainable} says of runs of these variants, or nothing. */
function complaint(
  dataset: Dataset,
  variants: Readonly<Record<string, Partial<Configuration>>>,
  options?: { choosable: boolean },
): string | undefined {
  const planned = Object.entries(variants).map(([name, changes]) => ({
    variant: { name },
    request: { configuration: { ...BASELINE, ...changes }, seed: 1 },
  }));
  try {
    checkTrainable(dataset, planned, options);
    return undefined;
  } catch (error) {
    ok(error instanceof UserError);
    return error.message;
  }
}

/** The faces without those of some classes in Training. */
function without(...classes: readonly Emotion[]): Dataset {
  const { Training } = FACES.splits;
  const kept = Uint32Array.from(Training.labels.keys())
    .filter((i) => !classes.includes(EMOTIONS[Training.labels[i]!]!));
  return { ...FACES, splits: { ...FACES.splits, Training: select(Training, kept, FACES) } };
}

Deno.test("checkTrainable() refuses a class to copy that Training does not have, with the flag that helps", () => {
  strictEqual(
    complaint(without("disgust"), { baseline: {} }),
    "synthetic: Training has no image of disgust to copy: leave it out with " +
      "--set balanceClasses=surprise",
  );
  strictEqual(
    complaint(without("disgust", "surprise"), { baseline: {} }),
    "synthetic: Training has no image of disgust and surprise to copy: leave it out with " +
      "--set balanceClasses=none",
  );
  strictEqual(
    complaint(without("happy"), { a: { balanceClasses: ["happy", "sad"] } }),
    "synthetic: Training has no image of happy to copy: leave it out with --set balanceClasses=sad",
  );
  strictEqual(complaint(FACES, { baseline: {} }), undefined);
  // Nothing is to be copied.
  strictEqual(complaint(without("disgust"), { a: { balanceClasses: [] } }), undefined);
  strictEqual(complaint(without("disgust"), { a: { balanceClasses: ["surprise"] } }), undefined);
});

Deno.test("checkTrainable() refuses crops larger than the images, and blocks that crops have no room for", () => {
  const plain = { balanceClasses: [] };
  strictEqual(complaint(FACES, { a: { ...plain, augment: "crop(48)" } }), undefined);
  strictEqual(
    complaint(FACES, { a: { ...plain, augment: "crop(49)" } }),
    "synthetic: augment=crop(49) cuts 49 pixels a side out of 48x48 gray images: cut out less, with " +
      '--set "augment=crop(40)"',
  );
  const blocks = { ...plain, filters: [4, 4, 4, 4, 4] };
  strictEqual(complaint(FACES, { a: { ...blocks, augment: "crop(32)" } }), undefined);
  ok(
    complaint(FACES, { a: { ...blocks, augment: "crop(31)" } })!.includes("--set filters=4,4,4,4"),
  );
});

Deno.test("checkTrainable() names the variants that fail, and those that would do", () => {
  const variants = {
    none: { balanceClasses: [] },
    balanced: {},
    "class-weighted": { balanceClasses: [], classWeights: "balanced" as const },
    "balanced-online": { augment: "flip" },
  };
  const said = "synthetic: Training has no image of disgust to copy (balanced and " +
    "balanced-online): leave it out with --set balanceClasses=surprise, which holds for all " +
    "variants";
  strictEqual(
    complaint(without("disgust"), variants),
    `${said}; or run only the others with --variants none,class-weighted`,
  );
  strictEqual(complaint(without("disgust"), variants, { choosable: false }), said);
  const many = Object.fromEntries(EMOTIONS.map((name) => [name, {}]));
  ok(complaint(without("disgust"), many)!.includes("(7 variants)"));
});

Deno.test("checkTrainable() looks at what dedupe leaves of Training", () => {
  const { Training } = FACES.splits;
  const disgust = Uint32Array.from(Training.labels.keys()).filter((i) => Training.labels[i] === 1);
  const copied = {
    ...FACES,
    splits: { ...FACES.splits, PublicTest: select(Training, disgust, FACES) },
  };
  strictEqual(complaint(copied, { a: {} }), undefined);
  strictEqual(
    complaint(copied, { a: { dedupe: true } }),
    "synthetic: Training has no image of disgust to copy with dedupe=true: leave it out with " +
      "--set balanceClasses=surprise",
  );
  const same = { ...FACES, splits: { ...FACES.splits, PrivateTest: Training } };
  strictEqual(complaint(same, { a: {} }), undefined);
  strictEqual(
    complaint(same, { a: { dedupe: true } }),
    "synthetic: Every image of Training is also in PublicTest or PrivateTest, and dedupe=true " +
      "leaves none to train on: keep them with --set dedupe=false",
  );
});

Deno.test("checkTrainable() refuses steps of one image with all layers normalised", () => {
  const one = { batchNorm: "all", batchSize: 1 } as const;
  strictEqual(
    complaint(FACES, { a: one }),
    "synthetic: One image a step is its own mean, from which batch normalisation of all layers " +
      "learns nothing: normalise the convolutions only, with --set batchNorm=true, or take more with " +
      "--set batchSize=64",
  );
  strictEqual(complaint(FACES, { a: { ...one, batchSize: 2 } }), undefined);
  strictEqual(complaint(FACES, { a: { ...one, batchNorm: true } }), undefined);
});

Deno.test("prepareTraining() takes whatever checkTrainable() lets pass", () => {
  const classes = fc.subarray([...EMOTIONS]);
  fc.assert(
    fc.property(
      classes,
      classes,
      fc.boolean(),
      fc.constantFrom(0.1, 1, 3),
      fc.constantFrom("given", "before-copies(0.4, 0.4)", "after-copies(0.1, 0.1)"),
      (gone, copy, dedupe, to, split) => {
        const dataset = without(...gone);
        const changes = { balanceClasses: copy, dedupe, balanceTo: to, split };
        const prepare = () => prepareTraining(dataset, { ...BASELINE, ...changes }, 1);
        if (complaint(dataset, { a: changes }) === undefined) ok(prepare().labels.length > 0);
        else if (gone.length < CLASS_COUNT) throws(prepare, UserError);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("checkTrainable() refuses to split what is in folds, or too few different images", () => {
  const { Training } = FACES.splits;
  const split = "before-copies(0.1, 0.1)";
  const few = (places: readonly number[]) => ({
    ...FACES,
    splits: { ...FACES.splits, Training: select(Training, Uint32Array.from(places), FACES) },
  });
  const plain = { balanceClasses: [], split };
  strictEqual(complaint(few([0, 1, 2]), { a: plain }), undefined);
  strictEqual(
    complaint(few([0, 1, 0, 1]), { a: plain }),
    "synthetic: split=before-copies(0.1, 0.1) needs 3 different samples, and Training has 2: leave " +
      "it whole with --set split=given",
  );
  strictEqual(
    complaint({ ...FACES, folds: [FACES] }, { a: plain }),
    "synthetic: Data in folds cannot be split anew (a): --set split=given",
  );
});

Deno.test("checkTrainable() refuses a synthetic channel of images, and of more bits than there are to know", () => {
  const plain = { network: "mlp(0)", balanceClasses: [] };
  match(
    complaint(FACES, { a: { ...plain, syntheticBits: 0 } })!,
    /^synthetic: The samples have no modalities: --set syntheticBits=none$/,
  );
  const heard = [{ name: "voice", length: 12, type: "features" }] as const;
  const votes = { ...VOTES, sample: { ...VOTES.sample, modalities: heard } };
  strictEqual(complaint(votes, { a: { ...plain, syntheticBits: 0.5 } }), undefined);
  const most = mostSyntheticBits(VOTES.splits.Training.labels, VOTES.classes);
  const trouble = complaint(votes, { a: { ...plain, syntheticBits: most + 0.01 } })!;
  match(
    trouble,
    /is more than there is to know: .* leave room for [\d.]+ bits: --set syntheticBits=/,
  );
  const syntheticBits = Number(/[\d.]+$/.exec(trouble)![0]);
  strictEqual(complaint(votes, { a: { ...plain, syntheticBits } }), undefined);
});

Deno.test("checkTrainable() looks at what a split leaves of Training, and tells how to leave a size out", () => {
  // Its one image of disgust stands where images are held out with this seed.
  const { Training } = FACES.splits;
  const [disgust] = [...Training.labels.keys()].filter((i) => Training.labels[i] === 1);
  const places = [...Training.labels.keys()].filter((i) => Training.labels[i] !== 1);
  const ids = [...places, disgust].map(String);
  const how = { heldOut: 0.5, validation: 0.4, seed: 1, groupDuplicates: false };
  const at = holdOut(ids, how).heldOut[0]!;
  const one = select(Training, Uint32Array.from(places.toSpliced(at, 0, disgust!)), FACES);
  const changes = {
    balanceEach: ["disgust:2", "surprise:1.5"],
    split: "before-copies(0.5, 0.4)",
  };
  const dataset = { ...FACES, splits: { ...FACES.splits, Training: one } };
  strictEqual(
    complaint(dataset, { a: changes }),
    "synthetic: Training has no image of disgust to copy after split=before-copies(0.5, 0.4): leave " +
      "it out with --set balanceClasses=surprise --set balanceEach=surprise:1.5",
  );
});

Deno.test("prepareTraining() keeps targets with their samples, whatever is left out or weighed", () => {
  const { Training, PrivateTest } = VOTES.splits;
  // One vector of Training is a copy of a test sample.
  const ids = Training.ids.with(7, PrivateTest.ids[0]!);
  const leaky = { ...VOTES, splits: { ...VOTES.splits, Training: { ...Training, ids } } };
  const configuration = {
    ...BASELINE,
    network: "mlp(1)",
    balanceClasses: [],
    dedupe: true,
    classWeights: "balanced",
  } as const;
  const { samples, labels, targets, counts, classWeights } = prepareTraining(
    leaky,
    configuration,
    1,
  );
  strictEqual(labels.length, Training.length - 1);
  deepStrictEqual(samples.subarray(7 * 12), Training.samples.subarray(8 * 12));
  deepStrictEqual(targets!.subarray(7 * 4), Training.targets!.subarray(8 * 4));
  deepStrictEqual(counts.toSorted(), [39, 40, 40, 40]);
  deepStrictEqual(classWeights, counts.map((count) => 159 / (4 * count)));
});
