import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { follow, pause } from "./interruption.ts";

const MAIN = import.meta.resolve("./main.ts");
const INTERRUPTION = import.meta.resolve("./interruption.ts");

/** Runs a main function, and does something once it says "ready"; gives code and standard error. */
async function run(
  body: string,
  act: (child: Deno.ChildProcess, wait: (milliseconds: number) => Promise<void>) => Promise<void>,
) {
  const code = `import { runMain } from "${MAIN}";
    import { beforeLeaving, interruptAtEndOf, interruptible } from "${INTERRUPTION}";
    setInterval(() => {}, 1000);
    await runMain(async () => { ${body} });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await act(child, (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const stderr = await new Response(child.stderr).text();
  await child.stdin.close().catch(() => {});
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

Deno.test("The end of an input is one press with the signals that come with it", async () => {
  const work = `interruptAtEndOf(Deno.stdin.readable);
    await interruptible(async (signal) => {
      console.log("ready");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 500));
      console.error("at a good end");
    });`;
  const close = async ({ stdin }: Deno.ChildProcess) => await stdin.close();
  const press = async (child: Deno.ChildProcess) => await Promise.resolve(child.kill("SIGINT"));
  for (const order of [[close], [close, press], [press, close]]) {
    const { code, stderr } = await run(work, async (child, wait) => {
      for (const act of order) {
        await act(child);
        await wait(100);
      }
    });
    match(stderr, /at a good end\n$/);
    strictEqual(code, 0);
  }
});

Deno.test("The end of an input ends a program at once that has nothing to bring to an end", async () => {
  const { code, stderr } = await run(
    `interruptAtEndOf(Deno.stdin.readable); console.log("ready"); ${FOREVER}`,
    async ({ stdin }) => await stdin.close(),
  );
  strictEqual(code, 130);
  match(stderr, /^Interrupted: nothing is lost, .*\n$/);
});

Deno.test("follow() shows nothing of what it looks at when a press comes", async () => {
  const press = new AbortController();
  const shown: number[] = [];
  let looks = 0;
  await follow({
    look: async () => {
      await pause(1, new AbortController().signal);
      if (++looks === 3) press.abort();
      return looks;
    },
    show: (look) => shown.push(look),
    every: 1,
    signal: press.signal,
  });
  deepStrictEqual(shown, [1, 2]);
});

Deno.test("pause() ends with a press, and does not begin after one", async () => {
  const press = new AbortController();
  const waiting = pause(1_000_000, press.signal);
  press.abort();
  await waiting;
  await pause(1_000_000, press.signal);
});
