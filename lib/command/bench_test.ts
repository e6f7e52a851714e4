import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { CASES } from "../../benchmarks/cases.ts";
import { parsePipeline } from "../augmentation/pipeline.ts";
import { main, parseRequest, readResults, resultsName } from "./bench.ts";

async function parsed(...args: string[]) {
  const request = await parseRequest(args);
  if (request === "help") throw new Error("Help was not asked for");
  return request;
}

Deno.test("bench measures all but the long sections by default", async () => {
  const { sections, rounds, peers, out } = await parsed();
  assertEquals(sections, [
    ...CASES.map(({ name }) => name),
    ...["jobs", "operations", "operations-bfloat16"],
    ...["operations-deep", "operations-deep-bfloat16", "start", "load"],
  ]);
  assertEquals([rounds, peers, out], [7, false, join(CHECKOUT, "benchmarks", "own")]);
});

Deno.test("bench measures a long section instead of the others", async () => {
  assertEquals((await parsed("--memory")).sections, ["memory"]);
  assertEquals((await parsed("--epoch", "--only", "plain")).sections, ["plain", "epoch"]);
});

Deno.test("bench measures what --only names, in its own order", async () => {
  assertEquals((await parsed("--only", "start, plain")).sections, ["plain", "start"]);
});

Deno.test("bench refuses what it does not understand", async () => {
  const refused: [string[], RegExp][] = [
    [["--only", "plan"], /Unknown --only plan: did you mean "plain"/],
    [["--rounds", "0"], /--rounds must be a whole number from 1 to 1000000, not "0"/],
    [["--steps", "many"], /--steps must be/],
    [["--round", "3"], /Unknown flag "--round": did you mean "--rounds"/],
    [["plain"], /Unexpected "plain"/],
    [["--no-write", "--out", "x"], /--no-write and --out contradict each other/],
  ];
  for (const [args, message] of refused) {
    await rejects(parseRequest(args), { name: "UsageError", message });
  }
  await rejects(parseRequest(["--data", "none.zip"]), /none\.zip: Does not exist/);
});

Deno.test("bench names its results by the machine, without a date", () => {
  const machine = { platform: "linux-x86_64", cpuModel: "A CPU", threads: 2 };
  const name = (...features: string[]) => resultsName({ ...machine, features });
  assertEquals(name("avx", "avx2", "fma", "avx512f"), "linux-x86_64-avx2-avx512f-2threads");
  assertEquals(
    name("avx512f", "avx512_bf16", "amx_bf16"),
    "linux-x86_64-avx512f-avx512_bf16-amx_bf16-2threads",
  );
});

Deno.test("The committed results of a CPU lie under its own name, no two of one name together", async () => {
  const results = join(CHECKOUT, "benchmarks", "results");
  for await (const { name } of Deno.readDir(results)) {
    if (!name.endsWith(".json")) continue;
    const { machine } = JSON.parse(await Deno.readTextFile(join(results, name)));
    assertEquals(name, `${resultsName(machine)}.json`);
  }
});

Deno.test("the cases' augmentation is one that the suite knows", () => {
  for (const { augment } of CASES) parsePipeline(augment);
  match(CASES.map(({ augment }) => augment).join(), /rotate/);
});

Deno.test("bench takes up results of the same CPU, and refuses what is none in one line", async () => {
  const results = new URL("../../benchmarks/results/", import.meta.url);
  const [entry] = [...Deno.readDirSync(results)].filter(({ name }) => name.endsWith(".json"));
  const whole = JSON.parse(await Deno.readTextFile(new URL(entry!.name, results)));
  const file = await Deno.makeTempFile();
  const read = async (json: unknown) => {
    await Deno.writeTextFile(file, JSON.stringify(json));
    return await readResults(file, whole.machine);
  };
  assertEquals(await read(whole), whole);
  for (const other of [{ cpuModel: "another" }, { features: ["avx2"] }]) {
    const machine = { ...whole.machine, ...other };
    assertEquals(await read({ ...whole, machine }), undefined);
  }
  for (const damaged of [null, { ...whole, sections: null }, { version: 1 }]) {
    await rejects(read(damaged), { name: "UserError", message: /: Is not what was written: / });
  }
});

Deno.test("bench refuses a place where no results can be written before it measures", async () => {
  const file = await Deno.makeTempFile();
  const { log } = console;
  const said: string[] = [];
  console.log = (line: string) => said.push(line);
  try {
    await rejects(main(["--only", "load", "--out", `${file}/results`]), /: Is no folder, and /);
  } finally {
    console.log = log;
    await Deno.remove(file);
  }
  assertEquals(said, []);
});
