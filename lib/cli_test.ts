import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { formatSeeds, helpText, parseExperimentArgs, parseSeeds, SEEDS } from "./cli.ts";
import { BASELINE, type Configuration, formatValue, PARAMETERS } from "./configuration.ts";
import { UsageError } from "./error.ts";
import { parseSetting } from "./parameter.ts";
import { CHECKOUT } from "./paths.ts";
import { PRESETS } from "./preset.ts";
import { OWN_RESULTS } from "./report/folders.ts";

const OPTIONS = {
  experiment: {
    name: "dropout",
    title: "Dropout",
    question: "Does dropout help?",
    variants: [{ name: "none" }, { name: "dense-0.25" }, { name: "dense-0.5" }],
  },
  base: BASELINE,
  cores: 2,
};

const parse = (...args: string[]) => parseExperimentArgs(args, OPTIONS);

Deno.test("parseExperimentArgs() runs one seed on synthetic faces by default", () => {
  const { configure, ...request } = parse();
  deepStrictEqual(request, {
    help: false,
    choices: {},
    data: null,
    faces: PRESETS.small.faces,
    seeds: [1],
    preset: "small",
    settings: { epochs: PRESETS.small.epochs },
    variants: null,
    only: null,
    out: OWN_RESULTS,
    fresh: false,
    resume: false,
    threads: 2,
    detectAnomalies: false,
    profile: false,
    histograms: null,
    eager: false,
    skipBad: false,
    split: null,
    followLinks: false,
    show: false,
    quiet: false,
    command: "deno task exp:dropout --seeds 1",
  });
  strictEqual(configure().epochs, PRESETS.small.epochs);
});

Deno.test("parseExperimentArgs() follows the full protocol on a data set", () => {
  const request = parse("--data", "/somewhere/of mine/fer2013.zip");
  strictEqual(request.preset, "full");
  strictEqual(request.faces, null);
  strictEqual(request.configure().epochs, 71);
  strictEqual(request.command, "deno task exp:dropout --data fer2013.zip --seeds 1");
});

