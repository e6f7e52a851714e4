/**
 * What `deno task setup --check` tells: what is installed, whether it is what it should be, and how
 * fast it computes.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { isLinked, readManifest, TFJS_NODE } from "./place.ts";
import type { TensorflowBuild } from "./platform.ts";
import { sha256OfFile } from "./provision.ts";
import { type Runner, runProgram } from "./runner.ts";

/** What {@linkcode inspect} works with; a test puts in its own. */
export interface InspectOptions {
  /** tfjs-node's package folder. */
  readonly tfjsNode?: string;
  readonly run?: Runner;
  /** What the processor says of itself. */
  readonly cpu?: () => Promise<Processor>;
}

/** A processor: its name, and those of its features that matter to the speed of TensorFlow. */
export interface Processor {
  readonly model: string;
  readonly features: readonly string[];
}

/**
 * The state of the set-up as text, a line for each thing: versions, paths, digests, processor,
 * threads and one timed matrix product.
 *
 * @throws {UserError} Where something is missing or is not what it should be.
 */
export async function inspect(
  build: TensorflowBuild,
  folder: string,
  options: InspectOptions = {},
): Promise<string> {
  const tfjsNode = options.tfjsNode ?? TFJS_NODE;
  const manifest = await readManifest(folder, build);
  if (!manifest) {
    throw new UserError(`TensorFlow is not set up in ${folder}: run deno task setup`);
  }
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    if (await sha256OfFile(join(folder, name)) === sha256) continue;
    throw new UserError(
      `${join(folder, name)} is damaged (wrong sha256): run deno task setup --force`,
    );
  }
  if (!await isLinked(tfjsNode, folder, manifest)) {
    throw new UserError(`tfjs-node in ${tfjsNode} is not led to ${folder}: run deno task setup`);
  }
  const cpu = await (options.cpu ?? readProcessor)();
  const measured = await measure(options.run ?? runProgram);
  const lines: [string, string][] = [
    ["Deno", `${Deno.version.deno} (${Deno.build.target})`],
    ["tfjs-node", manifest.tfjsNode],
    ["TensorFlow", `${manifest.tensorflow}, ${build.package} for ${build.wheelPlatform}`],
    ["addon", `built with ${manifest.compiler}`],
    ["libraries", folder],
    ["package", tfjsNode],
    ["sha256", `${Object.keys(manifest.files).length} files as at set-up; wheel ${build.sha256}`],
    ["CPU", cpu.model],
    ["features", cpu.features.join(" ") || "unknown"],
    ["oneDNN", measured.oneDnn ? "on" : "off"],
    ["threads", String(measured.threads)],
    ["matmul", `2048 x 2048 float32 at ${measured.gflops.toFixed(0)} GFLOP/s`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(11)}${value}`).join("\n");
}

/** Runs measure.ts in a process with deno.json's packages, which the set-up itself does without. */
async function measure(
  run: Runner,
): Promise<{ gflops: number; threads: number; oneDnn: boolean }> {
  const { code, stdout, stderr } = await run(Deno.execPath(), [
    ...["run", "--quiet", "--no-prompt", "--allow-read=.", "--allow-env", "--allow-ffi"],
    ...["--allow-sys", "lib/tensorflow/measure.ts"],
  ], { cwd: CHECKOUT, env: { NO_COLOR: "1" } });
  if (code === 0) return JSON.parse(stdout);
  const line = stderr.split("\n").find((line) => /error/i.test(line)) ?? `exit code ${code}`;
  throw new UserError(line.replace(/^.*?Error:\s*/, ""));
}

/** Features that oneDNN and Eigen have code paths for, as the kernel names them. */
const FEATURES = [
  ...["avx", "avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16"],
  ...[
    "amx_tile",
    "amx_bf16",
    "amx_int8",
    "neon",
    "asimd",
    "asimddp",
    "bf16",
    "i8mm",
    "sve",
    "sve2",
  ],
];

/** Reads the processor's name and features from the system. */
export async function readProcessor(): Promise<Processor> {
  if (Deno.build.os === "darwin") {
    const { stdout } = await runProgram("sysctl", ["-n", "machdep.cpu.brand_string"]);
    return { model: stdout.trim(), features: ["neon"] };
  }
  // Deno itself reads nothing under /proc unless it is allowed everything.
  const { stdout } = await runProgram("cat", ["/proc/cpuinfo"]);
  return parseCpuinfo(stdout);
}

/** The processor of Linux's /proc/cpuinfo. */
export function parseCpuinfo(text: string): Processor {
  const field = (name: string) => text.match(new RegExp(`^${name}\\s*:\\s*(.*)$`, "mi"))?.[1] ?? "";
  const flags = new Set((field("flags") || field("Features")).split(" "));
  return {
    model: field("model name") || field("CPU part") || "unknown",
    features: FEATURES.filter((feature) => flags.has(feature)),
  };
}
