import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { ADDON, nativeFolder, readManifest } from "./place.ts";
import type { TensorflowBuild } from "./platform.ts";
import { provision, type ProvisionOptions } from "./provision.ts";
import type { Runner, RunResult } from "./runner.ts";

const WHEEL = "a wheel";
const BUILD: TensorflowBuild = {
  platform: "linux-x64",
  package: "tensorflow-cpu",
  wheelPlatform: "manylinux_2_27_x86_64",
  sha256: createHash("sha256").update(WHEEL).digest("hex"),
  wheelBytes: WHEEL.length,
  libraries: { "libtensorflow_cc.so.2": 4 },
  zigTarget: "x86_64-linux-gnu.2.28",
};

const OK: RunResult = { code: 0, stdout: "", stderr: "" };
const fails = (stderr: string, code = 1): RunResult => ({ code, stdout: "", stderr });
const missing = (): never => {
  throw new Deno.errors.NotFound("No such program");
};

/** The steps of a set-up that run another program; a test replaces some of them. */
interface Steps {
  python(): RunResult;
  pip(): RunResult;
  download(folder: string): RunResult;
  unpack(folder: string, onLine: (line: string) => void): RunResult;
  compile(compiler: string, addon: string): RunResult;
  installZig(): RunResult;
  zig(addon: string): RunResult;
  load(): RunResult;
}

const GOOD: Steps = {
  python: () => ({ ...OK, stdout: "True\n" }),
  pip: () => OK,
  download: (folder) => {
    Deno.writeTextFileSync(join(folder, "tensorflow.whl"), WHEEL);
    return OK;
  },
  unpack: (folder, onLine) => {
    Deno.mkdirSync(join(folder, "include"));
    Deno.writeTextFileSync(join(folder, "libtensorflow_cc.so.2"), "lib!");
    const sha256 = createHash("sha256").update("lib!").digest("hex");
    onLine(JSON.stringify({ done: 4 }));
    onLine(JSON.stringify({ file: "libtensorflow_cc.so.2", bytes: 4, sha256 }));
    return OK;
  },
  compile: (_compiler, addon) => {
    Deno.writeTextFileSync(addon, "addon");
    return { ...OK, stdout: "c++ 12.2.0\n" };
  },
  installZig: () => fails("must not be asked for"),
  zig: () => fails("must not be asked for"),
  load: () => OK,
};

function runnerOf(steps: Steps): Runner {
  return (command, args, options) => {
    const after = (flag: string) => args[args.indexOf(flag) + 1]!;
    const ran = (): RunResult => {
      if (command === Deno.execPath()) return steps.load();
      if (command !== "python3") {
        return args[0] === "--version"
          ? { ...OK, stdout: `${command} 12.2.0\n` }
          : steps.compile(command, after("-o"));
      }
      if (args[0] === "-c") return steps.python();
      if (args[2] === "--version") return steps.pip();
      if (args[2] === "download") return steps.download(after("--dest"));
      if (args[2] === "install") return steps.installZig();
      if (args[1] === "ziglang") return steps.zig(after("-o"));
      return steps.unpack(args[2]!, options!.onLine!);
    };
    return new Promise((resolve) => resolve(ran()));
  };
}

/** Runs a set-up in a new cache, with some steps replaced, and looks at what it leaves. */
async function setUp(
  steps: Partial<Steps> = {},
  options: Partial<ProvisionOptions> = {},
  look: (cache: string, ran: Promise<unknown>) => Promise<void> = async (_cache, ran) => {
    await ran;
  },
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const cache = join(root, "cache");
    const tfjsNode = join(root, "tfjs-node");
    await Deno.mkdir(tfjsNode);
    await Deno.writeTextFile(join(tfjsNode, "package.json"), '{"version": "4.22.0"}');
    const ran = provision(BUILD, {
      cache,
      tfjsNode,
      nodeApiHeaders: join(root, "headers"),
      quiet: true,
      run: runnerOf({ ...GOOD, ...steps }),
      freeBytes: () => Promise.resolve(2e9),
      ...options,
    });
    await look(cache, ran);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** A set-up must fail with one line that matches, and leave nothing that a later one would believe. */
async function failsWith(
  message: RegExp,
  steps: Partial<Steps>,
  options: Partial<ProvisionOptions> = {},
): Promise<void> {
  await setUp(steps, options, async (cache, ran) => {
    await assert.rejects(ran, (error) => {
      assert(error instanceof UserError, String(error));
      assert.match(error.message, message);
      assert(!error.message.includes("\n"));
      assert.equal(error.exitCode, 1);
      return true;
    });
    const left = [...Deno.readDirSync(cache)].map((entry) => entry.name);
    assert.deepEqual(left, ["setup.lock"]);
  });
}

Deno.test("provision() leaves the libraries, the addon and a manifest, and nothing else", async () => {
  await setUp({}, {}, async (cache, ran) => {
    const manifest = await ran;
    assert.deepEqual(await readManifest(nativeFolder(BUILD, cache), BUILD), manifest);
    const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names(cache), ["setup.lock", "tensorflow-2.21.0-linux-x64"]);
    assert.deepEqual(names(nativeFolder(BUILD, cache)), [
      "libtensorflow_cc.so.2",
      "manifest.json",
      ADDON,
    ]);
  });
});

