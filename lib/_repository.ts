/** A real repository for tests: of a checkout with a few files, committed once. */

import { join } from "node:path";
import { gitText } from "./git.ts";

/** Neither the name nor the settings of whoever runs the tests. */
const NOBODY = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  ...{ GIT_AUTHOR_NAME: "Nobody", GIT_AUTHOR_EMAIL: "nobody@localhost" },
  ...{ GIT_COMMITTER_NAME: "Nobody", GIT_COMMITTER_EMAIL: "nobody@localhost" },
};

/** A repository that is there as long as a test lasts. */
export interface Repository {
  readonly folder: string;
  /** Runs git in it, and gives what it prints. */
  git(...args: string[]): Promise<string>;
  /** Writes files; one that is null is removed. */
  write(files: Readonly<Record<string, string | Uint8Array | null>>): Promise<void>;
  /** Commits all that is there, and gives the commit. */
  commit(): Promise<string>;
  /** All files outside .git, by their paths. */
  files(): Promise<Record<string, string>>;
}

/** Hands a test a repository with one commit, and removes it afterwards. */
export async function withRepository(
  body: (repository: Repository) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const git = async (...args: string[]) => (await gitText(folder, args, { env: NOBODY })).trim();
  const write: Repository["write"] = async (files) => {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, path);
      if (content === null) await Deno.remove(file);
      else {
        await Deno.mkdir(join(file, ".."), { recursive: true });
        await Deno.writeFile(
          file,
          typeof content === "string" ? new TextEncoder().encode(content) : content,
        );
      }
    }
  };
  const commit = async () => {
    await git("add", "--all");
    await git("commit", "--quiet", "--message=x");
    return await git("rev-parse", "HEAD");
  };
  try {
    await git("init", "--quiet");
    await write(BEGINNING);
    await commit();
    await body({ folder, git, write, commit, files: () => filesIn(folder) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const BEGINNING = {
  "deno.json": "{}\n",
  "deno.lock": "{}\n",
  ".gitignore": ".cache/\n*.tmp\n",
  "experiments/one.ts": "one\ntwo\nthree\n",
  "lib/a.ts": "a\n",
  "lib/b.ts": "b\n",
  'lib/odd näme "1".ts': "odd\n",
  "data/votes.csv": "1,2\n",
  "models/net.bin": new Uint8Array([0, 1, 2]),
  "reports/report.md": "old\n",
};

async function filesIn(folder: string, below = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (path === ".git") continue;
    if (isDirectory) Object.assign(files, await filesIn(folder, path));
    else files[path] = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, path)));
  }
  return files;
}
