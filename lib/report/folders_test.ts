import { match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { COMMITTED_RESULTS, findResults } from "./folders.ts";

Deno.test("findResults() finds committed results by their short name, and says whose they are", async () => {
  const { error } = console;
  const said: string[] = [];
  console.error = (line: string) => void said.push(line);
  try {
    // Named whole, nothing needs to be said.
    const whole = join(COMMITTED_RESULTS, "synthetic-example", "baseline");
    strictEqual(await findResults(whole, "anything"), whole);
    strictEqual(await findResults("/nowhere", "no-data/no-report"), "/nowhere");
    strictEqual(said.length, 0);
    strictEqual(await findResults("/nowhere", "synthetic-example/baseline"), whole);
    match(said.join(), /^synthetic-example\/baseline: the committed results in \S*baseline$/);
  } finally {
    console.error = error;
  }
});
