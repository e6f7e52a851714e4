import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { exists } from "../file.ts";
import { runProcess, taskPermissions } from "./process.ts";

const tasks = async () =>
  Object.keys(JSON.parse(await Deno.readTextFile(join(CHECKOUT, "deno.json"))).tasks);

Deno.test("Training can open no connection, start no program, and write nowhere else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const elsewhere = join(folder, "file");
    const { stdout, stderr } = await runProcess([
      ...[Deno.execPath(), "run", "-q", ...await taskPermissions("exp:baseline")],
      ...["lib/fault/_attempts.ts", elsewhere],
    ]);
    ok(stdout, stderr);
    const { "write to reports": reports, ...others } = JSON.parse(stdout);
    // Or a test that denies everything would pass as well.
    strictEqual(reports, "allowed");
    ok(Object.keys(others).length > 8);
    deepStrictEqual([...new Set(Object.values(others))], ["denied"], JSON.stringify(others));
    strictEqual(await exists(elsewhere), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("All experiments have the same permissions, and none to connect or to start programs", async () => {
  const expected = await taskPermissions("exp:baseline");
  for (const task of (await tasks()).filter((name) => name.startsWith("exp:"))) {
    deepStrictEqual(await taskPermissions(task), expected, task);
  }
  ok(!expected.some((flag) => /^--allow-(net|run|all|import)|^-A/.test(flag)), expected.join(" "));
});

Deno.test("README.md tells the permissions of every task that deno.json has", async () => {
  const page = await Deno.readTextFile(join(CHECKOUT, "README.md"));
  const section = page.split("\n## Permissions\n")[1]?.split("\n## ")[0] ?? "";
  const told = new Map(
    section.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => {
      const [, names, flags] = line.split("|").map((cell) => words(cell));
      return names!.map((name) => [name, flags!.map((flag) => `--allow-${flag}`).sort()] as const);
    }),
  );
  // Somebody's own experiments are as all others.
  for (const task of await tasks()) {
    if (task.startsWith("exp:") && !told.has(task)) told.set(task, told.get("exp:baseline")!);
  }
  const given = new Map<string, string[]>();
  for (const task of await tasks()) {
    const flags = await taskPermissions(task);
    given.set(task, flags.filter((flag) => flag !== "--no-prompt").sort());
  }
  deepStrictEqual([...told].sort(), [...given].sort());
});

/** What stands in backquotes. */
function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
}
