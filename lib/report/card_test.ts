import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sampleRecord, sampleTestPredictions } from "./_sample.ts";
import { modelCard, viewsText } from "./card.ts";

Deno.test("modelCard() gives the record's scores, classes and digests, and how to train it again", () => {
  const record = sampleRecord({ configuration: { mirrorPrediction: true } });
  const card = modelCard(record, {
    name: "a network",
    predictions: sampleTestPredictions(record, 0.5),
    command: "deno task exp:test --seeds 1",
  });
  const [, header, body] = card.split(/^---$/m);
  ok(header!.includes(`value: ${record.best.test.accuracy.toFixed(4)} }`));
  ok(header!.includes(record.dataset.digest) && header!.includes('name: "a network"'));
  // Hugging Face refuses the results where they have a source without an address.
  ok(!header!.includes("source"));
  ok(body!.includes(`right on ${(100 * record.best.test.accuracy).toFixed(2)} % `));
  const sections = [...body!.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  deepStrictEqual(sections, [
    ...["Model details", "Intended use", "Factors", "Metrics", "Training and evaluation data"],
    ...["Limits", "How to train it again"],
  ]);
  for (const { emotion } of record.best.test.perClass) ok(body!.includes(`\n| ${emotion} `));
  ok(body!.includes("deno task exp:test --seeds 1") && body!.includes("\nmirrorPrediction=true\n"));
  ok(!/NaN|undefined|null/.test(card));
});

Deno.test("modelCard() has a row of the images without copies only where some have one", () => {
  const record = sampleRecord();
  const rows = (best: typeof record.best) =>
    modelCard({ ...record, best }, {
      name: "a network",
      predictions: sampleTestPredictions(record, 0.5),
      command: undefined,
    }).match(/^\| P\w+Test.*? \|/gm)!.map((cell) => cell.slice(2, -2).trim());
  const [all, clean, chosenOn] = rows(record.best);
  deepStrictEqual([all, clean], ["PrivateTest", "PrivateTest without copies in the other splits"]);
  deepStrictEqual(rows({ ...record.best, cleanTest: record.best.test }), [all, chosenOn]);
});

Deno.test("modelCard() says of a network with the synthetic channel that no sensor has its values", () => {
  const cardOf = (configuration: Parameters<typeof sampleRecord>[0] & object) => {
    const record = sampleRecord(configuration);
    const predictions = sampleTestPredictions(record, 0.5);
    return modelCard(record, { name: "a network", predictions, command: undefined });
  };
  const said = /takes a synthetic physiological channel, which a program drew/;
  ok(said.test(cardOf({ configuration: { syntheticBits: 0.5 } })));
  ok(!said.test(cardOf({})));
});

Deno.test("viewsText() says what a prediction is the mean of", () => {
  const of = (changes: Parameters<typeof sampleRecord>[0] & object) =>
    viewsText(sampleRecord(changes).configuration);
  strictEqual(of({ configuration: { mirrorPrediction: false } }), "the image alone");
  strictEqual(
    of({ configuration: { mirrorPrediction: true } }),
    "the mean of the probabilities of the image and its mirror image",
  );
});

Deno.test("modelCard() says of data that are no FER2013, and of votes, only what is so of them", () => {
  const cardOf = (...changes: Parameters<typeof sampleRecord>) => {
    const record = sampleRecord(...changes);
    return modelCard(record, {
      name: "a network",
      predictions: sampleTestPredictions(record, 0.5),
      command: undefined,
    });
  };
  const faces = cardOf({ dataset: { name: "fer2013", synthetic: false } });
  ok(/licence of FER2013's images/.test(faces) && /finding them/.test(faces));
  const own = cardOf({ dataset: { name: "own", synthetic: false } });
  ok(/On their licence ask/.test(own) && !/licence of FER2013/.test(own) && !/equalised/.test(own));
  const drawn = cardOf({ dataset: { synthetic: true } });
  ok(/stand for nobody/.test(drawn) && !/raters disagree/.test(drawn));
});
