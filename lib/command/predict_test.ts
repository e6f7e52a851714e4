import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { waitUntil } from "../_wait_until.ts";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { formOf } from "../dataset/form.ts";
import { EMOTIONS } from "../emotion.ts";
import { runTask } from "../fault/process.ts";
import { CHECKOUT } from "../paths.ts";
import { BOXED_MODEL, findNetwork } from "../run/find_network.ts";
import { readModelFile } from "../run/model_file.ts";
import { openNetwork } from "../run/network.ts";
import { main } from "./predict.ts";

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
  for (const [name, bytes] of Object.entries(await bombs())) {
    await Deno.writeFile(`${top}/pictures/${name}`, bytes);
  }
  const { code, stdout, stderr } = await runTask("predict", [
    ...[`${top}/pictures`, "/dev/null", "--json", `${top}/f.json`, "--csv", `${top}/f.csv`],
    ...["--annotate", `${top}/marked`, "--explain", `${top}/marked`],
  ]);
  strictEqual(code, 1, stderr);
  // A long path is broken between lines.
  ok(/^\S+ +happy +\d\.\d .*[89]\d\.\d/m.test(stdout), stdout);
  ok(/c\.pgm: No face found/.test(stdout), stdout);
  ok(/b\.png: Is no picture by its content/.test(stderr), stderr);
  const faults = stderr.trim().split("\n").filter((line) => /\.\w+: |null: /.test(line));
  for (const name of ["jpg", "png", "webp"]) {
    const fault = faults.find((line) => line.includes(`bomb.${name}: `));
    ok(/Claims \d{5}x\d{5} pixels, and at most 64,000,000 are read: make it smaller$/.test(fault!));
  }
  ok(faults.includes("/dev/null: Is no ordinary file: save it as one first"), stderr);
  strictEqual(faults.length, 5, stderr);
  ok(/Network: run \w{16}, seed \d, trained on fer2013; right on \d\d/.test(stderr), stderr);
  const { faces, withoutFace, unreadable } = JSON.parse(await Deno.readTextFile(`${top}/f.json`));
  strictEqual(faces.length, 1);
  deepStrictEqual(Object.keys(faces[0].probabilities), [...EMOTIONS]);
  ok(faces[0].probabilities.happy > 0.8);
  const shares = Object.values(faces[0].probabilities) as number[];
  ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-4);
  deepStrictEqual([withoutFace.length, unreadable.length], [1, 5]);
  const [head, row, ...rest] = (await Deno.readTextFile(`${top}/f.csv`)).trim().split("\n");
  ok(head!.startsWith("file,x,y,side,score,predicted,p_angry,"));
  ok(row!.includes(",happy,"));
  deepStrictEqual(rest, []);
  const names = [...Deno.readDirSync(`${top}/marked`)].map(({ name }) => name).sort();
  deepStrictEqual(names, ["a.jpg.explained.svg", "a.jpg.svg", "c.pgm.svg"]);
  const explained = await Deno.readTextFile(`${top}/marked/a.jpg.explained.svg`);
  for (
    const words of [">What speaks for happy (", ">Grad-CAM, place by place: 6x6", ">Occlusion:"]
  ) {
    ok(explained.includes(words), words);
  }
  // The face, and over it each map.
  strictEqual(explained.match(/<image /g)!.length, 5);
});

/** Small files that claim more pixels than any machine has room for. */
async function bombs(): Promise<Record<string, Uint8Array>> {
  const chunk = (type: string, data: Uint8Array) => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(50_000, 0);
  header.writeUInt32BE(50_000, 4);
  const jpeg = await Deno.readFile(ASTRONAUT);
  const frame = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc0));
  jpeg.set([50_000 >> 8, 50_000 & 255, 50_000 >> 8, 50_000 & 255], frame + 5);
  // VP8L: 14 bits of each side, less one; WebP goes no further.
  const webp = Buffer.concat([
    Buffer.from("RIFF....WEBPVP8L...."),
    Uint8Array.of(0x2f, 0xfe, 0xbf, 0xff, 0x0f),
    Buffer.alloc(21),
  ]);
  webp.writeUInt32LE(webp.length - 8, 4);
  webp.writeUInt32LE(webp.length - 20, 16);
  return {
    "bomb.png": Buffer.concat([
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk("IHDR", header),
      chunk("IDAT", deflateSync(new Uint8Array(1_000_000))),
      chunk("IEND", new Uint8Array()),
    ]),
    "bomb.jpg": jpeg,
    "bomb.webp": webp,
  };
}

Deno.test("Ctrl-C stops predict after the picture under way: says how far it came, leaves nothing half-written", async () => {
  const [folder, marked] = [`${top}/many`, `${top}/many-marked`];
  await Deno.mkdir(folder);
  for (let i = 0; i < 300; i++) await Deno.link(ASTRONAUT, `${folder}/${i}.jpg`);
  const written = () => [...Deno.readDirSync(marked)].map(({ name }) => name);
  const { code, stdout, stderr } = await runTask("predict", [
    ...[folder, "--csv", `${top}/many.csv`, "--json", `${top}/many.json`, "--annotate", marked],
  ], {
    onStart: async (pid) => {
      await waitUntil(() => exists(marked), marked, { seconds: 300 });
      Deno.kill(pid, "SIGINT");
    },
  });
  strictEqual(code, 130, stderr);
  const done = Number(/^Interrupted after (\d+) of 300 pictures/m.exec(stderr)?.[1]);
  ok(done >= 1 && done < 300, stderr);
  ok(/many\.json and \S*many\.csv not written, those are drawn in \S*many-marked$/m.test(stderr));
  strictEqual(stdout, "");
  deepStrictEqual(written().sort(), [...folderNames(done)].sort());
  for (const name of ["many.csv", "many.json"]) strictEqual(await exists(`${top}/${name}`), false);
  strictEqual([...Deno.readDirSync(top)].some(({ name }) => name.includes(".tmp-")), false);

  /** The first pictures of the folder, in its order. */
  function folderNames(first: number): string[] {
    const names = Array.from({ length: 300 }, (_, i) => `${i}.jpg`).sort();
    return names.slice(0, first).map((name) => `${name}.svg`);
  }
});

Deno.test("predict refuses in one line what it could not write, before it looks at a picture", async () => {
  await Deno.mkdir(`${top}/folder`);
  const cases: readonly [args: readonly string[], message: RegExp][] = [
    [["--csv", `${top}/folder`], /folder: Is a folder: name a file$/],
    [
      ["--json", `${ASTRONAUT}/below/f.json`],
      /astronaut\.jpg: Is no folder, and \S+below is to be/,
    ],
    [["--annotate", ASTRONAUT], /astronaut\.jpg: Is no folder/],
    [["--csv", `${top}/f`, "--json", `${top}/f`], /--json and --csv name the same file/],
  ];
  for (const [args, message] of cases) {
    await rejects(main([`${top}/gone.jpg`, ...args]), (error: Error) => {
      ok(error instanceof UserError && message.test(error.message), error.message);
      return true;
    });
  }
  await rejects(main([`${top}/gone.jpg`]), /gone\.jpg: No such file or folder$/);
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
