/**
 * What training must not be able to do, tried from inside a process with a task's own permissions:
 * for `permissions_test.ts`, which starts it.
 *
 * @module
 */

import { join } from "node:path";
// What a training process has loaded when something in it could go wrong.
import "../run/train_run.ts";

const [elsewhere] = Deno.args as [string];

/** Every attempt, and what is said of it: `allowed`, `denied`, or another error. */
const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  "open a connection": () => Deno.connect({ hostname: "127.0.0.1", port: 49151 }),
  "fetch": () => fetch("http://127.0.0.1:49151/"),
  "look up a name": () => Deno.resolveDns("example.org", "A"),
  "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  "start a program": () => new Deno.Command("true").output(),
  "start a program through Node": async () => {
    const { spawn } = await import("node:child_process");
    await new Promise((resolve, reject) => spawn("true").on("error", reject).on("exit", resolve));
  },
  "write elsewhere": () => Deno.writeTextFile(elsewhere, "x"),
  "write into the code": () => Deno.writeTextFile(join(import.meta.dirname!, "x.tmp"), "x"),
  "write elsewhere through Node": async () =>
    (await import("node:fs")).writeFileSync(elsewhere, "x"),
  "write to reports": async () => {
    const file = await Deno.makeTempFile({ dir: "reports", prefix: "permissions-" });
    await Deno.remove(file);
  },
};

const results: Record<string, string> = {};
for (const [name, attempt] of Object.entries(ATTEMPTS)) {
  try {
    await attempt();
    results[name] = "allowed";
  } catch (error) {
    const { name: kind, code } = error as Error & { code?: string };
    results[name] = kind === "NotCapable" || code === "ERR_ACCESS_DENIED" ? "denied" : `${error}`;
  }
}
console.log(JSON.stringify(results));
