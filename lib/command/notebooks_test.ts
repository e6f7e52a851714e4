import { rejects } from "node:assert/strict";
import { main as lab } from "./lab.ts";
import { main as notebooks } from "./notebooks.ts";

Deno.test("notebooks refuses flags that do not go together, before it sets anything up", async () => {
  await rejects(notebooks(["--data", "x"]), /^UsageError: --data and --reports go with --html/);
  await rejects(
    notebooks(["--check", "--html", "a", "--reports", "b"]),
    /^UsageError: --check goes/,
  );
  await rejects(notebooks(["--html"]), /^UsageError: --html needs a value/);
  await rejects(
    notebooks(["--chekc"]),
    /^UsageError: Unknown flag "--chekc": did you mean "--check"\?$/,
  );
  await rejects(notebooks(["--html", "a", "--data", "no/such"]), /^UserError: no\/such: Does not/);
  const inFile = `${import.meta.filename}/in it`;
  await rejects(notebooks(["--html", "a", "--data", inFile]), /^UserError: .*: Does not exist$/);
  const file = import.meta.filename!;
  await rejects(notebooks(["--html", file]), /^UserError: .*: Is a file: --html names a folder$/);
});

Deno.test("lab refuses a port that is none, and one that is taken", async () => {
  await rejects(lab(["--port", "http"]), /^UsageError: --port must be a whole number/);
  await rejects(lab(["--port", "70000"]), /^UsageError: --port must be a whole number/);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await rejects(lab(["--port", String(port)]), /^UserError: Port \d+ is taken/);
});
