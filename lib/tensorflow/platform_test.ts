import assert from "node:assert/strict";
import { bytesNeeded, tensorflowBuild } from "./platform.ts";

Deno.test("tensorflowBuild() has a pinned wheel for each supported platform", () => {
  const seen = new Set<string>();
  for (const [os, arch] of [["linux", "x86_64"], ["linux", "aarch64"], ["darwin", "aarch64"]]) {
    const build = tensorflowBuild(os, arch);
    assert.match(build.sha256, /^[0-9a-f]{64}$/);
    seen.add(build.sha256).add(build.platform);
    assert(bytesNeeded(build) > 0.9e9 && bytesNeeded(build) < 1.3e9);
  }
  assert.equal(seen.size, 6);
});

Deno.test("tensorflowBuild() sends Windows to WSL", () => {
  assert.throws(() => tensorflowBuild("windows", "x86_64"), /WSL/);
});

Deno.test("tensorflowBuild() names the platforms there are where another is asked for", () => {
  assert.throws(() => tensorflowBuild("darwin", "x86_64"), /macos-x64: use one of linux-x64, /);
});
