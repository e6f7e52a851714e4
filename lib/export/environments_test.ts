import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { testInFolder } from "../command/_in_folder.ts";
import { pythonOf } from "../venv.ts";
import { join } from "node:path";
import type { Runner } from "../tensorflow/runner.ts";
import { downloadsOf, isProvided, providePython, runScript } from "./environments.ts";

testInFolder("An environment is made once, of its own requirements", async (cache) => {
  const ran: string[] = [];
  const run: Runner = (command, args) => {
    ran.push([command, ...args].join(" "));
    return Promise.resolve({ code: 0, stdout: "3.13.1", stderr: "" });
  };
  for (const name of ["export", "keras"] as const) {
    strictEqual(await isProvided(name, cache), false);
    ok(downloadsOf(name).includes(`.cache/venv-${name}`));
    const python = await providePython(name, { cache, run, quiet: true });
    strictEqual(python, pythonOf(join(cache, `venv-${name}`)));
    await providePython(name, { cache, run, quiet: true });
    strictEqual(await isProvided(name, cache), true);
  }
  const installed = ran.filter((line) => line.includes("-m pip install"));
  deepStrictEqual(
    installed.map((line) => /requirements\w*\.txt$/.exec(line)?.[0]),
    ["requirements.txt", "requirements_keras.txt"],
  );
});

testInFolder("No network, and a Python too old for NumPy, are a line each", async (cache) => {
  const answers = (
    answers: Record<string, { code?: number; stdout?: string; stderr?: string }>,
  ) => {
    const run: Runner = (command, args) => {
      const line = [command, ...args].join(" ");
      const key = Object.keys(answers).find((word) => line.includes(word));
      const good = { code: 0, stdout: "3.11.7", stderr: "" };
      return Promise.resolve({ ...good, ...key ? answers[key] : {} });
    };
    return { cache, run, quiet: true };
  };
  await rejects(
    providePython("keras", answers({ "-m pip": { code: 1, stderr: "ERROR: NewConnectionError" } })),
    /^UserError: The TensorFlow and Keras packages could not be installed: no connection to the Python/,
  );
  await rejects(
    providePython("export", answers({ "import sys": { stdout: "3.10.2" } })),
    /^UserError: python3 is 3\.10\.2: onnxruntime needs Python 3\.11 or newer/,
  );
  strictEqual(await isProvided("keras", cache), false);
});

Deno.test("A script that fails is told of by its last words", async () => {
  const run: Runner = () =>
    Promise.resolve({ code: 1, stdout: "", stderr: "Traceback\n  x\nImportError: no h5py\n" });
  await rejects(
    runScript("/venv/bin/python", "keras_model.py", [], { run }),
    /^UserError: keras_model\.py failed \(ImportError: no h5py\): delete the environment/,
  );
});
