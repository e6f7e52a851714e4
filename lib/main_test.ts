import { deepStrictEqual, match, strictEqual } from "node:assert/strict";

const MAIN = new URL("./main.ts", import.meta.url).href;
const ERROR = new URL("./error.ts", import.meta.url).href;

/** Runs a main function in a process of its own; gives its exit code and standard error. */
async function run(main: string, env: Record<string, string> = {}) {
  const code = `import { Interrupted, UsageError, UserError } from "${ERROR}";
    import { runMain } from "${MAIN}";
    await runMain(async () => { ${main} });`;
  const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    env: { NO_COLOR: "1", FER_LAB_TRACE: "", ...env },
    stdout: "null",
  }).output();
  return { exit, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("runMain() exits with what the function says and prints one line for an error", async () => {
  const [fine, three, user, usage, interrupted] = await Promise.all([
    run(""),
    run("return 3;"),
    run('throw new UserError("No such file: x");'),
    run('throw new UsageError("Unknown flag");'),
    run('throw new Interrupted("Stopped after epoch 2");'),
  ]);
  deepStrictEqual(fine, { exit: 0, stderr: "" });
  deepStrictEqual(three, { exit: 3, stderr: "" });
  deepStrictEqual(user, { exit: 1, stderr: "Error: No such file: x\n" });
  deepStrictEqual(usage, { exit: 2, stderr: "Error: Unknown flag\n" });
  deepStrictEqual(interrupted, { exit: 130, stderr: "Stopped after epoch 2\n" });
});

Deno.test("runMain() shows where an unforeseen error happened only on request", async () => {
  const fail = 'throw new TypeError("Odd");';
  const plain = await run(fail);
  strictEqual(plain.exit, 1);
  match(plain.stderr, /^Error: Odd\nThis was not foreseen: set FER_LAB_TRACE=1 .*\n$/);
  const traced = await run(fail, { FER_LAB_TRACE: "1" });
  match(traced.stderr, /TypeError: Odd\n\s+at /);
});

Deno.test("runMain() explains a denied permission in one line", async () => {
  const code = `import { runMain } from "${MAIN}";
    await runMain(() => Deno.writeTextFile("/nowhere/x", "x"));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, code);
  const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-env", file],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  await Deno.remove(file);
  strictEqual(exit, 1);
  match(
    new TextDecoder().decode(stderr),
    /^Error: Requires write access to "\/nowhere\/x", which this task does not have .*deno run --allow-write\n$/,
  );
});
