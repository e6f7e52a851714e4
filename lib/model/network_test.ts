import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { BASELINE, type Configuration } from "../configuration.ts";
import { BARS, VOTES } from "../dataset/_made_up.ts";
import type { SampleForm } from "../sample.ts";
import { networkRefusal, NETWORKS, parseNetwork } from "./network.ts";

Deno.test("parseNetwork() reads every network by its name alone, and what it wrote", () => {
  for (const { name } of NETWORKS) {
    const network = parseNetwork(name);
    strictEqual(network.name, name);
    deepStrictEqual(parseNetwork(network.text), network);
  }
  deepStrictEqual(parseNetwork(" vgg( 3 )"), { name: "vgg", args: [3], text: "vgg(3)" });
  strictEqual(parseNetwork("resnet(2)").text, "resnet(2, 2, 32)");
});

Deno.test("parseNetwork() says what is wrong", () => {
  const cases: [string, RegExp][] = [
    [
      "",
      /^SyntaxError: Not a call: "" \(expected for example chain, vgg, plain, resnet, mlp, pool\)$/,
    ],
    ["none", /Unknown name "none": expected one of chain, vgg, plain, resnet, mlp, pool$/],
    ["chian", /Unknown name "chian": did you mean "chain"\?$/],
    ["chain(2)", /chain takes at most 0 numbers, not 1/],
    // One convolution a block is the chain, which has one name.
    ["vgg(1)", /vgg: "convolutions" must be a whole number from 2 to 4, not "1"/],
    ["vgg(2.5)", /not "2.5"/],
    ["resnet(0)", /resnet: "blocks" must be a whole number from 1 to 16, not "0"/],
    ["plain(1, 2, 32, 4)", /plain takes at most 3 numbers, not 4/],
    ["vgg(2)|vgg(3)", /Not a call/],
  ];
  for (const [text, message] of cases) throws(() => parseNetwork(text), message);
});

Deno.test("networkRefusal() counts how often an image can be halved", () => {
  for (const network of ["chain", "vgg(4)", "plain(1)"]) {
    const refusal = (blocks: number) =>
      networkRefusal({ ...BASELINE, network, filters: new Array(blocks).fill(8) });
    strictEqual(refusal(5), undefined);
    strictEqual(
      refusal(6),
      '"filters" has 6 blocks, and 48 pixels can be halved 5 times: leave out 1',
    );
  }
});

Deno.test("networkRefusal() knows which samples a network takes", () => {
  const refusal = (network: string, sample: SampleForm, changes: Partial<Configuration> = {}) =>
    networkRefusal({ ...BASELINE, network, ...changes }, sample);
  const small = { ...BARS.sample, shape: [32, 5, 1] };
  strictEqual(refusal("chain", BARS.sample), undefined);
  strictEqual(
    refusal("chain", small),
    '"filters" has 3 blocks, and 5 pixels can be halved 2 times: leave out 1',
  );
  strictEqual(refusal("vgg(2)", VOTES.sample), "it takes images, not vectors of 12 numbers");
  strictEqual(refusal("mlp(2)", VOTES.sample), undefined);
  strictEqual(refusal("mlp(2)", small), undefined);
  match(refusal("mlp(2)", VOTES.sample, { batchNorm: true })!, /no convolutions to normalise/);
  match(refusal("mlp(2)", VOTES.sample, { convDropout: 0.5 })!, /no blocks to drop from/);
});

Deno.test("networkRefusal() says what of the other dials does not fit a network, and how it would", () => {
  const refusal = (network: string, changes: Partial<Configuration>) =>
    networkRefusal({ ...BASELINE, network, ...changes });
  match(refusal("resnet(1)", {})!, /batchNorm=true or all$/);
  strictEqual(refusal("plain(1)", {}), undefined);
  for (const batchNorm of [true, "all"] as const) {
    strictEqual(refusal("resnet(1)", { batchNorm }), undefined);
  }
  match(
    refusal("resnet(1)", { batchNorm: true, filters: new Array(6).fill(8) })!,
    /has 6 blocks, and 48 pixels can be halved 5 times/,
  );
  match(
    refusal("chain", { squeezeExcitation: 64 })!,
    /squeezeExcitation=64 leaves no unit of 32 channels: at most 32, or 0 for none$/,
  );
  strictEqual(refusal("chain", { squeezeExcitation: 32 }), undefined);
  match(refusal("mlp(1)", { head: "average" })!, /head=dense$/);
  match(refusal("mlp(1)", { downsampling: "strided" })!, /downsampling=pooled$/);
  match(refusal("mlp(1)", { squeezeExcitation: 8 })!, /squeezeExcitation=0$/);
  const pooled = (modalities: string[]) =>
    refusal("pool(1)", { syntheticBits: 0.5, modalities, convDropout: 0, batchNorm: false });
  match(pooled(["face", "synthetic-physiology"])!, /the synthetic channel is none/);
  match(pooled([])!, /the synthetic channel is none/);
  strictEqual(pooled(["face"]), undefined);
});
