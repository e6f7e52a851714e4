import { strictEqual } from "node:assert/strict";
import { canRedraw } from "./terminal.ts";

Deno.test("canRedraw() is true of a terminal, unless it is a dumb one", () => {
  const before = Deno.env.get("TERM");
  const terminal = { isTerminal: () => true };
  try {
    Deno.env.set("TERM", "xterm");
    strictEqual(canRedraw(terminal), true);
    strictEqual(canRedraw({ isTerminal: () => false }), false);
    Deno.env.set("TERM", "dumb");
    strictEqual(canRedraw(terminal), false);
  } finally {
    if (before === undefined) Deno.env.delete("TERM");
    else Deno.env.set("TERM", before);
  }
});
