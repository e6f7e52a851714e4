import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { testInFolder } from "../command/_in_folder.ts";
import { pythonOf } from "../venv.ts";
import { join } from "node:path";
import type { Runner } from "../tensorflow/runner.ts";
import { isProvided, providePythons, runScript } from "./environments.ts";

testInFolder("Environments are made once, each of its own requirements", async (cache) => {
  const ran: string[] = [];
  const run: Runner = (command, args) => {
    ran.push([command, ...args].join(" "));
    return Promise.resolve({ code: 0, stdout: "3.13.1", stderr: "" });
  };
  const names = ["export", "keras"] as const;
  const provide = () =>
    providePythons(names, { cache, run, quiet: true, say: (line) => ran.push(line) });
  for (const name of names) strictEqual(await isProvided(name, cache), false);
  const python = (name: string) => pythonOf(join(cache, `venv-${name}`));
  const pythons = { export: python("export"), keras: python("keras") };
  deepStrictEqual(await provide(), pythons);
  // What is downloaded is said before anything is.
  const [small, large, first] = ran;
  ok(small!.includes(".cache/venv-export (180 MB") && large!.includes(".cache/venv-keras (1.6 GB"));
  ok(first!.startsWith("python3"), first!);
  const installed = ran.filter((line) => line.includes("-m pip install"));
  deepStrictEqual(
    installed.map((line) => /requirements\w*\.txt$/.exec(line)?.[0]),
    ["requirements.txt", "requirements_keras.txt"],
  );
  const all = ran.length;
  deepStrictEqual(await provide(), pythons);
  strictEqual(ran.length, all);
  for (const name of names) strictEqual(await isProvided(name, cache), true);
});

testInFolder("A terminal of 80 columns shows which package is fetched", async (cache) => {
  const run: Runner = (_command, args, { onLine } = {}) => {
    if (args.includes("pip")) {
      for (let i = 1; i <= 16; i++) onLine!("Collecting typing_extensions>=4 (from tensorflow)");
      onLine!("Installing collected packages: typing_extensions");
    }
    return Promise.resolve({ code: 0, stdout: "3.11.7", stderr: "" });
  };
  let written = "";
  let seconds = 0;
  const output = {
    ...{ terminal: true, color: false, columns: () => 80, now: () => 1000 * (seconds += 60) },
    write: (text: string) => void (written += text),
  };
  await providePythons(["keras"], { cache, run, output, say: () => {} });
  const [last, ...before] = written.split("\r\x1b[2K").toReversed();
  match(last!, /^Setting up TensorFlow and Keras: \S+ (h|min) \S+ (s|min), ready\n$/);
  match(before[0]!, /, installing 16 packages$/);
  match(before[1]!, /^Setting up TensorFlow and Keras, .*, package 16: typing_extensions$/);
});

testInFolder("What pip unpacks is gone, also what one that was killed left", async (cache) => {
  const scratch = join(cache, "venv-export.tmp");
  await Deno.mkdir(join(scratch, "left"), { recursive: true });
  const found: string[][] = [];
  const run: Runner = async (_command, args, { env } = {}) => {
    if (args[0] === "-m") {
      strictEqual(env?.TMPDIR, scratch);
      found.push([...Deno.readDirSync(scratch)].map(({ name }) => name));
      await Deno.writeTextFile(join(scratch, args[1]!), "");
    }
    return { code: args[1] === "pip" ? 1 : 0, stdout: "3.11.7", stderr: "" };
  };
  const options = { cache, run, quiet: true, say: () => {} };
  await rejects(providePythons(["export"], options), /pip could not install onnxruntime/);
  deepStrictEqual(found, [[], ["venv"]]);
  ok(![...Deno.readDirSync(cache)].some(({ name }) => name === "venv-export.tmp"));
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
    return { cache, run, quiet: true, say: () => {} };
  };
  await rejects(
    providePythons(
      ["keras"],
      answers({ "-m pip": { code: 1, stderr: "ERROR: NewConnectionError" } }),
    ),
    /^UserError: The TensorFlow and Keras packages could not be installed: no connection to the Python/,
  );
  await rejects(
    providePythons(["export"], answers({ "import sys": { stdout: "3.10.2" } })),
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
