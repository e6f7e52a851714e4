import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { CHECKOUT } from "../paths.ts";
import { ownExperiments } from "./_own_experiments.ts";
import { EXPERIMENTS } from "./all.ts";
import { type Machine, parseSweepArgs } from "./sweep.ts";

const CORES = { cores: 8, memory: 64e9 };

function parse(line: string, options = CORES) {
  const { plans, jobs, args } = parseSweepArgs(line.split(" "), options)!;
  const { experiment, request } = plans[0]!;
  return { plans, jobs, args, name: experiment.name, request };
}

/** What the experiment's own command would be asked for. */
function own(name: string, line: string) {
  const experiment = EXPERIMENTS.find((each) => each.name === name)!;
  return parseExperimentArgs(line.split(" "), { experiment, base: BASELINE, ...CORES });
}

Deno.test("A sweep's report is that of the experiment's own command with the threads of each run", () => {
  const { request, args } = parse(
    "dropout --preset smoke --seeds 2 --set filters=4,8 --set denseUnits=8 --jobs 2 --eager",
  );
  const flags = "--preset smoke --seeds 2 --set filters=4,8 --set denseUnits=8 --eager --threads 4";
  strictEqual(request.command, own("dropout", flags).command);
  // And so is what the processes are given.
  strictEqual(own("dropout", args.join(" ")).command, request.command);
});

Deno.test("The threads are divided among the processes, one at least, unless they are given", () => {
  const threads = (line: string) => parse(line).request.threads;
  strictEqual(threads("dropout --jobs 2"), 4);
  strictEqual(threads("dropout --jobs 3"), 2);
  strictEqual(threads("dropout --jobs 20"), 1);
  strictEqual(threads("dropout --jobs 4 --threads 8"), 8);
  // As without a sweep, whose command does not tell the number either.
  strictEqual(threads("dropout --jobs 1"), 8);
  strictEqual(parse("dropout --jobs 1").request.command, own("dropout", "--seeds 1").command);
});

Deno.test("Without --jobs there are as many processes as cores, runs, threads and memory allow", () => {
  const jobs = (line: string, options: Partial<Machine> = {}) =>
    parse(line, { ...CORES, ...options }).jobs;
  strictEqual(jobs("dropout --seeds 3"), 8);
  strictEqual(jobs("dropout"), 4);
  strictEqual(jobs("baseline"), 1);
  strictEqual(jobs("dropout --variants none,dense-0.5 --seeds 1"), 2);
  strictEqual(jobs("dropout --seeds 3 --threads 3"), 2);
  strictEqual(jobs("all --seeds 3", { cores: 16 }), 16);
  strictEqual(jobs("dropout", { cores: 1 }), 1);
  strictEqual(jobs("dropout", { memory: 4e9 }), 2);
  strictEqual(jobs("dropout", { memory: 1e9 }), 1);
});

Deno.test("The flags may come in any order, and the experiment as its task is called", () => {
  for (
    const line of [
      "dropout --seeds 2 --jobs 2",
      "--jobs 2 --seeds 2 dropout",
      "--seeds=2 exp:dropout --jobs=2",
    ]
  ) {
    const { name, jobs, request } = parse(line);
    deepStrictEqual([name, jobs, request.seeds], ["dropout", 2, [1, 2]], line);
  }
  deepStrictEqual(parse("all").plans.map(({ experiment }) => experiment), EXPERIMENTS);
  strictEqual(parseSweepArgs(["--help"]), undefined);
});

Deno.test("Every experiment that has a task can be swept", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(CHECKOUT, "deno.json")));
  const names = Object.keys(tasks).filter((task) => task.startsWith("exp:"));
  for (const name of names) parse(name);
});

Deno.test("What the sweep does itself its processes are not asked for", () => {
  const { args, request } = parse(
    "dropout --show --resume --quiet --skip-bad --jobs 1 --data a.csv",
  );
  deepStrictEqual(args, ["--skip-bad", "--data=a.csv"]);
  strictEqual(request.resume && request.show && request.quiet, true);
});

Deno.test("For Slurm a run has one thread, or as many as are given, and what follows -- is sbatch's", () => {
  const { plans, args, slurm } = parseSweepArgs(
    "dropout --seeds 2 --slurm --wait --jobs 3 -- --time=1:00:00 --mem 3G".split(" "),
    CORES,
  )!;
  deepStrictEqual(slurm, { atOnce: 3, wait: true, options: ["--time=1:00:00", "--mem", "3G"] });
  deepStrictEqual(args, ["--seeds=2", "--threads=1"]);
  strictEqual(plans[0]!.request.command, own("dropout", "--seeds 2 --threads 1").command);
  const many = parseSweepArgs("dropout --slurm --threads 64".split(" "), CORES)!;
  deepStrictEqual([many.args, many.slurm], [["--threads=64"], { wait: false, options: [] }]);
});

Deno.test("A command line that cannot be understood says what would be", () => {
  const refuses = (line: string, message: RegExp) =>
    throws(() => parseSweepArgs(line.split(" ").filter((word) => word !== ""), CORES), message);
  refuses("", /^UsageError: Name an experiment: deno task sweep baseline\|dropout\|.*\|all$/);
  refuses("dropuot", /Unknown experiment "dropuot": did you mean "dropout"\?/);
  refuses("nothing", /Unknown experiment "nothing": expected one of baseline, .*, all/);
  refuses("dropout baseline", /Unexpected "baseline"/);
  refuses("dropout -- --fresh", /Unexpected "--fresh" after --: options of sbatch need --slurm/);
  refuses("dropout --wait", /--wait needs --slurm/);
  refuses("dropout --slum", /did you mean "--slurm"/);
  refuses("dropout --slurm --fresh", /--fresh and --slurm contradict each other/);
  refuses("dropout epochs=3", /Unexpected "epochs=3": did you mean --set "epochs=3"\?/);
  refuses("dropout --jobs 0", /--jobs must be a whole number from 1 to 1024, not "0"/);
  refuses("dropout --jobs two", /--jobs must be a whole number/);
  refuses("dropout --jobs", /--jobs needs a value: --jobs N/);
  refuses("dropout --job 2", /Unknown flag "--job": did you mean "--jobs"\?/);
  refuses("dropout -j 2", /did you mean "--jobs"/);
  refuses("dropout --epoch 2", /Unknown flag "--epoch": did you mean "--epochs"\?/);
  refuses("dropout --seed 1 --seeds 2", /--seed and --seeds contradict each other/);
  refuses("dropout --threads 9", /--threads must be a whole number from 1 to 8/);
  refuses("dropout --data=", /--data needs a value/);
  refuses("dropout --variants non", /Unknown variant "non" of dropout: did you mean "none"\?/);
  refuses("all --variants none", /--variants belongs to one experiment/);
  refuses("dropout --only none:1", /deno task exp:<name> --only/);
  refuses("dropout --profile", /deno task exp:<name> --profile --only VARIANT:SEED/);
});

Deno.test("An experiment that is not known is found by its task, and no other is loaded", async () => {
  const found = await ownExperiments(["--seeds", "2", "depth"], { besides: ["dropout"] });
  deepStrictEqual(found.map(({ name }) => name), ["depth"]);
  deepStrictEqual(await ownExperiments(["exp:dropout", "all"], { besides: ["dropout"] }), []);
});
