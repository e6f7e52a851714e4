import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { formOf } from "../dataset/form.ts";
import { EMOTIONS } from "../emotion.ts";
import { runTask } from "../fault/process.ts";
import { CHECKOUT } from "../paths.ts";
import { BOXED_MODEL, findNetwork } from "../run/find_network.ts";
import { readModelFile } from "../run/model_file.ts";
import { openNetwork } from "../run/network.ts";

const ASTRONAUT = join(CHECKOUT, "lib/face/testdata/astronaut.jpg");
const top = await Deno.makeTempDir({ prefix: "fer-lab-predict-" });
globalThis.addEventListener("unload", () => Deno.removeSync(top, { recursive: true }));

Deno.test("predict says that the astronaut is happy, goes past broken files, and writes what is asked", async () => {
  await Deno.mkdir(`${top}/pictures`);
  await Deno.copyFile(ASTRONAUT, `${top}/pictures/a.jpg`);
  await Deno.writeTextFile(`${top}/pictures/b.png`, "no picture");
  // A gray picture without a face.
  await Deno.writeTextFile(
    `${top}/pictures/c.pgm`,
    `P2 40 40 255\n${Array(1600).fill("99").join("\n")}\n`,
  );
  const { code, stdout, stderr } = await runTask("predict", [
    ...[`${top}/pictures`, "--json", `${top}/f.json`, "--csv", `${top}/f.csv`],
    ...["--annotate", `${top}/marked`],
  ]);
  strictEqual(code, 1, stderr);
  // A long path is broken between lines.
  ok(/^\S+ +happy +\d\.\d .*[89]\d\.\d/m.test(stdout), stdout);
  ok(/c\.pgm: No face found/.test(stdout), stdout);
  ok(/b\.png: Is no picture by its content/.test(stderr), stderr);
  ok(/Network: run \w{16}, seed \d, trained on fer2013; right on \d\d/.test(stderr), stderr);
  const { faces, withoutFace, unreadable } = JSON.parse(await Deno.readTextFile(`${top}/f.json`));
  strictEqual(faces.length, 1);
  deepStrictEqual(Object.keys(faces[0].probabilities), [...EMOTIONS]);
  ok(faces[0].probabilities.happy > 0.8);
  const shares = Object.values(faces[0].probabilities) as number[];
  ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-4);
  deepStrictEqual([withoutFace.length, unreadable.length], [1, 1]);
  const [head, row, ...rest] = (await Deno.readTextFile(`${top}/f.csv`)).trim().split("\n");
  ok(head!.startsWith("file,x,y,side,score,predicted,p_angry,"));
  ok(row!.includes(",happy,"));
  deepStrictEqual(rest, []);
  const names = [...Deno.readDirSync(`${top}/marked`)].map(({ name }) => name).sort();
  deepStrictEqual(names, ["a.jpg.svg", "c.pgm.svg"]);
});

Deno.test("The network in the box opens to what its card says, and its digests are in it for others", async () => {
  const { record } = await readModelFile(BOXED_MODEL);
  const card = await Deno.readTextFile(BOXED_MODEL.replace(/safetensors$/, "md"));
  ok(card.includes(`value: ${record.best.test.accuracy.toFixed(4)} }`));
  for (const digest of [record.digest, record.dataset.digest, record.best.weights]) {
    ok(card.includes(digest));
  }
  const bytes = await Deno.readFile(BOXED_MODEL);
  ok(bytes.length < 8_000_000);
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const { __metadata__: metadata } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + size)),
  );
  strictEqual(metadata.kind, "fer-lab/model");
  ok(metadata.run.includes(record.digest) && metadata.data.includes(record.dataset.digest));
  using network = await openNetwork(await findNetwork(undefined));
  const { sample } = formOf(network.record.dataset);
  deepStrictEqual(sample.shape, [48, 48, 1]);
  const probabilities = await network.predict(new Uint8Array(48 * 48), { batchSize: 1 });
  strictEqual(probabilities.length, 7);
});

Deno.test("A model file that is cut, changed, none, later, or another's is refused in one line", async () => {
  const whole = await Deno.readFile(BOXED_MODEL);
  const { tensors, state } = decodeCheckpoint(whole) as {
    tensors: ReturnType<typeof decodeCheckpoint>["tensors"];
    state: { version: number; record: { configuration: object } };
  };
  const { record } = state;
  const other = { ...record, configuration: { ...record.configuration, filters: [8, 16, 32] } };
  const cases: readonly [bytes: Uint8Array, message: RegExp][] = [
    [whole.subarray(0, 100), /it is shorter than its header says: copy it again$/],
    [whole.subarray(0, whole.length - 4), /its checksum does not match: copy it again$/],
    [new Uint8Array(), /it is no safetensors file: name one that deno task model made/],
    [await Deno.readFile(ASTRONAUT), /it is no safetensors file/],
    [encodeCheckpoint({ tensors, state: { digest: "x" } }), /weights without the record of their/],
    [encodeCheckpoint({ tensors, state: { version: 2, record } }), /version 2, and .* up to 1/],
    [
      encodeCheckpoint({ tensors, state: { version: 1, record: { ...record, version: 9 } } }),
      /9.*use the FER Lab that wrote it/,
    ],
    [encodeCheckpoint({ tensors, state: { version: 1, record: other } }), /Weights of another net/],
    [
      encodeCheckpoint({
        tensors: tensors.map((tensor) => ({ ...tensor, values: tensor.values.map((v) => -v) })),
        state,
      }),
      /Not the weights of/,
    ],
  ];
  for (const [bytes, message] of cases) {
    await Deno.writeFile(`${top}/m.safetensors`, bytes);
    let said = "nothing";
    try {
      using _network = await openNetwork(`${top}/m.safetensors`);
    } catch (error) {
      said = `${(error as Error).name}: ${(error as Error).message}`;
    }
    ok(said.startsWith("UserError: ") && said.includes("m.safetensors"), said);
    ok(message.test(said), said);
    ok(!said.includes("\n"));
  }
});
