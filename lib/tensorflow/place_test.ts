import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { testWith } from "../_skip.ts";
import { ADDON, isLinked, link, type Manifest, readManifest } from "./place.ts";
import { tensorflowBuild } from "./platform.ts";

const manifestOf = (content: string): Manifest => ({
  tensorflow: "2.21.0",
  tfjsNode: "4.22.0",
  compiler: "c++",
  wheelSha256: "",
  files: {
    [ADDON]: { bytes: 5, sha256: createHash("sha256").update(content).digest("hex") },
  },
});
const MANIFEST = manifestOf("addon");
const OTHER = manifestOf("other");

async function inTemporary(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const folder of ["native", "other", "tfjs-node"]) await Deno.mkdir(join(root, folder));
    await Deno.writeTextFile(join(root, "native", ADDON), "addon");
    await Deno.writeTextFile(join(root, "other", ADDON), "other");
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("link() leads tfjs-node to a folder, and to another one when the cache moves", async () => {
  await inTemporary(async (root) => {
    const [tfjsNode, native, other] = ["tfjs-node", "native", "other"].map((f) =>
      join(root, f)
    ) as [
      string,
      string,
      string,
    ];
    assert(!await isLinked(tfjsNode, native, MANIFEST));
    await link(tfjsNode, native);
    assert(await isLinked(tfjsNode, native, MANIFEST));
    assert(!await isLinked(tfjsNode, other, OTHER));
    await link(tfjsNode, other);
    assert(await isLinked(tfjsNode, other, OTHER));
    const addon = join(tfjsNode, "lib", "napi-v8", ADDON);
    assert.equal(await Deno.readTextFile(addon), "other");
    // Of the same size, but not what was built.
    await Deno.writeTextFile(addon, "0ther");
    assert(!await isLinked(tfjsNode, other, OTHER));
  });
});

Deno.test("link() replaces the folder that tfjs-node's own install script leaves", async () => {
  await inTemporary(async (root) => {
    const [tfjsNode, native] = [join(root, "tfjs-node"), join(root, "native")];
    await Deno.mkdir(join(tfjsNode, "deps", "lib"), { recursive: true });
    await Deno.writeTextFile(join(tfjsNode, "deps", "lib", "libtensorflow.so"), "");
    await link(tfjsNode, native);
    assert(await isLinked(tfjsNode, native, MANIFEST));
  });
});

const withoutLimits = Deno.uid() === 0 ? "root may read everything" : undefined;
testWith(
  withoutLimits,
  "readManifest() says of a folder that only its owner may read how others get at it",
  async () => {
    await inTemporary(async (root) => {
      const native = join(root, "native");
      await Deno.chmod(native, 0);
      const ending = /Cannot read .*native: .*chmod -R a\+rX.*FER_LAB_CACHE/;
      await assert.rejects(readManifest(native, tensorflowBuild()), ending)
        .finally(() => Deno.chmod(native, 0o700));
    });
  },
);
