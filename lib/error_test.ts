import { match, strictEqual } from "node:assert/strict";
import { UsageError, UserError } from "./error.ts";

Deno.test("UserError exits with 1 and UsageError with 2", () => {
  strictEqual(new UserError("x").exitCode, 1);
  strictEqual(new UsageError("x").exitCode, 2);
  strictEqual(new UserError("x", { cause: "y" }).cause, "y");
});

Deno.test("UserError leaves out the middle of what nobody would read to the end", () => {
  const { message } = new UserError(`report.json: Version ${"9".repeat(1e6)}: run it again`);
  match(message, /^report\.json: Version 9{600,} \.\.\. 9{200,}: run it again$/);
  strictEqual(message.length < 1000, true);
});

Deno.test("UserError takes no time over a long run of spaces", () => {
  const start = performance.now();
  const { message } = new UserError(`report.json: Version "${" ".repeat(300_000)}": run it again`);
  match(message, /^report\.json: Version " +\.\.\. +": run it again$/);
  strictEqual(performance.now() - start < 1000, true);
});

Deno.test("A UserError is one line, whatever it quotes", () => {
  const error = new UserError('a.json: Not JSON: Unexpected "\n  },\r\n\x1b[31m é"');
  strictEqual(error.message, 'a.json: Not JSON: Unexpected " }, [31m é"');
});
