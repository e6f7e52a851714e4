/**
 * How far a long job is: one redrawn line at a terminal, a plain line now and then where the output
 * goes to a file or a log, nothing where quiet is asked for.
 *
 * @module
 */

import { canRedraw, terminalWidth } from "./terminal.ts";
import { wrap } from "./text.ts";

/** What a {@linkcode Progress} can be told. */
export interface ProgressOptions {
  /** How much there is to do, in units; without it only the count and the rate are shown. */
  readonly total?: number;
  /** What is counted ("images"), or "bytes", which are shown as MB. */
  readonly unit?: string;
  /** Show nothing at all. */
  readonly quiet?: boolean;
  /** Seconds between two plain lines where there is no terminal (10). */
  readonly plainEvery?: number;
  /** Leave the finished line on the screen (true), or wipe it. */
  readonly keep?: boolean;
  /** Where to write; the default is standard error. */
  readonly output?: ProgressOutput;
}

/** Where progress is written, so that a test can look at it. */
export interface ProgressOutput {
  /** Writes text as it is. */
  write(text: string): void;
  /** Whether a line can be redrawn. */
  readonly terminal: boolean;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Width of the terminal in characters. */
  columns(): number;
  /** Milliseconds since any moment. */
  now(): number;
}

/** Redraws at a terminal at most this often, in milliseconds. */
const REDRAW_EVERY = 100;

/** In columns, of a terminal that is narrower. */
const LEAST_WIDTH = 20;

/** Characters of {@linkcode drawBar}. */
export const BAR_WIDTH = 24;

/**
 * Progress of one job.
 *
 * @example
 * ```ts ignore
 * const progress = new Progress("Epoch 3/71", { total: 28_709, unit: "images" });
 * progress.update(6_400, "loss 1.43, accuracy 45.1 %");
 * progress.finish("loss 1.31, accuracy 49.8 %");
 * ```
 */
export class Progress {
  readonly #label: string;
  readonly #options: ProgressOptions;
  readonly #output: ProgressOutput;
  readonly #start: number;
  #shown = -Infinity;
  #done = 0;
  #note = "";
  #over = false;

