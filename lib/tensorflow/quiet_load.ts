/**
 * Loading the native library without what it prints on the way.
 *
 * TensorFlow 2.21 announces "oneDNN custom operations are on" from a static initialiser, before it
 * has read TF_CPP_MIN_LOG_LEVEL, so no setting of its own can silence it. What can is to point
 * standard error elsewhere for the moment of loading. A library that cannot be loaded still throws.
 *
 * @module
 */

const LIBC = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
const STDERR = 2;
const O_WRONLY = 1;

/**
 * Calls a function while standard error goes to /dev/null. Where the process may not call into libc,
 * the function is called all the same, with what it prints.
 */
export function withoutStderr<T>(load: () => T): T {
  const libc = openLibc();
  if (!libc) return load();
  const path = new TextEncoder().encode("/dev/null\0");
  const nowhere = libc.symbols.open(path, O_WRONLY);
  const kept = libc.symbols.dup(STDERR);
  try {
    if (nowhere >= 0 && kept >= 0) libc.symbols.dup2(nowhere, STDERR);
    return load();
  } finally {
    if (kept >= 0) {
      libc.symbols.dup2(kept, STDERR);
      libc.symbols.close(kept);
    }
    if (nowhere >= 0) libc.symbols.close(nowhere);
    libc.close();
  }
}

function openLibc() {
  try {
    return Deno.dlopen(LIBC, {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      dup: { parameters: ["i32"], result: "i32" },
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
  } catch {
    return undefined;
  }
}
