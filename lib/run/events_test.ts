import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseEvent, tellEvents } from "./events.ts";
import type { RunBeginning } from "./observer.ts";
import type { EpochRecord } from "../report/record.ts";

Deno.test("What a run tells is read back as it was, one line each", async () => {
  const lines: string[] = [];
  const observer = tellEvents((line) => void lines.push(line));
  await observer.begin!({ resumedAfter: 2 } as RunBeginning);
  const step = { epoch: 3, total: 200, loss: 1, accuracy: 0.5 };
  observer.step!({ ...step, images: 50 });
  // Right after it: one would be too many.
  observer.step!({ ...step, images: 51 });
  const epoch = { epoch: 3, validationAccuracy: 0.55 } as EpochRecord;
  await observer.epoch!(epoch, { history: [epoch], bestEpoch: 3 });
  observer.score!(10, "Training");
  observer.score!(20, "Training");
  strictEqual(
    lines.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1),
    true,
  );
  deepStrictEqual(lines.map(parseEvent), [
    { kind: "begin", after: 2 },
    { kind: "step", epoch: 3, share: 0.25 },
    { kind: "epoch", epoch: 3, accuracy: 0.55 },
    { kind: "score" },
  ]);
});

Deno.test("A line that is no event is none", () => {
  for (
    const line of [
      ...["", "hello", "{", "null", "3", "[]", "{}", '{"kind":"end"}', '{"kind":"begin"}'],
      ...['{"kind":"begin","after":-1}', '{"kind":"step","epoch":1,"share":"x"}'],
      ...['{"kind":"step","epoch":1.5,"share":0.5}', '{"kind":"epoch","epoch":1,"accuracy":2}'],
    ]
  ) strictEqual(parseEvent(line), undefined, line);
});
