import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { inspect, parseCpuinfo } from "./inspect.ts";
import { ADDON, link } from "./place.ts";
import type { TensorflowBuild } from "./platform.ts";

const BUILD: TensorflowBuild = {
  platform: "linux-x64",
  package: "tensorflow-cpu",
  wheelPlatform: "manylinux_2_27_x86_64",
  sha256: "aa",
  wheelBytes: 1,
  libraries: { "lib.so.2": 4 },
  zigTarget: "x86_64-linux-gnu.2.28",
};

/** A finished set-up of two small files, and what --check says of it. */
async function check(
  harm: (folder: string, tfjsNode: string) => Promise<void> = async () => {},
): Promise<string> {
  const root = await Deno.makeTempDir();
  try {
    const [folder, tfjsNode] = [join(root, "native"), join(root, "tfjs-node")];
    await Deno.mkdir(folder);
    const files: Record<string, { bytes: number; sha256: string }> = {};
    for (const name of ["lib.so.2", ADDON]) {
      await Deno.writeTextFile(join(folder, name), "good");
      files[name] = { bytes: 4, sha256: createHash("sha256").update("good").digest("hex") };
    }
    await Deno.writeTextFile(
      join(folder, "manifest.json"),
      JSON.stringify({
        tensorflow: "2.21.0",
        tfjsNode: "4.22.0",
        compiler: "c++ 12",
        wheelSha256: "aa",
        files,
      }),
    );
    await link(tfjsNode, folder);
    await harm(folder, tfjsNode);
    const stdout = JSON.stringify({ gflops: 123.4, threads: 2, oneDnn: true });
    return await inspect(BUILD, folder, {
      tfjsNode,
      run: () => Promise.resolve({ code: 0, stdout, stderr: "" }),
      cpu: () => Promise.resolve({ model: "A CPU", features: ["avx2"] }),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("inspect() tells versions, processor, threads and speed", async () => {
  const text = await check();
  for (const part of ["4.22.0", "2.21.0", "c++ 12", "A CPU", "avx2", "123 GFLOP/s"]) {
    assert(text.includes(part), part);
  }
});

Deno.test("inspect() finds a file of the right size and the wrong content", async () => {
  await assert.rejects(
    check((folder) => Deno.writeTextFile(join(folder, "lib.so.2"), "evil")),
    /lib\.so\.2 is damaged \(wrong sha256\): run deno task setup --force/,
  );
});

Deno.test("inspect() finds a changed addon of the right size where tfjs-node loads it", async () => {
  await assert.rejects(
    check((_, tfjsNode) => Deno.writeTextFile(join(tfjsNode, "lib", "napi-v8", ADDON), "evil")),
    /tfjs-node in .* is not led to .*: run deno task setup/,
  );
});

Deno.test("inspect() says when nothing is set up", async () => {
  await assert.rejects(
    check((folder) => Deno.remove(join(folder, "manifest.json"))),
    /not set up in .*: run deno task setup/,
  );
});

Deno.test("parseCpuinfo() reads x86 and arm processors", () => {
  const x86 = "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)\nflags\t\t: fpu avx2 avx512_vnni\n";
  assert.deepEqual(parseCpuinfo(x86), {
    model: "Intel(R) Xeon(R)",
    features: ["avx2", "avx512_vnni"],
  });
  const arm = "processor\t: 0\nFeatures\t: fp asimd sve bf16\nCPU part\t: 0xd40\n";
  assert.deepEqual(parseCpuinfo(arm), { model: "0xd40", features: ["asimd", "bf16", "sve"] });
});
