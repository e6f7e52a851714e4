import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { join } from "node:path";
import { auditDataset } from "../dataset/audit.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { grayPng, inFolder, pattern, sampleCsv, writeFiles } from "../dataset/_sample.ts";
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
  const text = auditText(await sampleAudit(), { width: 100 });
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

Deno.test("auditText() counts one group of copies in the singular", async () => {
  const audit = await sampleAudit();
  const one = { ...audit, conflicts: { ...audit.conflicts, groups: 1 } };
  assertEquals(/ in 1 group$/m.test(auditText(one, { width: 100 })), true);
});

Deno.test("auditText() keeps within the terminal, but for the digest and what was skipped", async () => {
  const lines = auditText(await sampleAudit(), { width: 70 }).split("\n");
  const wide = lines.filter((line) => line.length > 70 && !/^(Digest| +sample)/.test(line));
  assertEquals(wide, []);
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
  for (
    const args of [
      ...[["--dat", "x"], ["x.csv"], ["--data"], ["--seed", "1.5"], ["--json="]],
      ...[["--data", "x", "--split", "80/20"], ["--split", "80/10/10"], ["--follow-links"]],
    ]
  ) {
    await assertRejects(() => main(args), UsageError, args.join(" "));
  }
});

Deno.test("main() draws splits of class folders and follows links where asked to", async () => {
  await inFolder(async (folder) => {
    const entries = Array.from({ length: 10 }, (_, i) => ({
      path: `${i < 5 ? "happy" : "sad"}/${i}.png`,
      bytes: grayPng(pattern(i)),
    }));
    await writeFiles(join(folder, "disk"), entries);
    await Deno.mkdir(join(folder, "set"));
    for (const name of ["happy", "sad"]) {
      await Deno.symlink(join(folder, "disk", name), join(folder, "set", name));
    }
    const data = ["--data", join(folder, "set")];
    const md = join(folder, "audit.md");
    await assertRejects(() => main([...data, "--split", "80/10/10"]), /--follow-links/);
    await main([...data, "--split", "80/10/10", "--follow-links", "--md", md]);
    const text = await Deno.readTextFile(md);
    assertEquals(/drawn by --split 80\/10\/10 \(seed 0\)/.test(text), true, text);
    assertEquals(/\| all +\| +6 \| +2 \| +2 \| +10 \|/.test(text), true, text);
  });
});
