/**
 * A Slurm of its own for a test, with the programs of Debian's `slurm-wlm` and `munge`: one node, started
 * in a temporary folder, and stopped with every process of its jobs, also when the test is killed.
 *
 * @module
 */

import { join } from "node:path";
import { runProgram } from "../tensorflow/runner.ts";

/** A Slurm that runs. */
export interface Cluster extends AsyncDisposable {
  /** With it, Slurm's commands turn to this Slurm. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one of Slurm's commands, and gives what it prints. */
  ask(program: string, ...args: readonly string[]): Promise<string>;
}

/** The programs that it takes, and that are not installed here. */
export async function missingPrograms(): Promise<string[]> {
  const programs = "munged slurmctld slurmd sbatch squeue scancel scontrol python3";
  const { stdout } = await runProgram("sh", [
    "-c",
    `PATH=$PATH:/usr/sbin:/sbin
     for program in ${programs}; do command -v $program >/dev/null || echo $program; done`,
  ]);
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * Starts a Slurm, and waits until its node is there.
 *
 * @returns Where none can be started the reason: its daemons want to be root's, and not every container
 *   lets them be.
 */
export async function startCluster(): Promise<Cluster | string> {
  const child = new Deno.Command("python3", {
    args: [join(import.meta.dirname!, "cluster.py")],
    // Whoever kills this process with its group is not to keep it from clearing up.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const end = async () => {
    await child.stdin.close();
    await child.status;
  };
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let piece; !(piece = await reader.read()).done;) {
    text += piece.value;
    if (text.endsWith("\n")) break;
  }
  await reader.cancel();
  const { conf, ...trouble } = JSON.parse(text || "{}") as Readonly<Record<string, string>>;
  if (conf === undefined) {
    await end();
    return JSON.stringify(trouble);
  }
  const env = { SLURM_CONF: conf };
  return {
    env,
    ask: async (program, ...args) => {
      const { code, stdout, stderr } = await runProgram(program, args, { env });
      if (code !== 0) throw new Error(`${program}: ${stderr}`);
      return stdout;
    },
    [Symbol.asyncDispose]: end,
  };
}
