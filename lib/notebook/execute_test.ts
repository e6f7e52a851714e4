import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../_skip.ts";
import { executeNotebooks } from "./execute.ts";
import { isProvided, provideJupyter } from "./jupyter.ts";

const FAILING = join(import.meta.dirname!, "testdata", "failing.ipynb");

const withoutJupyter = await isProvided()
  ? undefined
  : "no .cache/venv-lab; deno task notebooks makes it";

testWith(
  withoutJupyter,
  "executeNotebooks() finds every cell of the failing notebook to fail",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const jupyter = await provideJupyter({ quiet: true });
      const [executed] = await executeNotebooks([FAILING], jupyter, { folder, quiet: true });
      deepEqual(executed!.failed.map(({ cell }) => cell), [1, 2, 3, 4, 5]);
      deepEqual(executed!.failed.map(({ error }) => error.slice(0, 15)), [
        "Error: thrown",
        "Error: rejected",
        "TypeError: Cann",
        "TypeError: Modu",
        "Error: Executio",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