  /** @param label What is being done, in a few words; it begins every line. */
  constructor(label: string, options: ProgressOptions = {}) {
    this.#label = label;
    this.#options = options;
    this.#output = options.output ?? standardError();
    this.#start = this.#output.now();
    if (this.#output.terminal) this.#draw();
    // The first plain line comes only once the job has proved to be a long one.
    else this.#shown = this.#start;
  }

  /**
   * Tells how far the job is.
   *
   * @param done Units done since the beginning.
   * @param note What else to show (the loss), until the next note.
   */
  update(done: number, note: string = this.#note): void {
    if (this.#over) return;
    this.#done = done;
    this.#note = note;
    const { terminal } = this.#output;
    const every = terminal ? REDRAW_EVERY : (this.#options.plainEvery ?? 10) * 1000;
    if (this.#output.now() - this.#shown < every) return;
    this.#draw();
  }

  /**
   * Keeps the line alive while a job says nothing of itself, as another program's does.
   *
   * @param job What is waited for; the time it takes is shown as it goes.
   */
  async during<T>(job: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.update(this.#done), 500);
    try {
      return await job;
    } finally {
      clearInterval(timer);
    }
  }

  /** Ends the job: one last line with the time it took, or nothing where `keep` is false. */
  finish(note: string = this.#note): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#options.quiet) return;
    const { terminal } = this.#output;
    if (this.#options.keep === false) {
      if (terminal) this.#output.write(CLEAR);
      return;
    }
    const seconds = (this.#output.now() - this.#start) / 1000;
    const parts = [`${this.#label}: ${formatSeconds(seconds)}`];
    const rate = this.#rate();
    if (rate) parts.push(rate);
    if (note) parts.push(note);
    const text = parts.join(", ");
    // A terminal alone would break it within words.
    const said = terminal
      ? wrap(text, Math.max(LEAST_WIDTH, this.#output.columns() - 2)).join("\n  ")
      : text;
    this.#output.write(`${terminal ? CLEAR : ""}${said}\n`);
  }

  /** Takes the line off the screen, as when an error is about to be printed. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#output.terminal && !this.#options.quiet) this.#output.write(CLEAR);
  }

  #draw(): void {
    if (this.#options.quiet) return;
    this.#shown = this.#output.now();
    if (this.#output.terminal) {
      const width = Math.max(LEAST_WIDTH, this.#output.columns() - 1);
      this.#output.write(`${CLEAR}${this.#line(width)}`);
    } else {
      this.#output.write(`${this.#parts().join(", ")}\n`);
    }
  }

  /** Label, count, rate, time left and note, as far as they are known. */
  #parts(): string[] {
    const { total, unit = "" } = this.#options;
    const parts: string[] = [];
    if (total !== undefined) {
      const percent = total > 0 ? Math.floor((100 * Math.min(this.#done, total)) / total) : 100;
      parts.push(`${this.#label}: ${formatCount(this.#done, unit, total)} (${percent} %)`);
    } else {
      parts.push(
        this.#done > 0 ? `${this.#label}: ${formatCount(this.#done, unit)}` : this.#label,
      );
    }
    const seconds = (this.#output.now() - this.#start) / 1000;
    if (total === undefined && seconds >= 1) parts.push(formatSeconds(seconds));
    const rate = this.#rate();
    if (rate) parts.push(rate);
    const left = this.#secondsLeft();
    if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
    if (this.#note) parts.push(this.#note);
    return parts;
  }

  #line(width: number): string {
    const { total } = this.#options;
    const text = this.#parts().join(", ");
    const bar = total === undefined || width < text.length + BAR_WIDTH + 1
      ? ""
      : `${drawBar(total > 0 ? this.#done / total : 1, this.#output.color)} `;
    return bar + text.slice(0, width);
  }

  #rate(): string {
    const { unit = "" } = this.#options;
    const seconds = (this.#output.now() - this.#start) / 1000;
    if (this.#done <= 0 || seconds < 0.2) return "";
    const rate = formatCount(this.#done / seconds, unit);
    // Packages that are downloaded take many seconds each.
    return /^0(?!\.)/.test(rate) ? "" : `${rate}/s`;
  }

  #secondsLeft(): number | undefined {
    const { total } = this.#options;
    const seconds = (this.#output.now() - this.#start) / 1000;
    if (total === undefined || this.#done <= 0 || seconds < 0.5) return undefined;
    return Math.max(0, (seconds * (total - this.#done)) / this.#done);
  }
}

/**
 * Shows what is being done while a job is at it, and wipes it: a terminal that stays silent for seconds
 * seems to hang.
 *
 * @param label What is being done, in a word or two.
 */
export async function showWhile<T>(
  label: string,
  job: Promise<T>,
  options: Omit<ProgressOptions, "keep"> = {},
): Promise<T> {
  const progress = new Progress(label, { ...options, keep: false });
  return await progress.during(job).finally(() => progress.finish());
}

/** To the line's beginning, and the line wiped. */
const CLEAR = "\r\x1b[2K";

/** How much is done, as a bar. */
export function drawBar(share: number, color: boolean): string {
  const filled = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, share)));
  const done = "━".repeat(filled);
  const rest = "━".repeat(BAR_WIDTH - filled);
  // Without colour the two halves must differ by their shape.
  return color ? `\x1b[36m${done}\x1b[90m${rest}\x1b[0m` : done + "·".repeat(BAR_WIDTH - filled);
}

/** A count with its unit: "1,234 of 28,709 images", "12 of 274 MB". */
function formatCount(count: number, unit: string, total?: number): string {
  if (unit === "bytes") {
    const of = total === undefined ? "" : ` of ${megabytes(total)}`;
    return `${megabytes(count)}${of} MB`;
  }
  const digits = count < 10 && !Number.isInteger(count) ? 1 : 0;
  const of = total === undefined ? "" : ` of ${total.toLocaleString("en-US")}`;
  const number = count.toLocaleString("en-US", { maximumFractionDigits: digits });
  return `${number}${of}${unit ? ` ${unit}` : ""}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** A time span for people: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (n: number) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Standard error, as it is: a terminal that can redraw or not, with colour unless `NO_COLOR` is set. */
export function standardError(): ProgressOutput {
  const encoder = new TextEncoder();
  return {
    write: (text) => {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
      } catch {
        // A terminal that was closed shows nothing, and that ends no training.
      }
    },
    terminal: canRedraw(Deno.stderr),
    color: !Deno.noColor,
    columns: () => terminalWidth(80),
    now: () => performance.now(),
  };
}
