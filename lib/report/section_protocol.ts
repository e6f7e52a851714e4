/**
 * The section of a report on what was run, and how to run it again.
 *
 * @module
 */

import { shortCommit } from "../digest.ts";
import {
  BASELINE,
  differences,
  formatValue,
  parametersOf,
  wholeConfiguration,
} from "../configuration.ts";
import { minutesOf } from "./_section.ts";
import { costOf, millions, MULTIPLY_ADDS } from "./cost.ts";
import { code, details, escape, target } from "./gfm.ts";
import type {
  BuildRecord,
  ExperimentReport,
  ReportFacts,
  RunReport,
  VariantReport,
} from "./record.ts";
import { triesLines } from "./section_tries.ts";
import { secondsOf, selectionText, selectionTexts } from "./summary.ts";
import { markdownTable, right } from "./table.ts";
import { count, list, minutes, NOTHING, percent, plural } from "./text.ts";

/** Protocol, hyper-parameters, network, runs, command and build. */
export function protocolSection(
  report: ExperimentReport,
  facts: ReportFacts | undefined,
): string[] {
  const { variants, command, preset } = report;
  const baseline = variants.find(({ name }) => name === report.baseline)!;
  // Only what all variants share; what some of them change stands in their own table.
  const own = differences(BASELINE, baseline.configuration)
    .filter(({ name }) => variants.every(({ changes }) => changes.every((c) => c.name !== name)));
  return [
    `**Protocol.** Trained on Training, the best epoch chosen ${
      selectionSentence(variants)
    } by validation accuracy, ` +
    "PrivateTest scored once, at the end, for the best and the last epoch's weights." +
    patienceText(variants) + averageText(variants) + mixupText(variants),
    own.length === 0
      ? `Preset \`${preset}\`; every hyper-parameter is the original report's.`
      : `Preset \`${preset}\`. What differs from the original report's protocol` +
        `${variants.length > 1 ? " in all variants" : ""}:\n\n` +
        markdownTable(
          [{ title: "Hyper-parameter" }, { title: "Original" }, { title: "Here" }],
          own.map(({ name, a, b }) => [name, code(setting(a)), code(setting(b))]),
        ),
    ...(variants.length === 1 ? [] : [
      `What each variant changes from \`${report.baseline}\`:`,
      markdownTable(
        [{ title: "Variant" }, { title: "What it is" }, { title: "Changed" }],
        variants.map((variant) => [
          escape(variant.name),
          escape(variant.description),
          variant.changes.length === 0
            ? NOTHING
            : variant.changes.map(({ name, value }) => code(`${name}=${formatValue(value)}`))
              .join(", "),
        ]),
      ),
    ]),
    ...(report.experiment.notes ?? []),
    ...facts ? triesLines(facts) : [],
    details("Every hyper-parameter", configurationTable(variants)),
    details("The network", networkTable(baseline, report)),
    details("The runs", runsTable(variants, facts)),
    "**Run it again.**",
    "```sh\n" + command + "\n```",
    `**Build.** ${buildsText(report)}.${
      facts ? ` ${provenance(facts)}` : ""
    } The records are the same to ` +
    "the byte on the same build, CPU kind and thread count.",
  ];
}

/** What computed; where that was not the same for all runs, for whom what, and what that means. */
function buildsText({ build, builds }: ExperimentReport): string {
  if (!builds) return buildText(build);
  const whose = builds.map((each) =>
    `${list(each.variants.map(escape))}: ${buildText(each.build)}`
  );
  return `Not all runs are of one: ${
    whose.join("; ")
  }. Between them the rounding of another build or CPU ` +
    "adds to what is compared, as another seed would";
}

function buildText({ tensorflow, tfjs, platform, cpu, threads, execution }: BuildRecord): string {
  return `TensorFlow ${tensorflow} through tfjs-node ${tfjs}, ${platform}, ${cpu}, ` +
    `${plural(threads, "thread")}, ` +
    (execution === "traced" ? "each step one traced graph" : "steps run op by op");
}

function configurationTable(variants: readonly VariantReport[]): string {
  return markdownTable(
    [{ title: "Hyper-parameter" }, ...variants.map(({ name }) => ({ title: escape(name) }))],
    parametersOf(variants.map(({ configuration }) => configuration)).map((parameter) => [
      parameter,
      ...variants.map(({ configuration, changes }) => {
        const text = code(setting(wholeConfiguration(configuration)[parameter]));
        return changes.some(({ name }) => name === parameter) ? `**${text}**` : text;
      }),
    ]),
  );
}

function networkTable(
  { name, model, configuration }: VariantReport,
  { dataset }: ExperimentReport,
): string {
  const cost = costOf(configuration, dataset);
  const computed = cost
    ? `, ${millions(cost.multiplyAdds)} million multiply-adds. ${MULTIPLY_ADDS}`
    : ".";
  return `${escape(name)}: ${count(model.parameters)} parameters${computed}\n\n` + markdownTable(
    [
      { title: "Layer" },
      { title: "Type" },
      ...right("Output", "Parameters"),
    ],
    model.layers.map((layer) => [
      escape(layer.name),
      escape(layer.type),
      layer.output.join(" x "),
      count(layer.parameters),
    ]),
  );
}

