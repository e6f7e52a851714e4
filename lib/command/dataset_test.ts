import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { join } from "node:path";
import { auditDataset } from "../dataset/audit.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { inFolder, sampleCsv } from "../dataset/_sample.ts";
import { loadDataset } from "../dataset/load.ts";
import { UsageError } from "../error.ts";
import { auditMarkdown, auditText, main } from "./dataset.ts";

async function sampleAudit() {
  let audit;
  await inFolder(async (folder) => {
    const path = join(folder, "sample.csv");
    await Deno.writeTextFile(path, `${sampleCsv()}9,1,Training\n`);
    audit = auditDataset(await loadDataset(path, { cacheFolder: null, skipBad: true }));
  });
  return audit!;
}

Deno.test("auditText() shows counts, findings and what was skipped", async () => {
  const text = auditText(await sampleAudit());
  for (
    const line of [
      /^sample: A data set in FER2013's form, splits from the CSV's Usage column; 1 unusable/m,
      /^happy +2 +1 +0 +3$/m,
      /^all +6 +2 +2 +10$/m,
      /^redundant \(copies of another\) +3 +30.00 %; within 1 Training$/m,
      /^copies with different labels +6 +in 3 groups$/m,
      /^ {2}sample.csv, row 12: Unknown emotion "9"/m,
    ]
  ) assertEquals(line.test(text), true, `${line} in ${text}`);
});

Deno.test("auditMarkdown() lists every conflict and says synthetic of synthetic faces", async () => {
  const text = auditMarkdown(await sampleAudit());
  assertEquals(/\| +happy \(Training\), sad \(Training\) +\|/.test(text), true, text);
  const faces = generateFaces({ seed: 0, training: 20, publicTest: 7, privateTest: 7 });
  assertEquals(
    /^# Data set: Synthetic faces \(not FER2013\)/.test(auditMarkdown(auditDataset(faces))),
    true,
  );
});

Deno.test("main() refuses what it does not understand", async () => {
  for (const args of [["--dat", "x"], ["x.csv"], ["--data"], ["--seed", "1.5"], ["--json="]]) {
    await assertRejects(() => main(args), UsageError, args.join(" "));
  }
});
