/**
 * `deno task live`: a page that reads the emotion of faces in the camera, a picture or a video.
 *
 * @module
 */

import { openBrowser } from "../browser.ts";
import { readCommandLine } from "../command_line.ts";
import { type Command, commandHelp, flag, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { MODEL_FLAG } from "./_model_flag.ts";

const COMMAND = {
  name: "live",
  summary:
    "Opens a page on this machine that finds the faces in the camera, a picture or a video, and " +
    "says for each how probable a network holds each emotion.",
  flags: {
    model: MODEL_FLAG,
    port: whole("N", "Where the page is served on 127.0.0.1", {
      otherwise: "any free port",
      range: [1, 65535],
    }),
    closed: flag("Only print the address: open no browser"),
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
  const { findNetwork } = await import("../run/find_network.ts");
  const place = await findNetwork(flags.model);
  const { makeSite } = await import("../live/site.ts");
  const { serveSite } = await import("../live/server.ts");
  const site = await makeSite(place);
  await using server = serveSite(site, flags.port === undefined ? {} : { port: flags.port });
  const opened = !flags.closed && await openBrowser(server.address);
  console.log(
    `Live at ${server.address} (${opened ? "" : "open it in a browser; "}press Ctrl-C to end)`,
  );
  await server.finished;
}

if (import.meta.main) await runMain(() => main(Deno.args));
