import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { RunResult } from "../lib/tensorflow/runner.ts";
import { peerEnvironment } from "./venv.ts";

const OK: RunResult = { code: 0, stdout: "", stderr: "" };

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("peerEnvironment() installs once, PyTorch without what it asks for", () =>
  inFolder(async (folder) => {
    const calls: string[] = [];
    const run = (command: string, args: readonly string[]) => {
      calls.push([command, ...args].join(" "));
      return Promise.resolve(OK);
    };
    const python = await peerEnvironment(folder, { run, quiet: true });
    assertEquals(python, join(folder, "bin", "python"));
    const installs = calls.filter((call) => call.includes("pip install"));
    assertEquals(installs.map((call) => call.includes("--no-deps")), [false, true, false]);
    const before = calls.length;
    await peerEnvironment(folder, { run, quiet: true });
    assertEquals(calls.length, before);
  }));

Deno.test("peerEnvironment() tells pip's reason and starts over next time", () =>
  inFolder(async (folder) => {
    let works = false;
    let venvs = 0;
    const run = (_: string, args: readonly string[]) => {
      if (args.includes("venv")) venvs++;
      const failed = args.includes("pip") && !works;
      const stderr = "ERROR: No matching distribution found\nWARNING: x\n";
      return Promise.resolve(failed ? { code: 1, stdout: "", stderr } : OK);
    };
    await rejects(peerEnvironment(folder, { run, quiet: true }), {
      name: "UserError",
      message: /No matching distribution found.*leave out --peers/,
    });
    works = true;
    await peerEnvironment(folder, { run, quiet: true });
    assertEquals(venvs, 2);
  }));

Deno.test("peerEnvironment() says that Python is missing", () =>
  inFolder(async (folder) => {
    const run = () => Promise.reject(new Deno.errors.NotFound());
    await rejects(peerEnvironment(folder, { run, quiet: true }), /needs Python 3/);
  }));
