import { deepStrictEqual, match, strictEqual } from "node:assert/strict";

const MAIN = import.meta.resolve("./main.ts");
const INTERRUPTION = import.meta.resolve("./interruption.ts");

/** Runs a main function, and does something once it says "ready"; gives code and standard error. */
async function run(
  body: string,
  act: (child: Deno.ChildProcess, wait: (milliseconds: number) => Promise<void>) => Promise<void>,
) {
  const code = `import { runMain } from "${MAIN}";
    import { beforeLeaving, interruptible } from "${INTERRUPTION}";
    setInterval(() => {}, 1000);
    await runMain(async () => { ${body} });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await act(child, (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const stderr = await new Response(child.stderr).text();
  await reader.cancel();
  return { code: (await child.status).code, stderr };
}

const FOREVER = "await new Promise(() => {});";

Deno.test("A press ends a program at once and in words, whatever it is at", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const { code, stderr } = await run(
      `using _ = beforeLeaving(() => console.error("cleared up"));
       console.log("ready"); ${FOREVER}`,
      async (child) => await Promise.resolve(child.kill(signal)),
    );
    strictEqual(code, 130, signal);
    match(stderr, /^cleared up\nInterrupted: nothing is lost, .*\n$/);
  }
});

Deno.test("Interruptible work hears of a press, and signals within a second are one press", async () => {
  const { code, stderr } = await run(
    `await interruptible(async (signal) => {
       console.log("ready");
       await new Promise((resolve) => signal.addEventListener("abort", resolve));
       await new Promise((resolve) => setTimeout(resolve, 500));
       console.error("at a good end");
     });
     return 3;`,
    async (child, wait) => {
      for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) {
        child.kill(signal);
        await wait(50);
      }
    },
  );
  deepStrictEqual([code, stderr.split("\n")], [3, [
    "Stopping after this step; once more to stop at once",
    "at a good end",
    "",
  ]]);
});

Deno.test("A second press ends interruptible work that does not come to an end", async () => {
  const { code, stderr } = await run(
    `await interruptible(async () => { console.log("ready"); ${FOREVER} });`,
    async (child, wait) => {
      child.kill("SIGINT");
      await wait(1200);
      child.kill("SIGINT");
    },
  );
  strictEqual(code, 130);
  match(stderr, /^Stopping after this step.*\nInterrupted: .*\n$/);
});
