import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "./error.ts";
import { isHeld, lockFolder } from "./lock.ts";

const LOCK = import.meta.resolve("./lock.ts");

/** A process that holds a folder's lock until it is killed. */
async function holder(folder: string): Promise<Deno.ChildProcess> {
  const code = `import { lockFolder } from ${JSON.stringify(LOCK)};
    const lock = await lockFolder(${JSON.stringify(folder)}, { now: new Date(0) });
    console.log("locked");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    lock[Symbol.dispose]();`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", `data:application/typescript,${encodeURIComponent(code)}`],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

Deno.test("A locked folder is refused with its holder's process and start, and free when it is killed", async () => {
  const folder = `${await Deno.makeTempDir()}/new/run`;
  const child = await holder(folder);
  await rejects(lockFolder(folder), (error: Error) => {
    ok(error instanceof UserError);
    strictEqual(
      error.message,
      `Another run writes to ${folder} (process ${child.pid}, started 1970-01-01T00:00:00.000Z): ` +
        "wait or stop it",
    );
    return true;
  });
  child.kill("SIGKILL");
  await child.status;
  // What it wrote is still there: a stale lock is none.
  ok((await Deno.readTextFile(`${folder}/run.lock.json`)).includes(`${child.pid}`));
  (await lockFolder(folder))[Symbol.dispose]();
});

Deno.test("A folder is locked once, until the end of the scope", async () => {
  const folder = await Deno.makeTempDir();
  {
    using _lock = await lockFolder(folder);
    await rejects(lockFolder(folder), new RegExp(`process ${Deno.pid}, started `));
  }
  using _again = await lockFolder(folder);
});

Deno.test("A task that may not ask for the machine's name locks all the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = join(folder, "lock.ts");
    const module = import.meta.resolve("./lock.ts");
    await Deno.writeTextFile(
      script,
      `import { lockFolder } from "${module}"; using _ = await lockFolder("${folder}");`,
    );
    const { stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-prompt", "--no-config", "--allow-read", "--allow-write", script],
    }).output();
    deepStrictEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
    match(await Deno.readTextFile(join(folder, "run.lock.json")), /^\{"pid":\d+,"started":/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Whether a folder is held can be looked at without writing, and keeps nobody from taking it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    strictEqual(await isHeld(folder), false);
    deepStrictEqual([...Deno.readDirSync(folder)], []);
    {
      using _lock = await lockFolder(folder);
      strictEqual(await isHeld(folder), true);
    }
    strictEqual(await isHeld(folder), false);
    // As a look that is under way when somebody takes the folder.
    const look = await Deno.open(join(folder, "run.lock.json"));
    ok(await look.tryLock(false));
    setTimeout(() => look.close(), 10);
    (await lockFolder(folder))[Symbol.dispose]();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
