import assert from "node:assert/strict";
import { formatSeconds, Progress, type ProgressOutput, showWhile } from "./progress.ts";

/** An output that keeps what is written, with a clock that is set by hand. */
function outputOf(options: Partial<ProgressOutput> = {}) {
  const output = {
    text: "",
    time: 0,
    write(text: string) {
      this.text += text;
    },
    terminal: false,
    color: false,
    columns: () => 100,
    now() {
      return this.time;
    },
    ...options,
  };
  return output;
}

Deno.test("Progress draws one line again and again at a terminal", () => {
  const output = outputOf({ terminal: true });
  const progress = new Progress("Epoch 1/3", { total: 2000, unit: "images", output });
  output.time = 2000;
  output.text = "";
  progress.update(500, "loss 1.25");
  assert.equal(
    output.text,
    "\r\x1b[2K━━━━━━······" + "·".repeat(12) +
      " Epoch 1/3: 500 of 2,000 images (25 %), 250 images/s, 6.0 s left, loss 1.25",
  );
});

Deno.test("showWhile() shows at once what is being done, and wipes it however it ends", async () => {
  for (const begin of [() => Promise.resolve(7), () => Promise.reject(new Error("it failed"))]) {
    const output = outputOf({ terminal: true });
    const job = begin();
    const shown = showWhile<number>("Reading", job, { output });
    assert.equal(output.text, "\r\x1b[2KReading");
    const [was, is] = await Promise.allSettled([job, shown]);
    assert.deepEqual(is, was);
    assert.ok(output.text.endsWith("\r\x1b[2K"));
  }
  // In a log that nobody waits before, nothing is said of what is over soon.
  const log = outputOf();
  await showWhile("Reading", Promise.resolve(), { output: log });
  assert.equal(log.text, "");
});

Deno.test("Progress never writes a line wider than the terminal", () => {
  const output = outputOf({ terminal: true, columns: () => 40 });
  const progress = new Progress("Epoch 1/3", { total: 2000, unit: "images", output });
  output.time = 2000;
  output.text = "";
  progress.update(500, "loss 1.25, accuracy 45.1 %, and more");
  assert.equal(output.text.replace("\r\x1b[2K", "").length, 39);
});

Deno.test("Progress breaks its last line at spaces where the terminal is narrow", () => {
  const output = outputOf({ terminal: true, columns: () => 40 });
  const progress = new Progress("Epoch 1/3", { output });
  output.time = 2000;
  output.text = "";
  progress.finish("loss 1.25, accuracy 45.1 %; PublicTest 25.2 % (best so far)");
  assert.deepEqual(output.text.replace("\r\x1b[2K", "").split("\n"), [
    "Epoch 1/3: 2.0 s, loss 1.25, accuracy",
    "  45.1 %; PublicTest 25.2 % (best so",
    "  far)",
    "",
  ]);
});

Deno.test("Progress ends in words at a terminal that is too narrow for them, or tells no width", () => {
  for (const columns of [0, 1, 10]) {
    const output = outputOf({ terminal: true, columns: () => columns });
    const progress = new Progress("Epoch 1/3", { output });
    output.text = "";
    progress.finish("loss 1.25");
    assert.match(output.text, /Epoch 1\/3: 0\.0 s,\n {2}loss 1\.25\n$/);
  }
});

Deno.test("Progress redraws at most ten times a second", () => {
  const output = outputOf({ terminal: true });
  const progress = new Progress("Work", { total: 1000, output });
  for (output.time = 0; output.time < 1000; output.time++) progress.update(output.time);
  assert.equal(output.text.split("\r").length - 1, 10);
});

Deno.test("Progress writes a plain line now and then where there is no terminal", () => {
  const output = outputOf();
  const progress = new Progress("Loading", { total: 60, plainEvery: 10, output });
  for (output.time = 0; output.time < 25_000; output.time += 1000) {
    progress.update(output.time / 1000);
  }
  progress.finish("all there");
  assert.equal(
    output.text,
    "Loading: 10 of 60 (16 %), 1/s, 50 s left\nLoading: 20 of 60 (33 %), 1/s, 40 s left\n" +
      "Loading: 25 s, 1/s, all there\n",
  );
});

Deno.test("Progress says no rate where it would be 0", () => {
  const output = outputOf();
  const progress = new Progress("Setting up", { output });
  output.time = 219_000;
  progress.update(8, "installing");
  progress.finish("ready");
  assert.ok(!output.text.includes("0/s"), output.text);
  assert.ok(output.text.endsWith("Setting up: 3 min 39 s, ready\n"), output.text);
});

Deno.test("Progress shows colours only where they are wanted", () => {
  for (const color of [true, false]) {
    const output = outputOf({ terminal: true, color });
    new Progress("Work", { total: 2, output });
    assert.equal(output.text.includes("\x1b[36m"), color);
  }
});

Deno.test("Progress writes nothing where quiet is asked for", () => {
  for (const terminal of [true, false]) {
    const output = outputOf({ terminal });
    const progress = new Progress("Work", { total: 2, quiet: true, output });
    output.time = 60_000;
    progress.update(1);
    progress.finish();
    new Progress("Work", { quiet: true, output }).abandon();
    assert.equal(output.text, "");
  }
});

Deno.test("Progress ends once: finished, wiped or abandoned", () => {
  const output = outputOf({ terminal: true });
  const progress = new Progress("Work", { total: 2, unit: "bytes", keep: false, output });
  progress.finish();
  const { text } = output;
  assert(text.endsWith("\r\x1b[2K"));
  output.time = 1000;
  progress.finish();
  progress.abandon();
  progress.update(2);
  assert.equal(output.text, text);
});

Deno.test("Progress shows the time of a job that counts nothing", async () => {
  const output = outputOf({ terminal: true });
  const progress = new Progress("Building", { output });
  output.time = 42_000;
  assert.equal(await progress.during(Promise.resolve(7)), 7);
  progress.update(0, "with zig");
  assert(output.text.endsWith("Building, 42 s, with zig"));
});

Deno.test("formatSeconds() says time spans as people do", () => {
  const said = [0, 9.94, 9.96, 59.4, 59.6, 185, 3599.7, 7800].map(formatSeconds);
  assert.deepEqual(said, [
    "0.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 00 s",
    "3 min 05 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
});
