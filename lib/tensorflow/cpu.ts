/**
 * What the CPU can, as TensorFlow itself finds it: a process without the right to read /proc cannot ask
 * the system.
 *
 * @module
 */

// The library reads its settings as it is loaded, so that they must stand before.
import "./environment.ts";
import { nativeLibrary } from "./library.ts";

/**
 * TensorFlow's numbers of the CPU features that decide which kernels run
 * (tsl/platform/cpu_info.h of TensorFlow 2.21.0).
 */
const CPU_FEATURES = {
  avx2: 14,
  fma: 15,
  avx512f: 27,
  avx512_vnni: 38,
  avx512_bf16: 39,
  avx_vnni: 40,
  amx_bf16: 43,
  neon: 1000,
  sve: 1001,
} as const;

/** The features of this CPU that decide which kernels run, such as `avx2`. */
export function cpuFeatures(): string[] {
  const library = Deno.dlopen(nativeLibrary("framework"), {
    // tsl::port::TestCPUFeature(CPUFeature), by its name in the Itanium C++ ABI.
    _ZN3tsl4port14TestCPUFeatureENS0_10CPUFeatureE: { parameters: ["i32"], result: "bool" },
  });
  const has = library.symbols._ZN3tsl4port14TestCPUFeatureENS0_10CPUFeatureE;
  const found = Object.entries(CPU_FEATURES).filter(([, number]) => has(number));
  library.close();
  return found.map(([name]) => name);
}

// For a process that may not ask itself.
if (import.meta.main) console.log(JSON.stringify(cpuFeatures()));
