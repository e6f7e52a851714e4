import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SAMPLE_FIGURES } from "./_samples.ts";
import { show } from "./show.ts";

const figure = SAMPLE_FIGURES["confusion matrix"]!();

Deno.test("show() serves the page with its own Plotly, says so in one line, and ends", async () => {
  const lines: string[] = [];
  const showing = await show([figure], { open: false, print: (line) => lines.push(line) });
  equal(lines.length, 1);
  ok(lines[0]!.includes(showing.address));
  match(showing.address, /^http:\/\/127\.0\.0\.1:\d+\/$/);

  const response = await fetch(showing.address);
  match(response.headers.get("content-type")!, /text\/html/);
  const html = await response.text();
  ok(html.includes('src="/plotly.min.js"') && !/https?:/.test(html.replace(/www\.w3\.org/g, "")));
  const plotly = await fetch(`${showing.address}plotly.min.js`, { method: "HEAD" });
  equal(plotly.status, 200);

  showing.close();
  equal(await showing.finished, "closed");
  await stopsAnswering(showing.address);
});

Deno.test("show() hands the figure to the page and ends when the page is closed", async () => {
  const showing = await show([figure], { open: false, print: () => {} });
  // What the page does, by engine.io's polling protocol: connect, ask for the plots, leave.
  const at = `${showing.address}socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1));
  const send = async (body: string) =>
    await (await fetch(`${at}&sid=${sid}`, { method: "POST", body })).text();
  const receive = async () => await (await fetch(`${at}&sid=${sid}`)).text();
  await send("40");
  await receive();
  await send('42["readplots"]');
  const received = await receive();
  ok(received.startsWith('42["plotdata",'));
  const [, shown] = JSON.parse(received.slice(2));
  deepEqual(shown.data, figure.data);
  deepEqual(shown.layout, figure.layout);
  await send("1");
  equal(await showing.finished, "closed");
});

Deno.test("show() gives up when nobody opens the page", async () => {
  const showing = await show([figure], { open: false, patience: 0.05, print: () => {} });
  equal(await showing.finished, "never opened");
});

/** A worker ends a moment after it is told to. */
async function stopsAnswering(address: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await (await fetch(address)).body?.cancel();
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${address} still answers`);
}
