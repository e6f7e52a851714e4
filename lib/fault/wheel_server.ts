/**
 * A package index of one wheel on this machine, so that pip downloads the real thing over a real
 * connection as often as it is wanted, or one that breaks, or one that somebody changed.
 *
 * @module
 */

import { basename } from "node:path";

/** What the index does when it is asked for the wheel. */
export type Serving = "whole" | "broken off" | "changed";

/** Such an index, until it is disposed of. */
export interface WheelServer extends AsyncDisposable {
  serving: Serving;
  /** How often the wheel was asked for. */
  downloads: number;
  /** The environment in which pip goes to this index and nowhere else. */
  readonly env: Readonly<Record<string, string>>;
}

/** Opens an index of a wheel on a free port of 127.0.0.1. */
export async function serveWheel(wheel: string): Promise<WheelServer> {
  const name = basename(wheel);
  const { size } = await Deno.stat(wheel);
  const answer = async ({ url }: Request): Promise<Response> => {
    if (!url.endsWith(".whl")) {
      return new Response(`<!DOCTYPE html><title>Wheels</title><a href="/${name}">${name}</a>`, {
        headers: { "content-type": "text/html" },
      });
    }
    server.downloads++;
    const file = await Deno.open(wheel);
    return new Response(file.readable.pipeThrough(harm(server.serving, Math.floor(size / 2))), {
      headers: { "content-length": `${size}`, "content-type": "application/octet-stream" },
    });
  };
  const http = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    // A reader that was killed ends the connection.
    onError: () => new Response(null, { status: 500 }),
  }, answer);
  const server: WheelServer = {
    serving: "whole",
    downloads: 0,
    env: {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_INDEX_URL: `http://127.0.0.1:${http.addr.port}/simple/`,
      PIP_EXTRA_INDEX_URL: "",
      PIP_FIND_LINKS: "",
      PIP_NO_INDEX: "",
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
    },
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
  return server;
}

/** Passes bytes on, up to a place where they break off or one of them is changed. */
function harm(serving: Serving, place: number): TransformStream<Uint8Array, Uint8Array> {
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const inside = place - at;
      at += chunk.length;
      const isHere = inside >= 0 && inside < chunk.length;
      if (serving === "broken off" && isHere) return controller.error(new Error("broken off"));
      if (serving === "changed" && isHere) chunk[inside]! ^= 1;
      controller.enqueue(chunk);
    },
  });
}
