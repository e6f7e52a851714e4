import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { withRepository } from "./_repository.ts";
import { goneOnWith, noteCheckout, readCheckout } from "./checkout.ts";
import { sha256 } from "./digest.ts";

Deno.test("A clean checkout is its commit, and an edited one that and its patch by its digest", () =>
  withRepository(async ({ folder, git, write }) => {
    const place = { checkout: folder, file: join(folder, ".cache", "checkout.json") };
    const commit = await git("rev-parse", "HEAD");
    await noteCheckout(place);
    deepStrictEqual(await readCheckout(place), { git: { commit, patch: null }, patch: null });

    await write({ "lib/a.ts": "edited\n" });
    await noteCheckout(place);
    const { git: state, patch } = await readCheckout(place);
    deepStrictEqual(state, { commit, patch: sha256(patch!) });
    deepStrictEqual([...Deno.readDirSync(join(folder, ".cache"))].map(({ name }) => name), [
      "checkout.json",
    ]);

    // Between set-up and training, also back to what is committed; a test is no part of a run.
    await write({ "lib/a_test.ts": "test\n" });
    strictEqual((await readCheckout(place)).git?.edited, undefined);
    await write({ "lib/a.ts": "a\n" });
    deepStrictEqual((await readCheckout(place)).git, { ...state, edited: true });
    await noteCheckout(place);
    strictEqual((await readCheckout(place)).git?.edited, undefined);
  }));

Deno.test("Outside git, and before any set-up, there is no state", async () => {
  const checkout = await Deno.makeTempDir();
  const place = { checkout, file: join(checkout, "checkout.json") };
  try {
    for (const file of ["deno.json", "deno.lock", "experiments", "lib"]) {
      await Deno.writeTextFile(join(checkout, file), "");
    }
    deepStrictEqual(await readCheckout(place), { git: null, patch: null });
    await noteCheckout(place);
    deepStrictEqual(await readCheckout(place), { git: null, patch: null });
    const commit = "abc123".padEnd(40, "0");
    for (
      const note of [
        ...["{", "{}", "7", '"abc123"', "[]", `{"commit":"${commit}","patch":""}`],
        `{"commit":"${commit}","patch":"","code":""}`,
        `{"commit":"${commit}","patch":"${"d".repeat(64)}"}`,
      ]
    ) {
      await Deno.writeTextFile(place.file, note);
      await rejects(readCheckout(place), { name: "UserError", message: /run deno task setup$/ });
    }
  } finally {
    await Deno.remove(checkout, { recursive: true });
  }
});

Deno.test("A run that goes on with other code than it was begun with says so, from then on", () => {
  const [a, b] = ["a", "b"].map((digit) => ({ commit: digit.repeat(40), patch: null }));
  deepStrictEqual(goneOnWith(a, a!), a);
  deepStrictEqual(goneOnWith(undefined, a!), a);
  deepStrictEqual(goneOnWith(a, b!), { ...b, edited: true });
  deepStrictEqual(goneOnWith(a, { ...a!, patch: "d".repeat(64) })?.edited, true);
  deepStrictEqual(goneOnWith({ ...b!, edited: true }, b!), { ...b, edited: true });
  strictEqual(goneOnWith(a, null), null);
});
