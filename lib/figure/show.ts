/**
 * Figures in the browser, through nodeplotlib.
 *
 * @module
 */

import { openBrowser } from "../browser.ts";
import { UserError } from "../error.ts";
import type { Figure } from "./figure.ts";
import type { ShowMessage } from "./_show_worker.ts";

/** What {@linkcode show} may be told. */
export interface ShowOptions {
  /** Open the default browser (default true). */
  readonly open?: boolean;
  /** Seconds to wait for a page to open before giving up (default 300). */
  readonly patience?: number;
  /** Where the one line with the address goes (default: standard output). */
  readonly print?: (line: string) => void;
}

/** Figures being shown. */
export interface Showing {
  /** Where the page is. */
  readonly address: string;
  /** Ends when the page was closed, when nobody opened it in time, or by `close()`. */
  readonly finished: Promise<"closed" | "never opened">;
  /** Ends the server now. */
  close(): void;
}

/**
 * Opens figures on one page in the browser. The server listens on a free port of this machine only,
 * and ends when the page is closed.
 *
 * @param figures What to show, in order.
 * @returns When the server answers; wait for `finished` before leaving the program.
 * @throws {UserError} Where the server cannot start.
 */
export async function show(
  figures: readonly Figure[],
  options: ShowOptions = {},
): Promise<Showing> {
  const { open = true, patience = 300, print = console.log } = options;
  const worker = new Worker(import.meta.resolve("./_show_worker.ts"), { type: "module" });
  const listening = Promise.withResolvers<number>();
  const finished = Promise.withResolvers<"closed" | "never opened">();
  let patienceEnds: ReturnType<typeof setTimeout> | undefined = undefined;
  const end = (how: "closed" | "never opened") => {
    clearTimeout(patienceEnds);
    worker.terminate();
    finished.resolve(how);
  };
  worker.onmessage = ({ data }: MessageEvent<ShowMessage>) => {
    if (data.kind === "listening") listening.resolve(data.port);
    else if (data.kind === "connected") clearTimeout(patienceEnds);
    else if (data.kind === "closed") end("closed");
    else if (data.kind === "failed") {
      listening.reject(new UserError(`The figures cannot be shown: ${data.reason}`));
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    listening.reject(new UserError(`The figures cannot be shown: ${event.message}`));
  };
  worker.postMessage(figures);
  let port: number;
  try {
    port = await listening.promise;
  } catch (error) {
    end("closed");
    throw error;
  }
  const address = `http://127.0.0.1:${port}/`;
  patienceEnds = setTimeout(() => end("never opened"), 1000 * patience);
  const opened = open && await openBrowser(address);
  const count = figures.length === 1 ? "Figure" : `${figures.length} figures`;
  print(
    `${count} at ${address} ${
      opened ? "(close the page" : "(open it in a browser"
    } or press Ctrl-C to end)`,
  );
  return { address, finished: finished.promise, close: () => end("closed") };
}
