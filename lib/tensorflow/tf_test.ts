import assert from "node:assert/strict";
import { join } from "node:path";
import { runProgram } from "./runner.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** Evaluates code with the rights an experiment has, in a process of its own. */
function evaluate(code: string, env: Record<string, string> = {}) {
  const run = ["run", "--no-prompt", "--allow-read=.", "--allow-env", "--allow-ffi"];
  const url = `data:application/typescript,${encodeURIComponent(code)}`;
  return runProgram(Deno.execPath(), [
    ...[...run, "--allow-sys=cpus,hostname,networkInterfaces", "--config", "deno.json", url],
  ], { cwd: ROOT, env: { NO_COLOR: "1", ...env } });
}

const TF = JSON.stringify(import.meta.resolve("./tf.ts"));

Deno.test("tf.ts computes natively, without a word on stderr, with no right to write", async () => {
  const { code, stdout, stderr } = await evaluate(
    `const tf = await import(${TF});
    const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0];
    console.log(tf.getBackend(), product, Deno.env.get("TF_NUM_INTRAOP_THREADS"),
      typeof tf.layers.conv2d, typeof tf.node.encodePng, typeof tf.customGrad);`,
    { FER_LAB_THREADS: "1" },
  );
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.equal(stdout.trim(), "tensorflow 11 1 function function function");
});

Deno.test("environment.ts refuses a number of threads that is none", async () => {
  const { code, stderr } = await evaluate(`await import(${TF});`, { FER_LAB_THREADS: "many" });
  assert.equal(code, 1);
  assert.match(stderr, /FER_LAB_THREADS must be a whole number from 1 to 1024: many/);
});
