import { deepStrictEqual, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { shownPath } from "../paths.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { quoteForShell } from "../text.ts";
import { main } from "./tensorboard.ts";

Deno.test("What was written is told, how to have histograms, and the command that shows the same", async () => {
  const root = await Deno.makeTempDir();
  const { log } = console;
  const said: string[] = [];
  console.log = (line: string) => said.push(line);
  try {
    const out = join(root, "of mine");
    const run = join(
      ...[COMMITTED_RESULTS, "synthetic-example", "runs", "9cd917c05a208c96", "seed-1"],
    );
    deepStrictEqual(await main([run, "--out", out]), 0);
    const [written, ...rest] = said;
    match(written!, /^1 run with 20 epochs, \d+ reports: .*of mine$/);
    deepStrictEqual(rest, [
      "No histograms of weights and gradients: a run keeps them with --histograms 1",
      `To see them: deno task tensorboard ${quoteForShell(run)} --out '${shownPath(out)}' --serve`,
    ]);
  } finally {
    console.log = log;
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("tensorboard refuses at once a port without --serve, and a folder that cannot be", async () => {
  await rejects(main(["--port", "6006"]), {
    exitCode: 2,
    message: "--port goes with --serve: add it, or leave --port out",
  });
  await rejects(
    main(["nope", "--out", import.meta.filename!]),
    /tensorboard_test\.ts: Is no folder/,
  );
});
