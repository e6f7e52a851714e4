import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  BASELINE,
  differences,
  FIRST_VERSION_PARAMETERS,
  LATER_PARAMETERS,
  PARAMETERS,
  parametersOf,
  recordedConfiguration,
  wholeConfiguration,
} from "./configuration.ts";
import { checkConfiguration, PARAMETER_TEXTS } from "./parameter.ts";

Deno.test("Every hyper-parameter has its line in --help, in the order of the reports", () => {
  deepStrictEqual(Object.keys(PARAMETER_TEXTS), PARAMETERS);
});

Deno.test("BASELINE has every hyper-parameter, each once among the first or the later", () => {
  deepStrictEqual([...PARAMETERS].sort(), Object.keys(BASELINE).sort());
  strictEqual(new Set(PARAMETERS).size, PARAMETERS.length);
});

Deno.test("recordedConfiguration() leaves out a later hyper-parameter that has its default", () => {
  const recorded = recordedConfiguration(BASELINE);
  deepStrictEqual(Object.keys(recorded), [...FIRST_VERSION_PARAMETERS]);
  deepStrictEqual(wholeConfiguration(recorded), BASELINE);
  const deep = recordedConfiguration({ network: "vgg(2)", ...recorded });
  deepStrictEqual(Object.keys(deep), [...FIRST_VERSION_PARAMETERS, "network"]);
  strictEqual(wholeConfiguration(deep).network, "vgg(2)");
});

Deno.test("recordedConfiguration() has the later ones by name", () => {
  const later = { ...LATER_PARAMETERS, zoom: 1, aRate: 0, list: [1] };
  const recorded = recordedConfiguration(
    { ...BASELINE, zoom: 2, list: [1], network: "vgg(2)", aRate: 1 } as typeof BASELINE,
    later,
  );
  deepStrictEqual(Object.keys(recorded).slice(FIRST_VERSION_PARAMETERS.length), [
    "aRate",
    "network",
    "zoom",
  ]);
});

Deno.test("checkConfiguration() fills in what a record leaves out, and writes calls one way", () => {
  const recorded = recordedConfiguration(BASELINE);
  deepStrictEqual(checkConfiguration(recorded), checkConfiguration(BASELINE));
  strictEqual(checkConfiguration({ ...recorded, network: " vgg" }).network, "vgg(2)");
  strictEqual(checkConfiguration({ ...recorded, network: "chain()" }).network, "chain");
});

Deno.test("parametersOf() names a later hyper-parameter where one of several has it", () => {
  const recorded = recordedConfiguration(BASELINE);
  deepStrictEqual(parametersOf([recorded, BASELINE]), [...FIRST_VERSION_PARAMETERS]);
  deepStrictEqual(parametersOf([recorded, { ...BASELINE, network: "vgg(2)" }]), [
    ...FIRST_VERSION_PARAMETERS,
    "network",
  ]);
});

Deno.test("differences() takes what a record leaves out for its default", () => {
  const recorded = recordedConfiguration(BASELINE);
  deepStrictEqual(differences(recorded, BASELINE), []);
  deepStrictEqual(differences(recorded, { ...recorded, network: "vgg(2)" }), [
    { name: "network", a: "chain", b: "vgg(2)" },
  ]);
});

Deno.test("differences() names what differs, lists compared by what they hold", () => {
  deepStrictEqual(differences(BASELINE, { ...BASELINE, filters: [...BASELINE.filters] }), []);
  const other = { ...BASELINE, filters: [8], augment: "flip(0.5)" };
  deepStrictEqual(differences(BASELINE, other), [
    { name: "filters", a: [32, 64, 128], b: [8] },
    { name: "augment", a: "none", b: "flip(0.5)" },
  ]);
});

Deno.test("checkConfiguration() refuses five crops where nothing is cropped, and networks too deep for crops", () => {
  const five = { ...BASELINE, cropPrediction: "five" } as const;
  throws(
    () => checkConfiguration(five),
    /cropPrediction=five cannot be: augment=none crops nothing/,
  );
  strictEqual(checkConfiguration({ ...five, augment: "crop(40)" }).cropPrediction, "five");
  const deep = { ...BASELINE, filters: [4, 4, 4, 4, 4], augment: "crop(24)" };
  throws(() => checkConfiguration(deep), /24 pixels can be halved 4 times/);
});

Deno.test("checkConfiguration() refuses what would do nothing: choices of a split that is not made, sizes of other classes", () => {
  const refused = (changes: Partial<typeof BASELINE>, why: RegExp) =>
    throws(() => checkConfiguration({ ...BASELINE, ...changes }), why);
  refused({ selectOn: "held-out" }, /selectOn=held-out cannot be: split=given leaves Training/);
  refused({ groupDuplicates: true }, /groupDuplicates=true cannot be: split=given/);
  refused(
    { balanceEach: ["happy:1.5"] },
    /balanceEach=happy:1.5 cannot be: balanceClasses=disgust,surprise has no happy; --set balanceEach=none/,
  );
  refused({ balanceEach: ["disgust:1", "disgust:2"] }, /named twice/);
  refused(
    { syntheticBits: 0, modalities: ["face"] },
    /syntheticBits=0 cannot be: modalities=face leaves the channel out, which is called synthetic-physiology/,
  );
  refused({ syntheticBits: 9 }, /"syntheticBits" must be none or a number from 0 to 8, not "9"/);
  refused({ split: "before-copies(0.6)" }, /"heldOut" must be a number from 0.01 to 0.5/);
  const { split, balanceEach, groupDuplicates } = checkConfiguration({
    ...BASELINE,
    split: "after-copies",
    selectOn: "held-out",
    groupDuplicates: true,
    balanceEach: ["surprise:1.50", " disgust:2"],
  });
  deepStrictEqual(
    { split, balanceEach, groupDuplicates },
    {
      split: "after-copies(0.1, 0.1)",
      balanceEach: ["disgust:2", "surprise:1.5"],
      groupDuplicates: true,
    },
  );
});

Deno.test("checkConfiguration() refuses to mix where there is nothing to mix, or by halves", () => {
  const mixing = { ...BASELINE, mixup: 0.2 };
  strictEqual(checkConfiguration(mixing).mixup, 0.2);
  throws(() => checkConfiguration({ ...mixing, batchSize: 1 }), {
    name: "UsageError",
    message: "mixup=0.2 cannot be: in a batch of one sample there is none to mix it with",
  });
  throws(() => checkConfiguration({ ...mixing, modalityDropout: 0.3 }), {
    name: "UsageError",
    message: /^mixup=0\.2 cannot be: a modality that modalityDropout=0\.3 takes /,
  });
  throws(() => checkConfiguration({ ...mixing, mixup: 101 }), /"mixup" must be a number from 0/);
});
