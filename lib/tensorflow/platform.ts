/**
 * The one build of TensorFlow that the suite runs on, for each platform: which wheel it comes from,
 * its digest, and what of it is needed.
 *
 * @module
 */

import { UserError } from "../error.ts";

/** The version of TensorFlow that every result of the suite is made with. */
export const TENSORFLOW_VERSION = "2.21.0";

/** The Node-API version that the addon is built for, and the folder name tfjs-node looks for it in. */
export const NAPI_VERSION = 8;

/** Where a platform's TensorFlow comes from. */
export interface TensorflowBuild {
  /** The platform, as in the name of the folder in the cache: "linux-x64". */
  readonly platform: string;
  /** The package on PyPI. */
  readonly package: string;
  /** pip's name of the platform. */
  readonly wheelPlatform: string;
  /** sha256 of the wheel, in hexadecimal. */
  readonly sha256: string;
  /** Size of the wheel in bytes. */
  readonly wheelBytes: number;
  /** The shared libraries in the wheel's folder `tensorflow/`, with their sizes in bytes. */
  readonly libraries: Readonly<Record<string, number>>;
  /** The target that `zig c++` builds the addon for, where there is no compiler. */
  readonly zigTarget: string;
}

const BUILDS: readonly TensorflowBuild[] = [
  {
    platform: "linux-x64",
    package: "tensorflow-cpu",
    wheelPlatform: "manylinux_2_27_x86_64",
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    wheelBytes: 273_829_956,
    libraries: {
      "libtensorflow_cc.so.2": 788_086_608,
      "libtensorflow_framework.so.2": 65_222_328,
    },
    zigTarget: "x86_64-linux-gnu.2.28",
  },
  {
    platform: "linux-arm64",
    package: "tensorflow",
    wheelPlatform: "manylinux_2_27_aarch64",
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
    wheelBytes: 281_828_020,
    libraries: {
      "libtensorflow_cc.so.2": 814_885_544,
      "libtensorflow_framework.so.2": 68_176_664,
    },
    zigTarget: "aarch64-linux-gnu.2.28",
  },
  {
    platform: "macos-arm64",
    package: "tensorflow",
    wheelPlatform: "macosx_12_0_arm64",
    sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
    wheelBytes: 223_405_849,
    libraries: {
      "libtensorflow_cc.2.dylib": 691_352_648,
      "libtensorflow_framework.2.dylib": 49_452_976,
    },
    zigTarget: "aarch64-macos.12.0",
  },
];

/**
 * The build for a platform.
 *
 * @param os As in `Deno.build.os`.
 * @param arch As in `Deno.build.arch`.
 * @throws {UserError} Where TensorFlow 2.21.0 has no build for it, with what to do instead.
 */
export function tensorflowBuild(
  os: string = Deno.build.os,
  arch: string = Deno.build.arch,
): TensorflowBuild {
  if (os === "windows") {
    throw new UserError(
      "Native TensorFlow is not supported on Windows itself: run the suite in WSL (wsl --install)",
    );
  }
  const system = os === "darwin" ? "macos" : os;
  const platform = `${system}-${arch === "x86_64" ? "x64" : arch === "aarch64" ? "arm64" : arch}`;
  const build = BUILDS.find((build) => build.platform === platform);
  if (build) return build;
  throw new UserError(
    `TensorFlow ${TENSORFLOW_VERSION} has no build for ${platform}: use one of ` +
      BUILDS.map((build) => build.platform).join(", "),
  );
}

/**
 * The bytes that must be free for a set-up: the wheel and what is unpacked from it side by side, and
 * room for the addon.
 */
export function bytesNeeded(build: TensorflowBuild): number {
  const unpacked = Object.values(build.libraries).reduce((sum, bytes) => sum + bytes, 0);
  return build.wheelBytes + unpacked + 20e6;
}
