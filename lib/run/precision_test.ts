import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { dirname, join } from "node:path";
import { testWith } from "../_skip.ts";
import { parseExperimentArgs } from "../cli.ts";
import { expectPrecision, readRuns } from "../command/verify.ts";
import { BASELINE } from "../configuration.ts";
import type { Experiment } from "../experiment.ts";
import { exists } from "../file.ts";
import { RUN_FILES } from "../report/files.ts";
import { withoutBfloat16 } from "../tensorflow/_bfloat16.ts";
import { carryOutAll } from "./carry_out.ts";

const TINY = [
  ...["--preset", "smoke", "--faces", "70", "--threads", "1", "--quiet"],
  ...["--set", "filters=4", "--set", "denseUnits=8", "--set", "batchSize=16"],
];

const EXPERIMENT: Experiment = {
  name: "two",
  title: "Two",
  question: "Which?",
  hypothesis: "None.",
  expected: "Nothing.",
  variants: [
    { name: "exact", description: "", changes: {} },
    { name: "half", description: "", changes: { precision: "bfloat16" } },
  ],
};

function carryOut(out: string, args: readonly string[], features?: readonly string[]) {
  const options = { experiment: EXPERIMENT, base: BASELINE };
  const request = parseExperimentArgs([...TINY, "--out", out, ...args], options);
  return carryOutAll([{ experiment: EXPERIMENT, request }], features ? { features } : {});
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-precision-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const OLD = ["avx2", "fma", "avx512f"];

Deno.test("Where the CPU has no bfloat16, nothing is trained, and one line says what to do", () =>
  withFolder(async (folder) => {
    const out = join(folder, "results");
    const found = "it needs a CPU with avx512_bf16 or amx_bf16, and this one has avx2 fma avx512f";
    const remedy = "leave precision out, and training computes in float32";
    await rejects(carryOut(out, [], OLD), {
      name: "UserError",
      message:
        `half: precision=bfloat16 cannot be had here (${found}): ${remedy}; or run only the ` +
        "others with --variants exact",
    });
    await rejects(carryOut(out, ["--variants", "half"], OLD), {
      name: "UserError",
      message: `precision=bfloat16 cannot be had here (${found}): ${remedy}`,
    });
    strictEqual(await exists(out), false);
    // Without it, and with it set back, the CPU does not matter.
    await carryOut(out, ["--variants", "exact"], OLD);
    await carryOut(out, ["--set", "precision=float32"], OLD);
  }));

testWith(
  withoutBfloat16,
  "On such a CPU what was done elsewhere is reported, and verify refuses it in one line",
  () =>
    withFolder(async (folder) => {
      const [report] = await carryOut(folder, []);
      deepStrictEqual(await carryOut(folder, [], OLD), [report]);
      const claims = await readRuns(report!, { variant: undefined, seed: undefined });
      await expectPrecision(claims);
      await expectPrecision(claims.filter(({ label }) => label.startsWith("exact")), OLD);
      await rejects(expectPrecision(claims, OLD), {
        name: "UserError",
        message:
          /^half, seed 1: Trained with precision=bfloat16.*has avx2 fma avx512f\): verify it on/,
      });
      // A record that says what cannot have been.
      const file = join(claims[1]!.folder, RUN_FILES.record);
      const text = await Deno.readTextFile(file);
      await Deno.writeTextFile(file, text.replace('"traced"', '"eager"'));
      await rejects(readRuns(dirname(file), { variant: undefined, seed: undefined }), {
        message: /configuration: precision=bfloat16 cannot be: .*\(--eager\) compute in float32/,
      });
    }),
);

testWith(
  withoutBfloat16,
  "A run in bfloat16 that was killed goes on to the same bytes",
  () =>
    withFolder(async (folder) => {
      const command = (out: string) =>
        new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "-q", "-A", join("experiments", "baseline.ts"), ...TINY, "--epochs", "4"],
            ...["--set", "precision=bfloat16", "--set", "denseDropout=0.5"],
            ...["--out", join(folder, out)],
          ].filter((word) => word !== "--quiet"),
          cwd: join(import.meta.dirname!, "..", ".."),
          env: { NO_COLOR: "1" },
          stdout: "null",
          stderr: "piped",
        });
      const child = command("killed").spawn();
      let said = "";
      for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
        said += chunk;
        if (/epoch 2\/4: /.test(said)) child.kill("SIGKILL");
      }
      strictEqual((await child.status).signal, "SIGKILL", said);
      const again = new TextDecoder().decode((await command("killed").output()).stderr);
      match(again, /going on after epoch [23] of 4/);
      await command("whole").output();
      deepStrictEqual(await filesOf(join(folder, "killed")), await filesOf(join(folder, "whole")));
    }),
);

/** The files of the only run that are a function of what was asked for, in full. */
async function filesOf(out: string): Promise<Record<string, string>> {
  const [results] = [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory);
  const runs = join(out, results!.name, "runs");
  const [run] = [...Deno.readDirSync(runs)];
  const folder = join(runs, run!.name, "seed-1");
  const names = [RUN_FILES.record, RUN_FILES.history, RUN_FILES.predictions, "weights.safetensors"];
  const files = await Promise.all(
    names.map(async (name) =>
      [name, new TextDecoder("latin1").decode(await Deno.readFile(join(folder, name)))] as const
    ),
  );
  ok(files.every(([, content]) => content.length > 0));
  return Object.fromEntries(files);
}
