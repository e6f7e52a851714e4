/**
 * Where something stands in an experiment's file.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import jsTokens from "js-tokens";
import { CHECKOUT } from "../paths.ts";
import { taskFile } from "../task.ts";

interface Token {
  readonly value: string;
  /** What it says: a text without its quotes. */
  readonly text: string;
  readonly isText: boolean;
  /** From 1. */
  readonly line: number;
}

/** The words of a TypeScript file, without comments and spaces. */
export class SourceText {
  readonly #tokens: readonly Token[];

  constructor(text: string) {
    const tokens: Token[] = [];
    let line = 1;
    for (const { type, value } of jsTokens(text)) {
      const isText = type === "StringLiteral" || type === "NoSubstitutionTemplate";
      if (!/Comment|^WhiteSpace$|^LineTerminatorSequence$/.test(type)) {
        tokens.push({ value, text: isText ? value.slice(1, -1) : value, isText, line });
      }
      line += value.split(/\r\n|[\n\r\u2028\u2029]/).length - 1;
    }
    this.#tokens = tokens;
  }

  /** Reads a file; nothing where that cannot be. */
  static async read(file: string): Promise<SourceText | undefined> {
    try {
      return new SourceText(await Deno.readTextFile(file));
    } catch {
      // The mistake can be told without its line.
      return undefined;
    }
  }

  /** The line of the first property of that name. */
  key(name: string): number | undefined {
    return this.#lineAt(this.#findKey(name, 0, this.#tokens.length));
  }

  /**
   * The line of a variant, or of one of its properties.
   *
   * @param names Of all variants in their order.
   * @param index Which of them.
   * @param key A property of it or of its changes; where it stands elsewhere, the variant's line.
   */
  variant(names: readonly string[], index: number, key?: string): number | undefined {
    const starts = this.#variantStarts(names);
    const start = starts[index];
    if (start === undefined) return this.key(key ?? "variants") ?? this.key("variants");
    const end = starts.slice(index + 1).find((next) => next !== undefined) ?? this.#tokens.length;
    // What names the variant is nearly always its first property.
    const found = key === undefined ? undefined : this.#findKey(key, start, end);
    return this.#lineAt(found ?? start);
  }

  /** The line of a variant's name within the contrasts. */
  contrast(name: string): number | undefined {
    const at = this.#tokens.findIndex(({ isText, text }, i) =>
      isText && text === name && this.#namesContrast(i)
    );
    return this.#lineAt(at < 0 ? undefined : at);
  }

  /** Where each variant's name stands, one after the other. */
  #variantStarts(names: readonly string[]): (number | undefined)[] {
    let from = this.#findKey("variants", 0, this.#tokens.length) ?? 0;
    return names.map((name) => {
      const at = this.#tokens.findIndex(({ isText, text }, i) =>
        i > from && isText && text === name && !this.#namesContrast(i)
      );
      if (at < 0) return undefined;
      from = at;
      return at;
    });
  }

  #namesContrast(index: number): boolean {
    const [key, colon] = this.#tokens.slice(Math.max(0, index - 2), index);
    return colon?.value === ":" && (key?.text === "variant" || key?.text === "against");
  }

  #findKey(name: string, from: number, to: number): number | undefined {
    for (let i = from; i < to; i++) {
      const { text, isText } = this.#tokens[i]!;
      if (text !== name) continue;
      const next = this.#tokens[i + 1]?.value;
      const before = this.#tokens[i - 1]?.value;
      if (
        next === ":" || !isText && (next === "," || next === "}") && /^[{,]$/.test(before ?? "")
      ) {
        return i;
      }
    }
    return undefined;
  }

  #lineAt(index: number | undefined): number | undefined {
    return index === undefined ? undefined : this.#tokens[index]?.line;
  }
}

/**
 * The file of an experiment: the one that runs, or that of its task where a command runs it.
 *
 * @param name The experiment's.
 */
export async function experimentFile(name: string): Promise<string | undefined> {
  const main = Deno.mainModule.startsWith("file:") ? fileURLToPath(Deno.mainModule) : "";
  // Else it is a command, or a test.
  if (/(?<!_test)\.ts$/.test(main) && !main.startsWith(join(CHECKOUT, "lib/"))) return main;
  try {
    return join(CHECKOUT, await taskFile(`exp:${name}`));
  } catch {
    // The mistake can be told without its place.
    return undefined;
  }
}
