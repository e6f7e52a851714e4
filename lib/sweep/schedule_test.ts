import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Look, type RunEnd, schedule } from "./schedule.ts";

const OPEN = () => Promise.resolve<Look>({ status: "open" });
const DONE = { status: "done" } as const;

/** Gives the loop a turn, so that whoever can go on does. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A start whose ends are given by hand, in whatever order. */
function byHand() {
  const started: string[] = [];
  const ends = new Map<string, (end: RunEnd) => void>();
  return {
    started,
    start: (job: string) => {
      started.push(job);
      return new Promise<RunEnd>((resolve) => ends.set(job, resolve));
    },
    end: async (job: string, end: RunEnd = DONE) => {
      ends.get(job)!(end);
      await turn();
    },
  };
}

const never = new AbortController().signal;

Deno.test("Runs are started in their order, so many at once, the next when one has ended", async () => {
  const { started, start, end } = byHand();
  const all = schedule(["a", "b", "c", "d"], { places: 2, signal: never, look: OPEN, start });
  await turn();
  deepStrictEqual(started, ["a", "b"]);
  await end("b");
  deepStrictEqual(started, ["a", "b", "c"]);
  await end("a");
  await end("c");
  await end("d");
  deepStrictEqual([...await all].map(([job, { status }]) => `${job} ${status}`), [
    "b done",
    "a done",
    "c done",
    "d done",
  ]);
});

Deno.test("What is done already is not started, and what fails does not stop the others", async () => {
  const started: string[] = [];
  const told: string[] = [];
  const failed = { status: "failed", reason: "it diverged" } as const;
  const settled = await schedule(["done", "bad", "unstartable", "good"], {
    places: 1,
    signal: never,
    look: (job) =>
      Promise.resolve<Look>(
        job === "done"
          ? { status: "found" }
          : job === "unstartable"
          ? { status: "failed", reason: "no folder" }
          : { status: "open" },
      ),
    start: (job) => {
      started.push(job);
      return Promise.resolve(job === "bad" ? failed : DONE);
    },
    onSettled: (job, { status }) => void told.push(`${job} ${status}`),
  });
  deepStrictEqual(started, ["bad", "good"]);
  deepStrictEqual(told, ["done found", "bad failed", "unstartable failed", "good done"]);
  deepStrictEqual(settled.get("bad"), failed);
});

Deno.test("A run that another process is at is waited for while others are done", async () => {
  const started: string[] = [];
  const told: string[] = [];
  let looks = 0;
  const settled = await schedule(["held", "free", "other"], {
    places: 1,
    signal: never,
    lookEvery: 5,
    look: (job) =>
      Promise.resolve<Look>(
        job === "held" && ++looks < 4
          ? { status: "busy", holder: "process 7" }
          : { status: "open" },
      ),
    start: (job) => {
      started.push(job);
      return Promise.resolve(DONE);
    },
    onBusy: (job, holder) => told.push(`${job}: ${holder}`),
  });
  deepStrictEqual(started, ["free", "other", "held"]);
  deepStrictEqual(told, ["held: process 7"]);
  strictEqual(settled.size, 3);
});

Deno.test("After the signal nothing is started, and waiting for others ends at once", async () => {
  const { started, start, end } = byHand();
  const controller = new AbortController();
  const { signal } = controller;
  const all = schedule(["a", "b", "c"], { places: 2, signal, look: OPEN, start });
  await turn();
  controller.abort();
  await end("a", { status: "stopped" });
  await end("b");
  deepStrictEqual(started, ["a", "b"]);
  deepStrictEqual([...(await all).keys()], ["a", "b"]);

  const waiting = new AbortController();
  const before = performance.now();
  const held = schedule(["held"], {
    places: 1,
    signal: waiting.signal,
    lookEvery: 60_000,
    look: () => Promise.resolve<Look>({ status: "busy", holder: "process 7" }),
    start,
  });
  await turn();
  waiting.abort();
  strictEqual((await held).size, 0);
  ok(performance.now() - before < 10_000);
});

Deno.test("What nobody foresaw is passed on", async () => {
  const start = () => Promise.reject(new TypeError("a mistake"));
  await rejects(schedule(["a"], { places: 1, signal: never, look: OPEN, start }), TypeError);
});
