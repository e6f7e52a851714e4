import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { BASELINE, LATER_PARAMETERS } from "../configuration.ts";
import { checkConfiguration } from "../parameter.ts";
import { committedFiles } from "../report/_committed.ts";
import { readRecord, RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import { runDigest } from "./identity.ts";

const RECORDS: readonly (readonly [folder: string, record: RunRecord])[] = await Promise.all(
  committedFiles(RUN_FILES.record).map(async (file) =>
    [dirname(file), await readRecord(file)] as const
  ),
);

Deno.test("Every committed record has the digest that a run of it would have today", () => {
  ok(RECORDS.length >= 66, `only ${RECORDS.length} records were found`);
  for (const [folder, { configuration, dataset, build, digest }] of RECORDS) {
    strictEqual(runDigest(configuration, dataset, build), digest, folder);
    strictEqual(runDigest(checkConfiguration(configuration), dataset, build), digest, folder);
    strictEqual(basename(dirname(folder)), digest);
  }
});

Deno.test("A hyper-parameter that comes later changes no committed digest, and another value does", () => {
  // Names before, between and after those there are.
  const later = { ...LATER_PARAMETERS, zoom: "off", aRate: 0.5, madeUp: [1, 2] };
  for (const [folder, { configuration, dataset, build, digest }] of RECORDS) {
    const of = (more: object) => runDigest({ ...configuration, ...more }, dataset, build, later);
    strictEqual(of({}), digest, folder);
    const { network = "chain" } = configuration as { readonly network?: string };
    strictEqual(of({ madeUp: [1, 2], aRate: 0.5, zoom: "off", network }), digest, folder);
    const others = [{ zoom: "on" }, { aRate: 0 }, { madeUp: [2, 1] }, { network: "vgg(2)" }];
    const digests = [digest, ...others.map(of), of({ zoom: "on", aRate: 0 })];
    strictEqual(new Set(digests).size, digests.length, folder);
  }
});

Deno.test("runDigest() does not depend on the order in which anything is said", () => {
  const [, { configuration, dataset, build }] = RECORDS[0]!;
  const changed = { ...configuration, madeUp: 1, another: 2 };
  const later = { ...LATER_PARAMETERS, madeUp: 0, another: 0 };
  const backwards = <T extends object>(value: T) =>
    Object.fromEntries(Object.entries(value).reverse()) as T;
  strictEqual(
    runDigest(backwards(changed), dataset, build, backwards(later)),
    runDigest(changed, dataset, build, later),
  );
});

Deno.test("A later hyper-parameter stands after the first ones in what is hashed", () => {
  const build = { tensorflow: "2.21.0", tfjs: "4.22.0", execution: "traced" } as const;
  const digestOf = (network: string) => runDigest({ ...BASELINE, network }, { digest: "d" }, build);
  // The first 16 digits of sha256sum of {"protocol":1,"configuration":{"epochs":71, ...,
  // "mirrorPrediction":false,"network":"vgg(2)"},"dataset":"d","tensorflow":"2.21.0", ...}.
  strictEqual(digestOf("vgg(2)"), "aa176ff00c022add");
  strictEqual(digestOf("chain"), "0494666365e86e22");
  notStrictEqual(digestOf("vgg(3)"), digestOf("vgg(2)"));
});

Deno.test("What is done is found without loading TensorFlow", async () => {
  // TensorFlow needs --allow-ffi to be loaded; what is tested here needs no permission at all.
  const load = async (module: string) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", join(import.meta.dirname!, module)],
      env: { NO_COLOR: "1" },
    }).output();
    return { code, text: new TextDecoder().decode(stderr) };
  };
  for (
    const module of [
      "./identity.ts",
      "../tensorflow/expected_build.ts",
      "../parameter.ts",
      "../model/network.ts",
    ]
  ) {
    deepStrictEqual(await load(module), { code: 0, text: "" }, module);
  }
  const { code, text } = await load("../model/build_network.ts");
  strictEqual(code, 1);
  match(text, /NotCapable/);
});
