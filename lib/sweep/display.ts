/**
 * The lines of a sweep: at a terminal one for each run under way and one for all, redrawn in place;
 * elsewhere a plain line now and then.
 *
 * @module
 */

import { BAR_WIDTH, drawBar, type ProgressOutput, standardError } from "../progress.ts";
import { terminalHeight } from "../terminal.ts";
import { type Moment, type RunState, runText, shareOf, totalText } from "./state.ts";

/** Where it is drawn, so that a test can look at it. */
export interface Screen extends ProgressOutput {
  /** Height of the terminal in lines. */
  rows(): number;
}

/** What a {@linkcode SweepDisplay} can be told. */
export interface SweepDisplayOptions {
  /** Shows no progress, only what is noted. */
  readonly quiet?: boolean;
  /** Seconds between two plain lines where there is no terminal (30). */
  readonly plainEvery?: number;
  /** Where it is drawn; the default is standard error. */
  readonly screen?: Screen;
}

/** Redraws at most this often, in milliseconds. */
const REDRAW_EVERY = 200;

/** Shows how far the runs of a sweep are. */
export class SweepDisplay implements Disposable {
  readonly #states: readonly RunState[];
  readonly #screen: Screen;
  readonly #quiet: boolean;
  readonly #plainEvery: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #shown: number;
  #held = 0;
  #stopping = false;
  /** What stands on the screen and is to be overwritten. */
  #drawn: readonly string[] = [];

  /** @param states Of all runs; looked at whenever something is drawn. */
  constructor(states: readonly RunState[], options: SweepDisplayOptions = {}) {
    this.#states = states;
    this.#screen = options.screen ?? standardScreen();
    this.#quiet = options.quiet ?? false;
    this.#plainEvery = 1000 * (options.plainEvery ?? 30);
    // The first plain line comes only once the sweep has proved to be a long one.
    this.#shown = this.#screen.terminal ? -Infinity : this.#screen.now();
    this.#timer = setInterval(() => this.update(), REDRAW_EVERY);
  }

  /** Draws anew where that is due. */
  update(): void {
    if (this.#quiet || this.#held > 0) return;
    const { terminal } = this.#screen;
    const now = this.#screen.now();
    if (now - this.#shown < (terminal ? REDRAW_EVERY : this.#plainEvery)) return;
    this.#shown = now;
    if (terminal) this.#draw();
    else this.#screen.write(`${this.#plainText()}\n`);
  }

  /** Writes a line that stays, above those that are redrawn. */
  note(line: string): void {
    this.#clear();
    this.#screen.write(`${line}\n`);
    this.#shown = -Infinity;
    if (this.#screen.terminal) this.update();
    else this.#shown = this.#screen.now();
  }

  /** Takes the redrawn lines off the screen while something goes on that may write lines of its own. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#clear();
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
      this.#shown = this.#screen.terminal ? -Infinity : this.#shown;
    }
  }

  #clear(): void {
    if (this.#drawn.length > 0) this.#screen.write(this.#toTop());
    this.#drawn = [];
  }

  /** From now on all are being stopped, as a line says that was written where the last one stood. */
  stopping(): void {
    this.#stopping = true;
    this.#drawn = [];
  }

  #moment(): Moment {
    return { now: this.#screen.now(), stopping: this.#stopping };
  }

  /** Ends it, and takes the redrawn lines off the screen. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  /** To the beginning of the first redrawn line, and everything from there wiped. */
  #toTop(): string {
    const columns = Math.max(1, this.#screen.columns());
    // A line that fitted a wider window before takes several in one that was made narrower.
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)),
      0,
    );
    return `\r${rows > 1 ? `\x1b[${rows - 1}A` : ""}\x1b[J`;
  }

  #draw(): void {
    const { color } = this.#screen;
    const moment = this.#moment();
    const width = Math.max(1, this.#screen.columns() - 1);
    const most = Math.max(0, this.#screen.rows() - 3);
    const running = this.#states.filter(({ status }) => status === "running");
    const shown = running.length > most ? running.slice(0, Math.max(0, most - 1)) : running;
    const total = totalText(this.#states, moment);
    const lines = shown.map((state) => ({ text: runText(state, moment), share: shareOf(state) }));
    const rest = running.length - shown.length;
    if (rest > 0 && most > 0) lines.push({ text: `and ${rest} more`, share: NaN });
    const shares = this.#states.map(shareOf);
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    lines.push({ text: total, share });
    const withBar = width >= BAR_WIDTH + 1 + Math.max(...lines.map(({ text }) => text.length));
    const bar = (share: number) =>
      Number.isNaN(share) ? " ".repeat(BAR_WIDTH) : drawBar(share, color);
    const text = lines.map(({ text, share }) =>
      withBar ? `${bar(share)} ${text}` : text.slice(0, width)
    );
    this.#screen.write(`${this.#drawn.length > 0 ? this.#toTop() : ""}${text.join("\n")}`);
    this.#drawn = lines.map(({ text }) =>
      withBar ? " ".repeat(BAR_WIDTH + 1 + text.length) : text.slice(0, width)
    );
  }

  #plainText(): string {
    const moment = this.#moment();
    const running = this.#states.filter(({ status }) => status === "running");
    return [
      totalText(this.#states, moment),
      ...running.map((state) => runText(state, moment)),
    ].join("; ");
  }
}

function standardScreen(): Screen {
  return {
    ...standardError(),
    rows: () => terminalHeight(24),
  };
}
