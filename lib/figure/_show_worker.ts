/// <reference lib="deno.worker" />
/**
 * nodeplotlib in a worker of its own, which ends with its server and all its state.
 *
 * Alone it would log each of its steps, listen on every network interface, and have the page fetch
 * an old Plotly from the internet. Here it is silent, listens on this machine only, and serves the
 * Plotly that also draws the static figures, so that a figure looks the same and needs no network.
 *
 * @module
 */

import http from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import type { Figure } from "./figure.ts";

/** What the worker tells: the server's port, and what happens to its pages. */
export type ShowMessage =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "connected" | "closed" }
  | { readonly kind: "failed"; readonly reason: string };

/** Figures one below the other at their full width; the page's own two columns cut them off. */
const PAGE_STYLE = "npl-plots{grid-template-columns:max-content!important}mat-icon{display:none}";

const tell = (message: ShowMessage) => self.postMessage(message);

self.onmessage = async ({ data: figures }: MessageEvent<Figure[]>) => {
  try {
    listenForSteps();
    serveLocally(await page());
    // With a port in the environment it opens no browser itself; 0 is any free port.
    process.env.NODEPLOTLIB_PORT = "0";
    const { plot } = await import("nodeplotlib");
    for (const { data, layout } of figures) plot(data, layout, { responsive: false });
  } catch (error) {
    tell({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};

/** nodeplotlib says what it does in its log only, so the log is read instead of printed. */
function listenForSteps(): void {
  process.stdout.write = () => true;
  console.log = (...parts: unknown[]) => {
    const line = parts.join(" ");
    const port = /Server running at \S*:(\d+)/.exec(line)?.[1];
    if (port) tell({ kind: "listening", port: Number(port) });
    else if (line.includes("client connected")) tell({ kind: "connected" });
    else if (line.includes("shutting down")) tell({ kind: "closed" });
  };
}

/** nodeplotlib's page with the address of Plotly on the same server, and that Plotly. */
async function page(): Promise<Record<string, { type: string; body: string }>> {
  const require = createRequire(import.meta.url);
  const folder = new URL("lib/server/web/", `file://${require.resolve("nodeplotlib")}`);
  const html = await Deno.readTextFile(new URL("index.html", folder));
  const body = html
    .replace(/https:\/\/cdn\.plot\.ly\/plotly[^"']*\.js/, "/plotly.min.js")
    // Fonts and icons from the internet; the page reads as well without.
    .replaceAll(/@font-face\s*\{[^}]*\}/g, "")
    .replaceAll(/<link rel="preconnect"[^>]*>/g, "")
    .replace("<title>Nodeplotlib</title>", "<title>FER Lab</title>")
    .replace("</head>", `<style>${PAGE_STYLE}</style></head>`);
  const start = { type: "text/html; charset=utf-8", body };
  const plotly = await Deno.readTextFile(require.resolve("plotly.js-dist-min/plotly.min.js"));
  return {
    "/": start,
    "/index.html": start,
    "/plots": start,
    "/plotly.min.js": { type: "text/javascript; charset=utf-8", body: plotly },
  };
}

/** Has every server of this worker answer with the pages first, and on this machine only. */
function serveLocally(pages: Record<string, { type: string; body: string }>): void {
  const create = http.createServer;
  const replaced = (listener: http.RequestListener) => {
    const server = create((request, response) => {
      const found = pages[request.url ?? ""];
      if (!found) return listener(request, response);
      response.writeHead(200, { "content-type": found.type, "cache-control": "no-store" });
      response.end(found.body);
    });
    const listen = server.listen.bind(server) as (...args: unknown[]) => typeof server;
    server.listen =
      ((port: number, ...rest: unknown[]) =>
        listen(port, "127.0.0.1", ...rest)) as typeof server.listen;
    return server;
  };
  http.createServer = replaced as typeof http.createServer;
}
