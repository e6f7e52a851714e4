import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type Screen, SweepDisplay } from "./display.ts";
import { newState, type RunState, update } from "./state.ts";

/** A screen of so many characters that does what terminals do, with a clock that is set by hand. */
function screenOf({ columns = 100, rows = 30, terminal = true } = {}) {
  const lines = [""];
  let row = 0;
  let column = 0;
  const screen = {
    time: 0,
    text: "",
    width: columns,
    /** What stands there, without empty lines at the end. */
    shown: () => lines.map((line) => line.trimEnd()).join("\n").trimEnd(),
    terminal,
    color: false,
    columns: () => screen.width,
    rows: () => rows,
    now: () => screen.time,
    write(text: string) {
      screen.text += text;
      // deno-lint-ignore no-control-regex
      for (const [piece, up] of text.matchAll(/\x1b\[(?:(\d+)A|J)|[^]/g)) {
        if (up !== undefined) row = Math.max(0, row - Number(up));
        else if (piece === "\x1b[J") {
          lines.length = row + 1;
          lines[row] = lines[row]!.slice(0, column);
        } else if (piece === "\r") column = 0;
        else if (piece === "\n") newLine();
        else {
          if (column === columns) newLine();
          lines[row] = lines[row]!.slice(0, column).padEnd(column) + piece +
            lines[row]!.slice(column + 1);
          column++;
        }
      }
    },
  };
  function newLine() {
    row++;
    column = 0;
    lines[row] ??= "";
  }
  return screen satisfies Screen;
}

function running(label: string): RunState {
  const state = newState(label, 10);
  state.status = "running";
  update(state, { kind: "begin", after: 0 }, 0);
  return state;
}

Deno.test("At a terminal each run under way has a line that is redrawn in place, and all have one", () => {
  const screen = screenOf();
  const states = [running("a"), running("b"), newState("c", 10)];
  using display = new SweepDisplay(states, { screen });
  display.update();
  const bar = "·".repeat(24);
  strictEqual(
    screen.shown(),
    `${bar} a: epoch 1/10, 0 %\n${bar} b: epoch 1/10, 0 %\n${bar} 3 runs: 2 running, 1 to come`,
  );
  for (let epoch = 1; epoch <= 5; epoch++) {
    update(states[0]!, { kind: "epoch", epoch, accuracy: 0.5 }, 0);
    screen.time += 1000;
    display.update();
  }
  const half = "━".repeat(12) + "·".repeat(12);
  deepStrictEqual(screen.shown().split("\n").slice(0, 2), [
    `${half} a: epoch 6/10, 0 %, PublicTest 50.0 %, 5.0 s left`,
    `${bar} b: epoch 1/10, 0 %`,
  ]);
});

Deno.test("What is noted stays above the redrawn lines, and at the end only that stands there", async () => {
  const screen = screenOf();
  const states = [running("a"), running("b")];
  {
    using display = new SweepDisplay(states, { screen });
    display.update();
    states[0]!.status = "done";
    display.note("a: PrivateTest 60 %");
    match(
      screen.shown(),
      /^a: PrivateTest 60 %\n.* b: epoch 1\/10, 0 %\n.* 2 runs: 1 done, 1 running$/,
    );
    await display.during(() => {
      screen.time += 1000;
      display.update();
      return Promise.resolve(screen.write("Report: here\n"));
    });
    display.update();
    match(screen.shown(), /^a: PrivateTest 60 %\nReport: here\n.* b: .*\n.* 2 runs: .*$/);
  }
  strictEqual(screen.shown(), "a: PrivateTest 60 %\nReport: here");
});

Deno.test("No more lines are drawn than the terminal has, nor wider ones", () => {
  const states = Array.from({ length: 12 }, (_, i) => running(`conv-0.25-dense-0.5, seed ${i}`));
  for (const [rows, columns] of [[8, 40], [5, 30], [3, 20], [1, 1]] as const) {
    const screen = screenOf({ rows, columns });
    using display = new SweepDisplay(states, { screen });
    for (let i = 0; i < 3; i++) {
      display.update();
      const lines = screen.shown().split("\n");
      ok(lines.length <= Math.max(1, rows - 2), screen.shown());
      ok(lines.every((line) => line.length < Math.max(2, columns)), screen.shown());
      screen.time += 1000;
    }
    if (rows > 4) match(screen.shown(), /\nand \d+ more\n12 runs: 12/);
  }
});

Deno.test("Lines that a narrower window has broken in two are wiped as well", () => {
  const screen = screenOf({ columns: 30 });
  const states = [running("a"), running("b")];
  using display = new SweepDisplay(states, { screen });
  // As the terminal has it once the window is narrower than what was drawn.
  screen.width = 100;
  display.update();
  strictEqual(screen.shown().split("\n").length, 6);
  screen.width = 30;
  screen.time += 1000;
  display.update();
  strictEqual(screen.shown().split("\n").length, 3, screen.shown());
});

Deno.test("After a press the lines go on below the answer to it, without a time left", () => {
  const screen = screenOf();
  const states = [running("a")];
  using display = new SweepDisplay(states, { screen });
  update(states[0]!, { kind: "epoch", epoch: 5, accuracy: 0.5 }, 0);
  screen.time = 5000;
  display.update();
  match(screen.shown(), /5\.0 s left/);
  // What interruption.ts does.
  screen.write("\r\x1b[JStopping\n");
  display.stopping();
  screen.time += 1000;
  display.update();
  match(
    screen.shown(),
    /\nStopping\n.* a: epoch 6\/10, 0 %, PublicTest 50.0 %\n.* 1 run: 1 stopping$/,
  );
});

Deno.test("Without a terminal there is a plain line now and then, and with quiet only what is noted", () => {
  const screen = screenOf({ terminal: false });
  const states = [running("a"), running("b")];
  using display = new SweepDisplay(states, { screen });
  for (; screen.time < 70_000; screen.time += 1000) display.update();
  strictEqual(
    screen.text,
    "2 runs: 2 running; a: epoch 1/10, 0 %; b: epoch 1/10, 0 %\n".repeat(2),
  );
  const quiet = screenOf();
  using still = new SweepDisplay(states, { screen: quiet, quiet: true });
  for (; quiet.time < 70_000; quiet.time += 1000) still.update();
  still.note("b: Training diverged");
  strictEqual(quiet.text, "b: Training diverged\n");
});
