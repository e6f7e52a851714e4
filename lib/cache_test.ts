import assert from "node:assert/strict";
import { join } from "node:path";
import { userCacheFolder } from "./cache.ts";

/** Runs a test with other environment variables; undefined takes one away. */
function withEnv(variables: Record<string, string | undefined>, test: () => void): void {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(variables)) set(name, value);
  try {
    test();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

Deno.test("a relative FER_LAB_CACHE starts where the person stands, and is absolute", () => {
  const folders = { "mycache": "/where/mycache", "../x/": "/x", ".": "/where", "/a/b": "/a/b" };
  for (const [written, meant] of Object.entries(folders)) {
    withEnv({ INIT_CWD: "/where", FER_LAB_CACHE: written }, () => {
      assert.equal(userCacheFolder(), meant);
    });
  }
  withEnv({ INIT_CWD: undefined, FER_LAB_CACHE: "mycache" }, () => {
    assert.equal(userCacheFolder(), join(Deno.cwd(), "mycache"));
  });
});

Deno.test("a tilde in FER_LAB_CACHE is the home folder, which no shell puts in within quotes", () => {
  withEnv({ HOME: "/home/someone", FER_LAB_CACHE: "~/cache" }, () => {
    assert.equal(userCacheFolder(), "/home/someone/cache");
  });
  withEnv({ HOME: undefined, FER_LAB_CACHE: "~/cache" }, () => {
    assert.throws(userCacheFolder, /~\/cache.*HOME/);
  });
});

Deno.test("without FER_LAB_CACHE the cache is in the system's place", () => {
  withEnv({ HOME: "/home/someone", FER_LAB_CACHE: "", XDG_CACHE_HOME: "relative" }, () => {
    const place = Deno.build.os === "darwin" ? "Library/Caches/fer-lab" : ".cache/fer-lab";
    assert.equal(userCacheFolder(), `/home/someone/${place}`);
  });
});
