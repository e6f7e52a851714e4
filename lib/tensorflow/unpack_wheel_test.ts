import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { testWith } from "../_skip.ts";
import { runProgram } from "./runner.ts";

const SCRIPT = join(import.meta.dirname!, "unpack_wheel.py");
const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("tensorflow/lib.so.2", "library" * 1000)
    z.writestr("tensorflow/include/tensorflow/c/c_api.h", "header")
    z.writestr("tensorflow/include/tensorflow/c/../../../../../climb.h", "out")
    z.writestr("tensorflow/python/ops.py", "not needed")
`;

/** Makes a small wheel with python3 and unpacks it; skipped where there is no python3. */
async function unpackSmallWheel(harm: (wheel: string) => Promise<void>) {
  const root = await Deno.makeTempDir();
  const [wheel, folder] = [join(root, "small.whl"), join(root, "unpacked")];
  await runProgram("python3", ["-c", MAKE_WHEEL, wheel]);
  await harm(wheel);
  const result = await runProgram("python3", [SCRIPT, wheel, folder, "lib.so.2"]);
  return {
    root,
    folder,
    result,
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

const withoutPython = await runProgram("python3", ["--version"]).then(
  () => undefined,
  () => "no python3",
);

testWith(
  withoutPython,
  "unpack_wheel.py takes the library and the C headers, and tells their digests",
  async () => {
    using unpacked = await unpackSmallWheel(async () => {});
    const { root, folder, result } = unpacked;
    assert.equal(result.code, 0, result.stderr);
    const sha256 = createHash("sha256").update("library".repeat(1000)).digest("hex");
    assert.deepEqual(JSON.parse(result.stdout), { file: "lib.so.2", bytes: 7000, sha256 });
    assert.equal(await Deno.readTextFile(join(folder, "include/tensorflow/c/c_api.h")), "header");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "include",
      "lib.so.2",
    ]);
    assert.deepEqual([...Deno.readDirSync(root)].length, 2);
  },
);

testWith(withoutPython, "unpack_wheel.py fails on a damaged wheel", async () => {
  using unpacked = await unpackSmallWheel((wheel) => Deno.truncate(wheel, 200));
  assert.notEqual(unpacked.result.code, 0);
  assert.match(unpacked.result.stderr, /BadZipFile/);
});
