/**
 * `deno task live`: a page that reads the emotion of faces in the camera, a picture or a video.
 *
 * @module
 */

import { openBrowser } from "../browser.ts";
import { readCommandLine } from "../command_line.ts";
import { type Command, commandHelp, flag, whole } from "../flags.ts";
import { interruptible } from "../interruption.ts";
import { runMain } from "../main.ts";
import { choosePort } from "../port.ts";
import { MODEL_FLAG } from "./_model_flag.ts";

/** The same each time where it can be: browsers remember by address who may use the camera. */
const FIRST_PORT = 8765;

const COMMAND = {
  name: "live",
  summary:
    "Opens a page on this machine that finds the faces in the camera, a picture or a video, and " +
    "says for each how probable a network holds each emotion.",
  flags: {
    model: MODEL_FLAG,
    port: whole("N", "Its port on 127.0.0.1", {
      range: [1, 65_535],
      otherwise: `the first free one from ${FIRST_PORT}`,
    }),
    "no-browser": flag("Do not open the browser; the address is printed"),
  },
  examples: ["deno task live", "deno task live --model reports/own/fer2013/deep --port 8080"],
  notes: [
    "Everything comes from this machine, both networks run in the page, and pictures never leave it. " +
    "Ctrl-C ends the server.",
    "A number says how sure the network is of what an expression would be called by those who labelled " +
    "its training data; it does not say how somebody feels.",
  ],
} as const satisfies Command;

/** Serves the page until Ctrl-C. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const port = choosePort(flags.port, FIRST_PORT);
  const { findNetwork } = await import("../run/find_network.ts");
  const place = await findNetwork(flags.model);
  const { makeSite } = await import("../live/site.ts");
  const { serveSite } = await import("../live/server.ts");
  const site = await makeSite(place);
  const server = serveSite(site, { port });
  await interruptible(async (signal) => {
    signal.addEventListener("abort", () => void server[Symbol.asyncDispose]());
    const opened = !flags["no-browser"] && await openBrowser(server.address);
    console.log(
      `Live at ${server.address} (${opened ? "" : "open it in a browser; "}press Ctrl-C to end)`,
    );
    await server.finished;
  }, { stopping: "The page is served no longer" });
}

if (import.meta.main) await runMain(() => main(Deno.args));
