import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { RunEvent } from "../run/events.ts";
import { runChild } from "./child.ts";

/** Runs a few words of code as a run's process, and gives how it ended and what it told. */
async function run(code: string, controller = new AbortController()) {
  const events: RunEvent[] = [];
  const lines: string[] = [];
  const end = await runChild(["eval", "--quiet", code], {
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      controller.abort();
    },
    onLine: (line) => void lines.push(line),
  });
  return { end, events, lines };
}

const never = () => Object.assign(new AbortController(), { abort: () => {} });

Deno.test("A process tells events on standard output, and lines on standard error", async () => {
  const { end, events, lines } = await run(
    `console.log('{"kind":"begin","after":0}\\nnoise\\n{"kind":"score"}');
     console.error("a note\\n\\nanother");`,
    never(),
  );
  deepStrictEqual(end, { status: "done" });
  deepStrictEqual(events, [{ kind: "begin", after: 0 }, { kind: "score" }]);
  deepStrictEqual(lines, ["a note", "another"]);
});

Deno.test("Of a process that fails the reason is its error, or what ended it", async () => {
  const reason = async (code: string) => {
    const { end } = await run(code);
    return end.status === "failed" ? end.reason : end.status;
  };
  strictEqual(
    await reason(
      `console.error("a note\\nError: It diverged: try less\\n    at stack.ts"); Deno.exit(1)`,
    ),
    "It diverged: try less",
  );
  strictEqual(await reason("Deno.exit(3)"), "it ended with code 3");
  strictEqual(await reason("Deno.kill(Deno.pid, 'SIGABRT')"), "it was ended by SIGABRT");
  match(await reason("Deno.kill(Deno.pid, 'SIGKILL')"), /^it was killed; if for want of memory/);
  match(await reason("Deno.exit(130)"), /^it alone was interrupted/);
});

Deno.test("A process is asked to stop by the end of its input", async () => {
  const { end } = await run(
    `console.log('{"kind":"score"}');
     for await (const _ of Deno.stdin.readable);
     Deno.exit(130);`,
  );
  deepStrictEqual(end, { status: "stopped" });
  // What was over before it heard of it is done all the same.
  const done = await run(
    `console.log('{"kind":"score"}'); for await (const _ of Deno.stdin.readable);`,
  );
  deepStrictEqual(done.end, { status: "done" });
});

Deno.test("A second press kills a process that does not stop", async () => {
  const url = (path: string) => import.meta.resolve(path);
  const deaf = `console.error(Deno.pid); setInterval(() => {}, 1000);
    Deno.addSignalListener("SIGINT", () => {});`;
  const code = `import { runMain } from "${url("../main.ts")}";
    import { interruptible } from "${url("../interruption.ts")}";
    import { runChild } from "${url("./child.ts")}";
    await runMain(() => interruptible(async (signal) => {
      await runChild(["eval", "--quiet", ${JSON.stringify(deaf)}], {
        signal,
        onEvent: () => {},
        onLine: console.log,
      });
    }));`;
  const sweep = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = sweep.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await said.read()).value));
  sweep.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  Deno.kill(pid, "SIGCONT");
  sweep.kill("SIGINT");
  strictEqual((await sweep.status).code, 130);
  await said.cancel();
  match(await new Response(sweep.stderr).text(), /^Stopping.*\nInterrupted: /);
  let alive = true;
  for (let i = 0; alive && i < 100; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    try {
      // Does nothing to a process that runs.
      Deno.kill(pid, "SIGCONT");
    } catch {
      alive = false;
    }
  }
  ok(!alive);
});