Deno.test("parseExperimentArgs() takes one run of the plan alone, and no other", () => {
  const request = parse("--seeds", "3", "--variants", "none,dense-0.5", "--only", "dense-0.5:2");
  deepStrictEqual(request.only, { variant: "dense-0.5", seed: 2 });
  // It is a run of that plan, and tells of its command.
  strictEqual(request.command, "deno task exp:dropout --seeds 1,2,3 --variants none,dense-0.5");
  for (const only of ["dense-0.25:2", "dense-0.5:4", "dense-0.5", "dense-0.5:", ":1", "none:1:2"]) {
    throws(
      () => parse("--seeds", "3", "--variants", "none,dense-0.5", "--only", only),
      /--only must be a variant and a seed of these runs, such as none:1, not ".*" \(variants: none,/,
    );
  }
  throws(() => parse("--only", "none:1", "--show"), /--only and --show contradict each other/);
});

Deno.test("parseExperimentArgs() reads paths from where the person stands, and ~ as their home", () => {
  const before = ["INIT_CWD", "HOME"].map((name) => [name, Deno.env.get(name)] as const);
  Deno.env.set("INIT_CWD", "/somewhere/data");
  Deno.env.set("HOME", "/home/me");
  try {
    strictEqual(parse("--data", "fer2013.zip").data, "/somewhere/data/fer2013.zip");
    strictEqual(parse("--data=~/fer2013.zip").data, "/home/me/fer2013.zip");
    strictEqual(parse("--out", "../mine").out, "/somewhere/mine");
    strictEqual(parse("--data", ".").command, "deno task exp:dropout --data data --seeds 1");
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("parseExperimentArgs() reads how splits are drawn, of a data set only", () => {
  const { split, followLinks } = parse("--data", "x", "--split=80/10/10", "--follow-links");
  deepStrictEqual({ split, followLinks }, {
    split: { Training: 80, PublicTest: 10, PrivateTest: 10 },
    followLinks: true,
  });
  throws(() => parse("--data", "x", "--split", "80/20"), /^UsageError: --split must be three/);
  throws(() => parse("--split", "80/10/10"), /^UsageError: --split needs --data/);
  throws(() => parse("--follow-links"), /^UsageError: --follow-links needs --data/);
});

Deno.test("configure() lets variant, preset and command line overrule in that order", () => {
  const variant = { epochs: 40, denseDropout: 0.5, convDropout: 0.25 };
  strictEqual(parse("--data", "x").configure(variant).epochs, 40);
  strictEqual(parse("--preset", "smoke").configure(variant).epochs, 2);
  strictEqual(parse("--preset", "smoke", "--epochs", "7").configure(variant).epochs, 7);
  const { denseDropout, convDropout, epochs } = parse("--set", "denseDropout=0.1").configure(
    variant,
  );
  deepStrictEqual({ denseDropout, convDropout, epochs }, {
    denseDropout: 0.1,
    convDropout: 0.25,
    epochs: PRESETS.small.epochs,
  });
});

Deno.test("configure() writes schedules and operations the canonical way", () => {
  const spaced = parse("--set", "schedule= plateau(0.5,5)", "--set", "augment=flip").configure();
  const plain = parse("--set", "augment=flip(0.5)").configure();
  deepStrictEqual(spaced, plain);
});

Deno.test("configure() refuses values that do not fit each other", () => {
  strictEqual(parse("--set", "filters=1,2,3,4,5").configure().filters.length, 5);
  for (const network of ["chain", "vgg(2)"]) {
    throws(
      () => parse("--set", "filters=1,2,3,4,5,6,7", "--set", `network=${network}`).configure(),
      {
        name: "UsageError",
        message: `network=${network} cannot be: "filters" has 7 blocks, and 48 pixels can be ` +
          "halved 5 times: leave out 2",
      },
    );
  }
});

Deno.test("configure() refuses bfloat16 op by op, whoever asks for it", () => {
  const message = /precision=bfloat16 cannot be: .*\(--eager\).*: leave out one of the two$/;
  throws(() => parse("--eager", "--set", "precision=bfloat16").configure(), message);
  throws(() => parse("--eager").configure({ precision: "bfloat16" }), message);
  strictEqual(parse("--eager").configure().precision, "float32");
  const set = parse("--eager", "--set", "precision=float32");
  strictEqual(set.configure({ precision: "bfloat16" }).precision, "float32");
});

Deno.test("configure() refuses what a variant may not have", () => {
  throws(() => parse().configure({ denseDropout: 2 }), /"denseDropout" must be a number from 0/);
});

Deno.test("The command of a request asks for the same again", () => {
  const written = [
    ["--seeds", "3", "--epochs", "4", "--set", "filters=8,16", "--set", "schedule=cosine(2)"],
    ["--seed", "7", "--preset", "smoke", "--faces", "700", "--variants", "dense-0.5,none"],
    ["--data", "it's.csv", "--seeds", "5,0", "--eager", "--skip-bad", "--threads", "1"],
    ["--data", "CK+48", "--split", "70/10/20", "--follow-links"],
    ["--set", "balanceClasses=none", "--set", "augment=flip|rotate(10)"],
  ];
  for (const args of written) {
    const first = parse(...args);
    const again = parse(...shellWords(first.command).slice(3));
    deepStrictEqual({ ...again, configure: 0 }, { ...first, configure: 0 });
    deepStrictEqual(again.configure(), first.configure());
  }
});

Deno.test("parseExperimentArgs() says what is wrong", async (t) => {
  const cases: [string[], RegExp][] = [
    [["--epochs", "0"], /^"epochs" must be a whole number from 1 to 10000, not "0"$/],
    [["--epochs", "-3"], /not "-3"$/],
    [["--epochs", "1e9"], /not "1e9"$/],
    [["--epochs", "abc"], /not "abc"$/],
    [["--epochs"], /^--epochs needs a value: --epochs N$/],
    [["--data", ""], /^--data needs a value: --data PATH$/],
    [["--data", "--quiet"], /^--data needs a value/],
    [["--epoch", "3"], /^Unknown flag "--epoch": did you mean "--epochs"\?$/],
    [["--learning-rate=1"], /^Unknown flag .*: hyper-parameters are set with --set learningRate=/],
    [["--xylophone"], /^Unknown flag "--xylophone": --help lists them$/],
    [["-z"], /^Unknown flag "-z"/],
    [["epochs=3"], /^Unexpected "epochs=3": did you mean --set "epochs=3"\?$/],
    [["fer2013.zip"], /^Unexpected "fer2013.zip": --help lists the flags$/],
    [
      ["--set", "lerningRate=1"],
      /^Unknown hyper-parameter "lerningRate": did you mean "learningRate"/,
    ],
    [["--set", "learningRate"], /^--set needs name=value/],
    [["--set", "learningRate=-1"], /^"learningRate" must be a number from 1e-8 to 10, not "-1"$/],
    [["--set", "learningRate=NaN"], /not "NaN"$/],
    [["--set", "batchNorm=yes"], /^"batchNorm" must be true, false or all, not "yes"$/],
    [["--set", "optimizer=adamw"], /^"optimizer" must be adam or sgd, not "adamw"$/],
    [["--set", "filters=32,,64"], /^"filters" must be 1 to 8 whole numbers/],
    [["--set", "filters=1,2,3,4,5,6,7,8,9"], /^"filters" must be 1 to 8 whole numbers/],
    [["--set", "balanceClasses=a=b"], /"a=b" cannot be the name of a class/],
    [
      ["--set", "schedule=platau(3)"],
      /^"schedule" must be a schedule, .*Unknown name "platau": did you mean "plateau"\?/,
    ],
    [["--set", "network=vg(2)"], /^"network" must be chain .*"vg\(2\)" .*did you mean "vgg"\?/],
    [["--set", "network=vgg(1)"], /^"network" .*"convolutions" must be a whole number from 2 to 4/],
    [["--set", "network="], /^"network" must be chain .* not ""/],
    [["--set", "augment=rotate(999)"], /^"augment" must be operations, .*from 0 to 180/],
    [["--set", "epochs=3", "--epochs", "4"], /^"epochs" is set twice/],
    [["--preset", "smal"], /^Unknown preset "smal": did you mean "small"\?$/],
    [["--variants", "dense"], /^Unknown variant "dense" of dropout: /],
    [["--variants", ","], /^--variants needs names: none, dense-0.25, dense-0.5$/],
    [["--faces", "69"], /^--faces must be a whole number from 70 to 1000000, not "69"$/],
    [["--threads", "3"], /^--threads must be a whole number from 1 to 2, not "3"$/],
    [["--data", "a\nb"], /^The command line holds a line feed/],
    [["--seeds", "0"], /^--seeds must be a list/],
    [["--seeds", "11"], /^--seeds must be a list/],
    [["--seeds", "1,1"], /^--seeds names 1 twice$/],
    [["--seeds", "1,-2"], /^--seeds must be a list/],
    [["--seeds", "9007199254740992,"], /^--seeds must be a list/],
    [["--seed", "1.5"], /^--seed must be a whole number/],
    [["--profile", "--eager"], /^--profile and --eager contradict each other/],
    [
      ["--profile", "--out", join(CHECKOUT, "reports")],
      /^--profile .*: choose --out reports\/own$/,
    ],
    [
      ["--profile", "--out", join(CHECKOUT, "reports/fer2013")],
      /what is in \S*reports\/fer2013 is for git/,
    ],
    [["--histograms", "0"], /^--histograms must be a whole number from 1/],
    [["--histograms", "--fresh"], /^--histograms/],
    [
      ["--histograms", "5", "--out", join(CHECKOUT, "reports")],
      /^--histograms .*: choose --out reports\/own$/,
    ],
    [["--resume", "--fresh"], /^--fresh and --resume contradict each other/],
    [["--data", "x", "--faces", "100"], /^--data and --faces contradict each other/],
    [["--seed", "1", "--seeds", "2"], /^--seed and --seeds contradict each other/],
  ];
  for (const [args, message] of cases) {
    await t.step(JSON.stringify(args), () => {
      throws(() => parse(...args), (error: unknown) => {
        ok(error instanceof UsageError);
        strictEqual(error.exitCode, 2);
        match(error.message, message);
        return true;
      });
    });
  }
});

Deno.test("Histograms of an epoch that does not come are refused, whatever says how many there are", () => {
  const few = /--histograms 6 keeps none of 5 epochs: choose at most 5$/;
  throws(() => parse("--histograms", "6", "--epochs", "5").configure(), few);
  throws(() => parse("--histograms", "6", "--preset", "full").configure({ epochs: 5 }), few);
  strictEqual(parse("--histograms", "5", "--epochs", "5").histograms, 5);
  parse("--histograms", "5", "--epochs", "5").configure();
});

Deno.test("parseExperimentArgs() lets --help win over anything else", () => {
  strictEqual(parse("-h").help, true);
  strictEqual(parse("--epochs", "0", "--help", "--xylophone").help, true);
});

Deno.test("parseSeeds() takes a count, a list, or one seed before a comma", () => {
  deepStrictEqual(parseSeeds("1"), [1]);
  deepStrictEqual(parseSeeds("5"), [1, 2, 3, 4, 5]);
  deepStrictEqual(parseSeeds("10"), SEEDS);
  deepStrictEqual(parseSeeds("7,"), [7]);
  deepStrictEqual(parseSeeds(" 3, 1 ,0 "), [3, 1, 0]);
});

Deno.test("parseSeeds() reads any seeds that formatSeeds() wrote", () => {
  const seed = fc.oneof(fc.nat(12), fc.maxSafeNat());
  fc.assert(fc.property(fc.uniqueArray(seed, { minLength: 1 }), (seeds) => {
    deepStrictEqual(parseSeeds(formatSeeds(seeds)), seeds);
  }));
});

Deno.test("parseSetting() reads every hyper-parameter of the baseline as it is written", () => {
  const canonical = parse("--data", "x").configure();
  for (const name of PARAMETERS) {
    deepStrictEqual(parseSetting(`${name}=${formatValue(canonical[name])}`), {
      name,
      value: canonical[name],
    });
  }
});

Deno.test("parseSetting() reads any value that formatValue() wrote", () => {
  const share = fc.double({ min: 0, max: 0.9, noNaN: true }).map((x) => x === 0 ? 0 : x);
  const values: Partial<Record<keyof Configuration, fc.Arbitrary<unknown>>> = {
    epochs: fc.integer({ min: 1, max: 10_000 }),
    filters: fc.array(fc.integer({ min: 1, max: 1024 }), { minLength: 1, maxLength: 5 }),
    convDropout: share,
    weightDecay: share,
    labelSmoothing: share,
    dedupe: fc.boolean(),
    optimizer: fc.constantFrom("adam", "sgd"),
    balanceClasses: fc.subarray(["angry", "disgust", "happy", "neutral"]),
  };
  for (const [name, arbitrary] of Object.entries(values)) {
    fc.assert(fc.property(arbitrary, (value) => {
      deepStrictEqual(parseSetting(`${name}=${formatValue(value as string)}`), { name, value });
    }));
  }
});

Deno.test("parseExperimentArgs() throws nothing but UsageErrors of one line", () => {
  const known = fc.constantFrom("--data", "--set", "--seeds", "--epochs", "--variants", "--", "-q");
  const setting = fc.tuple(fc.constantFrom(...PARAMETERS), fc.string())
    .map(([name, value]) => `${name}=${value}`);
  const argument = fc.oneof(known, fc.string(), setting, fc.string().map((text) => `--${text}`));
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 5 }), (args) => {
      try {
        parse(...args);
      } catch (error) {
        ok(error instanceof UsageError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("helpText() names every flag and hyper-parameter within 100 columns", () => {
  const long = { ...OPTIONS.experiment, question: "Word ".repeat(60) };
  const help = helpText({ ...OPTIONS, experiment: long });
  for (const name of [...PARAMETERS, ...Object.keys(PRESETS), "--data", "--set", "dense-0.25"]) {
    ok(help.includes(name), name);
  }
  for (const line of help.split("\n")) ok(line.length <= 100, line);
});

/** The words of a command as a shell takes it apart, single quotes only. */
function shellWords(command: string): string[] {
  const words = command.match(/(?:[^\s'\\]|'[^']*'|\\.)+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted, escaped) => quoted ?? escaped)
  );
}
