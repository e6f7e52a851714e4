import assert from "node:assert/strict";
import { join } from "node:path";
import { UsageError, UserError } from "./error.ts";
import { userPath } from "./paths.ts";

const here = { cwd: "/where/one stands", home: "/home/someone" };

Deno.test("a relative path starts where the person stands", () => {
  assert.equal(userPath("data/x.zip", here), "/where/one stands/data/x.zip");
  assert.equal(userPath("../x.zip", here), "/where/x.zip");
  assert.equal(userPath(".", here), "/where/one stands");
  assert.equal(userPath("./x/", here), "/where/one stands/x");
});

Deno.test("an absolute path stays what it is", () => {
  assert.equal(userPath("/data/x.zip", here), "/data/x.zip");
});

Deno.test("a tilde is the home folder only where a shell would have it so", () => {
  assert.equal(userPath("~", here), "/home/someone");
  assert.equal(userPath("~/x/../y", here), "/home/someone/y");
  assert.equal(userPath("~x", here), "/where/one stands/~x");
  assert.equal(userPath("a/~", here), "/where/one stands/a/~");
});

Deno.test("a tilde without a home is refused with what to do", () => {
  assert.throws(
    () => userPath("~/x", { cwd: "/here", home: "" }),
    (error) => error instanceof UserError && /~\/x.*HOME/.test(error.message),
  );
});

Deno.test("a path that is not UTF-8 is refused, unless something has what stands in its place as a name", async () => {
  assert.throws(
    () => userPath("caf\ufffd.png", here),
    (error) => error instanceof UserError && /^caf\ufffd.png: Its name is not/.test(error.message),
  );
  const folder = await Deno.makeTempDir();
  try {
    const odd = join(folder, "caf\ufffd.png");
    await Deno.writeTextFile(odd, "");
    assert.equal(userPath("caf\ufffd.png", { cwd: folder }), odd);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an address on the web is refused as typed, not looked for as a path", () => {
  for (const address of ["https://example.org/fer2013.zip", "HTTP://example.org/x.png"]) {
    assert.throws(
      () => userPath(address, here),
      (error) =>
        error instanceof UsageError && error.message.startsWith(`${address}: Is an address: `),
    );
  }
  assert.equal(userPath("https:x", here), "/where/one stands/https:x");
});

/** What a process of its own makes of `mine/x`. */
async function inProcess(args: string[], env: Record<string, string>): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const script = join(folder, "script.ts");
    const module = new URL("./paths.ts", import.meta.url).href;
    await Deno.writeTextFile(
      script,
      `import { userPath } from ${JSON.stringify(module)};\nconsole.log(userPath("mine/x"));\n`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-config", "--allow-read", ...args, script],
      cwd: folder,
      env,
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim().replace(folder, "CWD");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a task goes by the folder it was called in, and without that by its own", async () => {
  const called = { INIT_CWD: "/called/here" };
  assert.equal(await inProcess(["--allow-env=INIT_CWD"], called), "/called/here/mine/x");
  assert.equal(await inProcess(["--allow-env=INIT_CWD"], { INIT_CWD: "" }), "CWD/mine/x");
});

Deno.test("a task that may not read the environment goes by its own folder", async () => {
  assert.equal(await inProcess([], { INIT_CWD: "/called/here" }), "CWD/mine/x");
});
