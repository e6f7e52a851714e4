/**
 * Settings of TensorFlow and of the C library that could make a step faster, each to be tried beside
 * the default.
 *
 * @module
 */

import { encodeSessionConfig, type SessionConfig } from "../lib/tensorflow/session_config.ts";

/** One setting, as the environment of a process of ours. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly env: Readonly<Record<string, string>>;
}

const session = (name: string, meaning: string, config: SessionConfig): Setting => ({
  name,
  meaning,
  env: {
    BENCH_CONFIG: Array.from(
      encodeSessionConfig(config),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join(""),
  },
});

/** Memory of 1 GiB is asked for at once before the C library goes to the system for each block. */
const GIB = String(2 ** 30);

/** All settings that are tried. */
export const SETTINGS: readonly Setting[] = [
  session("inter-op 1", "One operation at a time, in a pool of its own", { interOpThreads: 1 }),
  session("single executor", "One operation at a time, in the calling thread", {
    executor: "SINGLE_THREADED_EXECUTOR",
  }),
  // Training steps go without, see lib/training/engine.ts.
  session("Grappler", "Graph optimisations", { grappler: true }),
  session("Grappler, no layout", "The same without its layout optimizer", {
    grappler: true,
    layoutOptimizer: false,
  }),
  session("Grappler, no remapping", "The same without fused operations", {
    grappler: true,
    remapping: false,
  }),
  session("XLA", "Compiled by XLA", { xla: true }),
  {
    name: "system allocator",
    meaning: "oneDNN takes memory from the C library",
    env: { TF_ONEDNN_USE_SYSTEM_ALLOCATOR: "1" },
  },
  {
    name: "caller thread",
    meaning: "oneDNN computes in the calling thread too",
    env: { TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD: "1" },
  },
  {
    name: "mallopt",
    meaning: "Freed memory stays with the process (mallopt at start)",
    // M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD of malloc.h.
    env: { BENCH_MALLOPT: `-3=${GIB},-1=${GIB},-2=${2 ** 26}` },
  },
  {
    name: "MALLOC_*",
    meaning: "The same by environment variables",
    env: {
      MALLOC_MMAP_THRESHOLD_: GIB,
      MALLOC_TRIM_THRESHOLD_: GIB,
      MALLOC_TOP_PAD_: String(2 ** 26),
    },
  },
  {
    name: "huge pages",
    meaning: "Memory in pages of 2 MiB",
    env: { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" },
  },
  {
    name: "oneDNN off",
    meaning: "TensorFlow's own kernels",
    env: { TF_ENABLE_ONEDNN_OPTS: "0" },
  },
];
