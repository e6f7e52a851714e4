/**
 * The server of `deno task live`: a fixed table of paths, for this machine's own page only.
 *
 * @module
 */

import { HOST } from "../port.ts";

/** What a path answers with. */
export interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** All that is served. */
export interface Site {
  /** By their paths, from `/` on. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** SHA-256 of the one script that stands in the page itself, as base64. */
  readonly inlineScript: string;
}

/** A server that answers. */
export interface Serving extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Ends when it is shut down. */
  readonly finished: Promise<void>;
}

/**
 * Serves a site on this machine.
 *
 * @param options `port`: one that is free, as `choosePort` has it; 0 for any.
 */
export function serveSite(site: Site, { port = 0 }: { readonly port?: number } = {}): Serving {
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: HOST, port, onListen: () => {} },
    (request) => answer(site, request, server.addr.port),
  );
  return {
    address: `http://${HOST}:${server.addr.port}/`,
    port: server.addr.port,
    finished: server.finished,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The answer to a request; nothing but the table is ever read. */
function answer({ assets, inlineScript }: Site, request: Request, port: number): Response {
  const headers = new Headers(headersOf(inlineScript));
  const refuse = (status: number, reason: string) => {
    headers.set("content-type", "text/plain; charset=utf-8");
    return new Response(`${reason}\n`, { status, headers });
  };
  // A page from elsewhere whose name was made to lead here says that name.
  const hosts = [`${HOST}:${port}`, `localhost:${port}`];
  const host = request.headers.get("host");
  if (host === null || !hosts.includes(host)) return refuse(403, "Only for this machine");
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) return refuse(403, "Only for its own page");
  if (request.method !== "GET" && request.method !== "HEAD") {
    headers.set("allow", "GET, HEAD");
    return refuse(405, "Only GET and HEAD");
  }
  const asset = assets.get(new URL(request.url).pathname);
  if (!asset) return refuse(404, "Not here");
  headers.set("content-type", asset.type);
  return new Response(request.method === "HEAD" ? null : asset.body, { headers });
}

/** What every answer says: the page may take from here alone, and nobody else may take it. */
function headersOf(inlineScript: string): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'self' 'wasm-unsafe-eval' 'sha256-${inlineScript}'`,
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self' blob:",
      "media-src blob:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  };
}
