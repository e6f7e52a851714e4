/**
 * `deno task lab`: JupyterLab with the Deno kernel on the notebooks, for this machine only.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UserError } from "../error.ts";
import { type Command, commandHelp, flag, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { endChild, endWithUs, interruptible } from "../interruption.ts";
import { type Jupyter, KERNEL, provideJupyter } from "../notebook/jupyter.ts";
import { CHECKOUT, userPath } from "../paths.ts";
import { answers, choosePort, HOST } from "../port.ts";

const COMMAND = {
  name: "lab",
  summary: "Starts JupyterLab on the notebooks, with the Deno kernel and interactive figures.",
  flags: {
    "no-browser": flag("Do not open the browser; the address is printed"),
    port: whole("N", "The port on 127.0.0.1", {
      range: [1, 65_535],
      otherwise: "the first free one from 8888",
    }),
  },
  notes: [
    "It answers on this machine only, and only with the token in the address it prints. Ctrl-C ends it " +
    "and its kernels. The first start installs JupyterLab into .cache/venv-lab (python3 and a network " +
    "are needed).",
    "FER_LAB_REPORTS names other reports than those in reports/, FER_LAB_DATA a data set to look at " +
    "(FER2013 as CSV, folder or zip).",
  ],
} as const satisfies Command;

const FIRST_PORT = 8888;

/** How long JupyterLab may take to answer, in milliseconds. */
const PATIENCE = 90_000;

const NOTEBOOKS = join(CHECKOUT, "notebooks");

/** Starts JupyterLab and stays until it ends. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const port = choosePort(flags.port, FIRST_PORT);
  const jupyter = await provideJupyter();
  const token = newToken();
  const server = start(jupyter, { port, token, browser: !flags["no-browser"] });
  using _ = endWithUs(server);
  return await interruptible(async (signal) => {
    // Ctrl-C at a terminal reaches JupyterLab itself, a signal to this process alone does not.
    signal.addEventListener("abort", () => endChild(server));
    const ended = server.status;
    const address = `http://${HOST}:${port}/lab?token=${token}`;
    const headers = { Authorization: `token ${token}` };
    const status = `http://${HOST}:${port}/api/status`;
    if (await answers(status, ended, { headers, patience: PATIENCE })) {
      console.log(`JupyterLab: ${address}\nCtrl-C ends it and its kernels`);
    } else if (!signal.aborted) {
      endChild(server);
      throw new UserError(`JupyterLab did not start on port ${port}: see what it printed above`);
    }
    const { code } = await ended;
    return signal.aborted ? 0 : code;
  }, { stopping: "Ending JupyterLab and its kernels; once more to end at once" });
}

/** A secret, not a choice of an experiment's: from the system's own generator. */
function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}

function start(
  { python, env, home }: Jupyter,
  options: { port: number; token: string; browser: boolean },
): Deno.ChildProcess {
  const settings = {
    "ServerApp.ip": HOST,
    "ServerApp.port": String(options.port),
    "ServerApp.port_retries": "0",
    "ServerApp.open_browser": options.browser ? "True" : "False",
    "ServerApp.root_dir": NOTEBOOKS,
    // Without a question at the terminal.
    "ServerApp.answer_yes": "True",
    "ServerApp.allow_root": "True",
    "ServerApp.log_level": "ERROR",
    "LabApp.log_level": "ERROR",
    "LabApp.extension_manager": "readonly",
    "KernelSpecManager.allowed_kernelspecs": `{'${KERNEL}'}`,
    "KernelSpecManager.ensure_native_kernel": "False",
    "MultiKernelManager.default_kernel_name": KERNEL,
    "FileCheckpoints.checkpoint_dir": join(resolve(home), "checkpoints"),
  };
  return new Deno.Command(python, {
    args: ["-m", "jupyterlab", ...Object.entries(settings).map(([name, v]) => `--${name}=${v}`)],
    env: {
      ...env,
      // Not among the arguments, which every user of the machine can list.
      JUPYTER_TOKEN: options.token,
      ...absolute("FER_LAB_REPORTS"),
      ...absolute("FER_LAB_DATA"),
    },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}

/** A path in the environment as an absolute one: kernels run in the notebooks' folder. */
function absolute(name: string): Record<string, string> {
  const path = Deno.env.get(name);
  return path ? { [name]: userPath(path) } : {};
}

if (import.meta.main) await runMain(() => main(Deno.args));
