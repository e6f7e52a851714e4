import { match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { IMAGE_PIXELS } from "./emotion.ts";
import { exists } from "./file.ts";

const ROOT = join(import.meta.dirname!, "..");

/** A table with an image of each of these classes in each split. */
function table(labels: readonly number[]): string {
  const rows = ["Training", "PublicTest", "PrivateTest"].flatMap((usage, split) =>
    labels.map((label) =>
      `${label},${
        Array.from({ length: IMAGE_PIXELS }, (_, i) => (i * (label + 2) + 40 * split) % 256)
          .join(" ")
      },${usage}`
    )
  );
  return ["emotion,pixels,Usage", ...rows].join("\n") + "\n";
}

Deno.test("What the data make impossible for a later run is said before the first is begun", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-refusal-" });
  try {
    const data = join(folder, "no-disgust.csv");
    await Deno.writeTextFile(data, table([0, 2, 3, 4, 5, 6]));
    const out = join(folder, "reports");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "experiments/augmentation.ts", "--preset", "smoke", "--data", data]
        .concat("--out", out),
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdout: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    strictEqual(code, 1, said);
    match(said, /no image of disgust to copy \(balanced and balanced-online\)/);
    match(said, /--set balanceClasses=surprise, .*--variants none,online,class-weighted$/m);
    strictEqual(await exists(out), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
