import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { FER2013_FORM } from "../dataset/form.ts";
import { buildNetwork } from "../model/build_network.ts";
import { TINY } from "./_tiny.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { makeEngine } from "./engine.ts";
import { setWeights, weightsOf } from "./train.ts";
import { encodeWeights, weightForms, weightNames, weightsDigest } from "./weights.ts";

const NORMALISED = { ...TINY, batchNorm: "all", denseDropout: 0.5 } as const;

Deno.test("weightNames() are layer and weight, the same for a second model of the process", () => {
  const plain = buildNetwork(TINY, { seed: 1 });
  const names = [
    ...["conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias"],
    ...["dense/kernel", "dense/bias", "output/kernel", "output/bias"],
  ];
  deepStrictEqual(weightNames(plain), names);
  const again = buildNetwork(TINY, { seed: 1 });
  deepStrictEqual(weightNames(again), names);
  const normalised = buildNetwork(NORMALISED, { seed: 1 });
  const all = weightNames(normalised);
  strictEqual(new Set(all).size, normalised.weights.length);
  ok(all.includes("batch_norm_dense/moving_variance"));
  for (const name of all) match(name, /^\w+\/(kernel|bias|gamma|beta|moving_(mean|variance))$/);
  for (const model of [plain, again, normalised]) model.dispose();
});

Deno.test("encodeWeights() keeps order, shapes, values and digest, and says how to read them", async () => {
  const model = buildNetwork(NORMALISED, { seed: 1 });
  {
    using engine = makeEngine(model, NORMALISED, { seed: 1, execution: "eager" });
    const weights = weightsOf(engine);
    const bytes = encodeWeights(weights, {
      forms: weightForms(model),
      form: FER2013_FORM,
      state: { epoch: 3 },
    });
    const { tensors, state } = decodeCheckpoint(bytes);
    deepStrictEqual(state, { epoch: 3 });
    deepStrictEqual(tensors.map(({ name }) => name), weightNames(model));
    deepStrictEqual(tensors.map(({ shape }) => shape), model.weights.map(({ shape }) => shape));
    strictEqual(weightsDigest(tensors), weightsDigest(weights));
    const header = new TextDecoder().decode(
      bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
    );
    const { __metadata__: metadata } = JSON.parse(header) as Record<string, Record<string, string>>;
    match(metadata!.conv_kernel!, /HWIO/);
    strictEqual(metadata!.input, "batch, 48, 48, 1 (NHWC); gray / 255");
    match(metadata!.output!, /angry, disgust, fear, happy, sad, surprise, neutral/);
    ok(Object.values(metadata!).every((value) => typeof value === "string"));

    // Files made before name their tensors by place.
    const old = decodeCheckpoint(encodeCheckpoint({ tensors: weights, state: null })).tensors;
    deepStrictEqual(old.map(({ name }) => name), weights.map((_, i) => `${i}`));
    await setWeights(engine, tensors);
    strictEqual(weightsDigest(weightsOf(engine)), weightsDigest(old));
  }
  model.dispose();
});