Deno.test("provision() runs nothing where all is in place, unless it is forced to", async () => {
  await setUp({}, {}, async (cache, ran) => {
    await ran;
    let downloads = 0;
    const run = runnerOf({
      ...GOOD,
      download: (folder) => {
        downloads++;
        return GOOD.download(folder);
      },
    });
    const options = {
      cache,
      tfjsNode: join(cache, "..", "tfjs-node"),
      nodeApiHeaders: "",
      quiet: true,
      run,
      freeBytes: () => Promise.resolve(2e9),
    };
    await provision(BUILD, options);
    assert.equal(downloads, 0);
    await provision(BUILD, { ...options, force: true });
    assert.equal(downloads, 1);
  });
});

Deno.test("provision() writes nothing to a cache in which all is in place", async () => {
  await setUp({}, {}, async (cache, ran) => {
    const manifest = await ran;
    // Root may write to a read-only folder, but nobody can open a folder as the lock's file.
    await Deno.remove(join(cache, "setup.lock"));
    await Deno.mkdir(join(cache, "setup.lock"));
    const before = (await Deno.stat(cache)).mtime;
    const run = runnerOf({ ...GOOD, python: missing });
    const options = { cache, tfjsNode: "", nodeApiHeaders: "", quiet: true, run };
    assert.deepEqual(await provision(BUILD, options), manifest);
    assert.deepEqual((await Deno.stat(cache)).mtime, before);
    await Deno.remove(join(nativeFolder(BUILD, cache), ADDON));
    await assert.rejects(provision(BUILD, options), /Cannot write to the cache .*FER_LAB_CACHE/);
  });
});

Deno.test("provision() makes again what is cut short or has no manifest", async () => {
  for (const harm of ["libtensorflow_cc.so.2", "manifest.json", ADDON]) {
    await setUp({}, {}, async (cache, ran) => {
      await ran;
      const folder = nativeFolder(BUILD, cache);
      await Deno.truncate(join(folder, harm), 2);
      assert.equal(await readManifest(folder, BUILD), undefined, harm);
      const run = runnerOf(GOOD);
      const tfjsNode = join(cache, "..", "tfjs-node");
      const freeBytes = () => Promise.resolve(2e9);
      await provision(BUILD, { cache, tfjsNode, nodeApiHeaders: "", quiet: true, run, freeBytes });
      assert(await readManifest(folder, BUILD), harm);
    });
  }
});

Deno.test("provision() makes again an addon that is not what was built, though its size is", async () => {
  await setUp({}, {}, async (cache, ran) => {
    await ran;
    const addon = join(nativeFolder(BUILD, cache), ADDON);
    await Deno.writeTextFile(addon, "Addon");
    const run = runnerOf(GOOD);
    const tfjsNode = join(cache, "..", "tfjs-node");
    const freeBytes = () => Promise.resolve(2e9);
    await provision(BUILD, { cache, tfjsNode, nodeApiHeaders: "", quiet: true, run, freeBytes });
    assert.equal(await Deno.readTextFile(addon), "addon");
  });
});

Deno.test("provision() has the compiler keep its files where the next set-up clears up", async () => {
  const good = runnerOf(GOOD);
  const folders: (string | undefined)[] = [];
  const run: Runner = (command, args, options) => {
    if (command === "c++" && args.includes("-o")) folders.push(options?.env?.TMPDIR);
    return good(command, args, options);
  };
  await setUp({}, { run }, async (cache, ran) => {
    await ran;
    assert.equal(folders.length, 1);
    assert(folders[0]?.startsWith(join(cache, "setup-tmp-")), `${folders}`);
  });
});

Deno.test("provision() removes what a killed set-up has left", async () => {
  const root = await Deno.makeTempDir();
  const left = join(root, "setup-tmp-1-dead");
  await Deno.mkdir(left);
  await Deno.writeTextFile(join(left, "half.whl"), "ha");
  await setUp({}, { cache: root });
  await assert.rejects(Deno.stat(left), Deno.errors.NotFound);
  await Deno.remove(root, { recursive: true });
});

Deno.test("two set-ups at once download once", async () => {
  const root = await Deno.makeTempDir();
  let downloads = 0;
  const download = (folder: string) => {
    downloads++;
    return GOOD.download(folder);
  };
  await Promise.all([setUp({ download }, { cache: root }), setUp({ download }, { cache: root })]);
  assert.equal(downloads, 1);
  await Deno.remove(root, { recursive: true });
});

