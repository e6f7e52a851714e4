import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { Runner } from "../tensorflow/runner.ts";
import { isProvided, provideJupyter } from "./jupyter.ts";

/** A runner that gives each program's answer by its first matching word, and notes what ran. */
function runner(answers: Record<string, { code?: number; stdout?: string; stderr?: string }>) {
  const ran: string[] = [];
  const run: Runner = (command, args) => {
    const line = [command, ...args].join(" ");
    ran.push(line);
    const key = Object.keys(answers).find((word) => line.includes(word));
    return Promise.resolve({ code: 0, stdout: "3.11.7", stderr: "", ...(key ? answers[key] : {}) });
  };
  return { run, ran };
}

Deno.test("provideJupyter() makes the environment once, and the kernel's specification", async () => {
  await inFolder(async (cache) => {
    const { run, ran } = runner({});
    const jupyter = await provideJupyter({ cache, run, quiet: true });
    await provideJupyter({ cache, run, quiet: true });
    equal(ran.filter((line) => line.includes("-m venv")).length, 1);
    equal(ran.filter((line) => line.includes("-m pip install")).length, 1);
    equal(await isProvided(cache), true);
    const kernel = join(jupyter.env.JUPYTER_DATA_DIR!, "kernels", "deno", "kernel.json");
    deepEqual(JSON.parse(await Deno.readTextFile(kernel)).argv.slice(1, 3), [
      "jupyter",
      "--kernel",
    ]);
    for (const [name, value] of Object.entries(jupyter.env)) {
      if (/DIR$|PATH$/.test(name)) equal(value.startsWith(cache), true, name);
    }
  });
});

const TROUBLES = {
  "a Python that is too old": [
    { "import sys": { stdout: "3.8.1" } },
    /python3 is 3\.8\.1: JupyterLab needs Python 3\.10 or newer/,
  ],
  "a Python without venv": [
    { "-m venv": { code: 1, stdout: "ensurepip is not available" } },
    /python3 -m venv failed \(ensurepip is not available\): install/,
  ],
  "no network": [
    { "-m pip": { code: 1, stderr: "ERROR: NewConnectionError" } },
    /no connection to the Python package index/,
  ],
} as const;

for (const [name, [answers, message]] of Object.entries(TROUBLES)) {
  Deno.test(`provideJupyter() says in a line what to do about ${name}`, async () => {
    await inFolder(async (cache) => {
      const { run } = runner(answers);
      await rejects(provideJupyter({ cache, run, quiet: true }), message);
      equal(await isProvided(cache), false);
    });
  });
}

Deno.test("provideJupyter() says so where there is no Python", async () => {
  await inFolder(async (cache) => {
    const run = () => Promise.reject(new Deno.errors.NotFound("python3"));
    await rejects(provideJupyter({ cache, run, quiet: true }), /^UserError: No python3 in PATH/);
  });
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
