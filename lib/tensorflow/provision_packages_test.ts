import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { installPackages } from "./provision_packages.ts";
import type { RunResult } from "./runner.ts";

/** Installs into an empty checkout where deno install ends as told; counts how often it is run. */
async function install(result: RunResult, there: readonly string[] = []): Promise<number> {
  const checkout = await Deno.makeTempDir();
  try {
    for (const name of there) {
      const folder = join(checkout, "node_modules", name);
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(join(folder, "package.json"), "{}");
    }
    let runs = 0;
    const run = () => {
      runs++;
      return Promise.resolve(result);
    };
    await installPackages(checkout, { quiet: true, run });
    return runs;
  } finally {
    await Deno.remove(checkout, { recursive: true });
  }
}

const OK: RunResult = { code: 0, stdout: "", stderr: "" };

Deno.test("installPackages() installs only where something is missing", async () => {
  assert.equal(await install(OK), 1);
  assert.equal(await install(OK, ["@tensorflow/tfjs-node"]), 1);
  assert.equal(await install(OK, ["@tensorflow/tfjs-node", "node-api-headers"]), 0);
});

Deno.test("installPackages() says why the packages did not come", async () => {
  for (
    const [stderr, message] of [
      [
        "error: Failed caching npm package\n client error (Connect): dns error",
        /check the network/,
      ],
      ["error: No space left on device (os error 28)", /No space left for the npm packages/],
      ["Download x\nerror: Could not find npm package 'x'", /^deno install failed: Could not find/],
    ] as const
  ) {
    await assert.rejects(install({ code: 1, stdout: "", stderr }), (error) => {
      assert(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  }
});