function runsTable(variants: readonly VariantReport[], facts: ReportFacts | undefined): string {
  return markdownTable(
    [
      { title: "Variant" },
      ...right("Seed"),
      { title: "Run" },
      ...right("Epochs", "Best epoch", "PublicTest %", "PrivateTest %"),
      { title: "Weights" },
      ...(facts ? right("Minutes") : []),
    ],
    variants.flatMap((variant) =>
      variant.runs.map((run) => [
        escape(variant.name),
        String(run.seed),
        `[${run.folder.split("/").slice(-2).join("/")}](${target(run.folder)})` +
        (run.status === "interrupted" ? " (interrupted)" : ""),
        count(run.epochs) + stoppedEarly(variant, run),
        count(run.best.epoch) + (run.best.averaged ? ", averaged" : ""),
        percent(run.best.validationAccuracy),
        percent(run.best.test.accuracy),
        code(run.best.weights.slice(0, 12)),
        ...(facts ? [minutesOf(facts, variant.name, run.seed)] : []),
      ])
    ),
  );
}

function stoppedEarly({ configuration }: VariantReport, { status, epochs }: RunReport): string {
  const early = status === "complete" && epochs < configuration.epochs;
  return early ? ` of ${count(configuration.epochs)}` : "";
}

/** On what epochs were chosen, and where variants differ in it by which. */
function selectionSentence(variants: readonly VariantReport[]): string {
  const texts = selectionTexts(variants);
  if (texts.length === 1) return `on ${texts[0]!}`;
  return list(texts.map((text) => {
    const names = variants.filter(({ configuration }) => selectionText(configuration) === text)
      .map(({ name }) => escape(name));
    return `on ${text} (${names.join(", ")})`;
  }));
}

/** That runs may have stopped before the last epoch; nothing where none was to. */
function patienceText(variants: readonly VariantReport[]): string {
  const all = variants.map(({ configuration }) => wholeConfiguration(configuration).patience);
  const some = [...new Set(all.filter((patience) => patience > 0))];
  if (some.length === 0) return "";
  const which = some.length === 1 && all.every((patience) => patience === some[0])
    ? ""
    : ", where `patience` says so,";
  return ` Training${which} stopped after ${
    some.length === 1 ? plural(some[0]!, "epoch") : "some epochs"
  } without a better validation accuracy.`;
}

/** That weights were averaged, and how often that was better; nothing where none were. */
function averageText(variants: readonly VariantReport[]): string {
  const averaging = variants.filter(({ configuration }) =>
    wholeConfiguration(configuration).ema > 0
  );
  const runs = averaging.flatMap(({ runs }) => runs);
  if (runs.length === 0) return "";
  const chosen = runs.filter(({ best }) => best.averaged).length;
  return ` ${
    averaging.length === variants.length ? "After" : "Where `ema` says so, after"
  } each epoch ${
    list(selectionTexts(averaging))
  } chose between the weights and their exponential moving average: the best ` +
    `epoch's are the average in ${chosen} of ${plural(runs.length, "run")}.`;
}

/** That images were mixed, and what the numbers of training are then of; nothing where none were. */
function mixupText(variants: readonly VariantReport[]): string {
  const mixing = variants.filter(({ configuration }) =>
    wholeConfiguration(configuration).mixup > 0
  );
  if (mixing.length === 0) return "";
  return ` ${
    mixing.length === variants.length ? "Training" : "Where `mixup` says so, training"
  } mixed samples by two (Zhang et al. 2018): the curves' training loss and accuracy are of mixed ` +
    "samples, the latter by the label of which there is more.";
}

function provenance(facts: ReportFacts): string {
  const commits = new Set(
    facts.runs.flatMap(({ facts: { git } }) =>
      git
        ? [
          `\`${shortCommit(git.commit)}\`${git.patch ? " with uncommitted changes" : ""}${
            git.edited ? " (edited meanwhile)" : ""
          }`,
        ]
        : []
    ),
  );
  const cpus = new Set(facts.runs.map(({ facts: { cpuModel } }) => escape(cpuModel)));
  const days = facts.runs.map(({ facts: { finished } }) => finished.slice(0, 10)).sort();
  if (days.length === 0) return "";
  const when = days[0] === days.at(-1) ? `on ${days[0]}` : `from ${days[0]} to ${days.at(-1)}`;
  const total = facts.runs.reduce((sum, run) => sum + secondsOf(run.facts), 0);
  return `Run ${when} on ${list([...cpus])}, ${minutes(total)} minutes in all` +
    `${commits.size > 0 ? `, commit ${list([...commits])}` : ""}.`;
}

function setting(value: unknown): string {
  return formatValue(value as Parameters<typeof formatValue>[0]);
}
