import { deepStrictEqual, match, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { noteCheckoutState, readCheckoutState } from "./checkout.ts";
import { UserError } from "./error.ts";

/** What a checkout in some state is noted and read as. */
async function noted(answers: Readonly<Record<string, string | undefined>>) {
  const file = `${await Deno.makeTempDir()}/checkout.json`;
  await noteCheckoutState({ git: (args) => Promise.resolve(answers[args[0]!]), file });
  return await readCheckoutState(file);
}

const COMMIT = "abc123".padEnd(40, "0");
const CLEAN = { "rev-parse": `${COMMIT}\n`, diff: "", status: "" };

Deno.test("a clean checkout is its commit", async () => {
  deepStrictEqual(await noted(CLEAN), { commit: COMMIT, patch: null });
});

Deno.test("what is not committed is told by a digest, new files included", async () => {
  const changed = await noted({ ...CLEAN, diff: "+x", status: " M a.ts\n" });
  match(changed!.patch!, /^[0-9a-f]{64}$/);
  const other = await noted({ ...CLEAN, diff: "+y", status: " M a.ts\n" });
  notStrictEqual(other!.patch, changed!.patch);
  const untracked = await noted({ ...CLEAN, status: "?? b.ts\n" });
  match(untracked!.patch!, /^[0-9a-f]{64}$/);
});

Deno.test("outside git, and before any set-up, there is no state", async () => {
  strictEqual(await noted({}), null);
  strictEqual(await readCheckoutState(`${await Deno.makeTempDir()}/none.json`), null);
});

Deno.test("a damaged note is an error that says what to run", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "{");
  await rejects(
    readCheckoutState(file),
    (error: Error) => error instanceof UserError && error.message.endsWith("run deno task setup"),
  );
});

Deno.test("a note of anything but a commit is an error before a run, not after it", async () => {
  const file = await Deno.makeTempFile();
  for (const note of ["{}", "7", '"abc123"', `{"commit":"${COMMIT}","patch":""}`, "[]"]) {
    await Deno.writeTextFile(file, note);
    await rejects(readCheckoutState(file), { name: "UserError", message: /run deno task setup$/ });
  }
});
