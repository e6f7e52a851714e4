/**
 * The virtual environment that the peers run in.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { UserError } from "../lib/error.ts";
import { exists, writeFileWhole } from "../lib/file.ts";
import { Progress } from "../lib/progress.ts";
import { type Runner, runProgram } from "../lib/tensorflow/runner.ts";

/** What is installed, in this order. */
const STEPS = [
  { name: "Keras and TensorFlow (1.6 GB on disk)", file: "requirements_keras.txt", args: [] },
  { name: "PyTorch (1.2 GB)", file: "requirements_torch.txt", args: ["--no-deps"] },
  {
    name: "what PyTorch needs to load (2.8 GB on Linux, nearly all of it CUDA)",
    file: "requirements_torch_needs.txt",
    args: [],
  },
];

/** Pythons that all three packages have wheels for. */
const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];

/**
 * Makes the peers' virtual environment, or finds it made. What is in it is known by a digest of the
 * requirements, written last: an interrupted one is made again.
 *
 * @param folder Where, `.cache/venv-bench`.
 * @param options `run` starts programs, `quiet` shows nothing.
 * @returns Its Python.
 * @throws {UserError} Without Python, or where pip fails; with pip's last line.
 */
export async function peerEnvironment(
  folder: string,
  options: { readonly run?: Runner; readonly quiet?: boolean } = {},
): Promise<string> {
  const { run = runProgram, quiet = false } = options;
  const python = join(folder, "bin", "python");
  const texts = await Promise.all(STEPS.map(({ file }) => Deno.readTextFile(requirements(file))));
  const digest = createHash("sha256").update(texts.join("\0")).digest("hex");
  const mark = join(folder, "fer-lab.sha256");
  if (await exists(mark) && (await Deno.readTextFile(mark)).trim() === digest) return python;

  const progress = (label: string) => new Progress(label, { quiet });
  const carryOut = async (label: string, command: string, args: readonly string[]) => {
    const shown = progress(label);
    try {
      const { code, stderr } = await shown.during(run(command, args));
      if (code !== 0) {
        const reason = stderr.trim().split("\n").findLast((line) => line.startsWith("ERROR")) ??
          stderr.trim().split("\n").at(-1);
        throw new UserError(`${label} failed (${reason}): run it again, or leave out --peers`);
      }
      shown.finish();
    } catch (error) {
      shown.abandon();
      throw error;
    }
  };
  await carryOut(
    "Making a virtual environment for the peers",
    await findPython(run),
    ["-m", "venv", "--clear", folder],
  );
  for (const { name, file, args } of STEPS) {
    await carryOut(`Installing ${name}`, python, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...args,
      ...["-r", requirements(file)],
    ]);
  }
  await writeFileWhole(mark, `${digest}\n`);
  return python;
}

function requirements(file: string): string {
  return join(import.meta.dirname!, file);
}

/** A Python that works; a version manager's shim may be there without the version behind it. */
async function findPython(run: Runner): Promise<string> {
  for (const python of PYTHONS) {
    try {
      const { code } = await run(python, ["-c", "import ensurepip, venv"]);
      if (code === 0) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new UserError(
    "--peers needs Python 3.10 to 3.13 with venv: install python3 and python3-venv",
  );
}