Deno.test("no python3: says to install it", () =>
  failsWith(/^python3 was not found.*install it/, { python: missing }));

Deno.test("an old python3: says to install a newer one", () =>
  failsWith(/older than 3\.8: install a newer one/, {
    python: () => ({ ...OK, stdout: "False" }),
  }));

Deno.test("no pip: says how to get it", () =>
  failsWith(/has no pip: install it/, { pip: () => fails("No module named pip") }));

Deno.test("no network: says to check it", () => {
  const stderr = "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n" +
    "ERROR: No matching distribution found for tensorflow-cpu==2.21.0";
  return failsWith(/no connection .*check the network/, { download: () => fails(stderr) });
});

Deno.test("a download that breaks off: says so, and to run it again", () => {
  const stderr = "ERROR: Wheel 'tensorflow-cpu' located at /x/tensorflow_cpu.whl is invalid.";
  return failsWith(/^The download of TensorFlow broke off: .*run it again$/, {
    download: () => fails(stderr),
  });
});

Deno.test("an index without the package: says to update pip or look at the index", () => {
  const stderr = "ERROR: No matching distribution found for tensorflow-cpu==2.21.0";
  return failsWith(/pip found no tensorflow-cpu 2\.21\.0.*update pip/, {
    download: () => fails(stderr),
  });
});

Deno.test("another trouble of pip's: its own last word", () =>
  failsWith(/^pip could not download TensorFlow: no such option: --platform/, {
    download: () => fails("Usage: ...\n\nERROR: no such option: --platform"),
  }));

Deno.test("a wrong checksum: says both digests' beginnings", () =>
  failsWith(/wrong sha256 \([0-9a-f]{12}\.\.\., expected [0-9a-f]{12}\.\.\.\)/, {
    download: (folder) => {
      Deno.writeTextFileSync(join(folder, "tensorflow.whl"), "another");
      return OK;
    },
  }));

Deno.test("too little space: says how much is needed before anything is downloaded", () =>
  failsWith(
    /Not enough space in .*needs 0\.0 GB, 0\.0 GB are free.*FER_LAB_CACHE/,
    { download: () => assert.fail("downloaded") },
    { freeBytes: () => Promise.resolve(1000) },
  ));

Deno.test("a disk that fills up during download or unpacking: says so", async () => {
  const full = () => fails("ERROR: [Errno 28] No space left on device");
  await failsWith(/Not enough space/, { download: full });
  await failsWith(/Not enough space/, { unpack: () => fails("[Errno 28]", 28) });
});

Deno.test("a disk that fills up under our own hands: says so", () => {
  const error = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  return failsWith(/No space left in .*FER_LAB_CACHE/, {
    unpack: () => {
      throw error;
    },
  });
});

Deno.test("a wheel that cannot be unpacked or lacks a library: says so", async () => {
  await failsWith(/could not be unpacked: zipfile.BadZipFile/, {
    unpack: () => fails("Traceback\nzipfile.BadZipFile: Bad CRC-32"),
  });
  await failsWith(/has no libtensorflow_cc\.so\.2 of 4 bytes/, { unpack: () => OK });
});

Deno.test("no compiler and no ziglang: says to install a compiler", async () => {
  await failsWith(/no C\+\+ compiler was found and ziglang .*\(no network\); install one/, {
    compile: missing,
    installZig: () => fails("NewConnectionError"),
  });
  await failsWith(/c\+\+ failed \(no such file\) and zig failed \(bad target\); install one/, {
    compile: () => fails("x.cc:1: fatal error: no such file"),
    installZig: () => OK,
    zig: () => fails("error: bad target"),
  });
});

Deno.test("no compiler: ziglang builds the addon", async () => {
  await setUp(
    {
      compile: missing,
      installZig: () => OK,
      zig: (addon) => {
        Deno.writeTextFileSync(addon, "addon");
        return OK;
      },
    },
    {},
    async (_cache, ran) => {
      const { compiler } = await ran as { compiler: string };
      assert.match(compiler, /^ziglang \d/);
    },
  );
});

Deno.test("an addon that does not load is not kept", () =>
  failsWith(/does not load: .*GLIBC_2\.27/, {
    load: () => fails("error: Uncaught Error: version `GLIBC_2.27' not found"),
  }));

Deno.test("a cache that cannot be written: says to set FER_LAB_CACHE", async () => {
  const file = await Deno.makeTempFile();
  await assert.rejects(setUp({}, { cache: join(file, "cache") }), (error) => {
    assert(error instanceof UserError, String(error));
    assert.match(error.message, /^Cannot write to the cache .*set FER_LAB_CACHE/);
    return true;
  });
  await Deno.remove(file);
});
