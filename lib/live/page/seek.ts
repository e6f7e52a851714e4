/// <reference lib="dom" />
/**
 * Where a film stands, and another place in it to choose.
 *
 * @module
 */

/** Seconds as in `1:05`. */
export function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The slider under a video file's picture. */
export class SeekBar {
  readonly #row: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #time: HTMLElement;
  #video: HTMLVideoElement | undefined;

  /**
   * @param row With a slider and a place for the time in it.
   * @param sought Called when somebody has chosen another place.
   */
  constructor(row: HTMLElement, sought: () => void) {
    this.#row = row;
    this.#slider = row.querySelector("input")!;
    this.#time = row.querySelector("output")!;
    this.#slider.oninput = () => {
      if (!this.#video) return;
      this.#video.currentTime = Number(this.#slider.value);
      sought();
      this.tell();
    };
  }

  /** Belongs from now on to a film, or to none: a camera has no other places. */
  show(video: HTMLVideoElement | undefined): void {
    this.#video = video;
    this.tell();
  }

  /** Shows where the film stands. */
  tell(): void {
    const { currentTime = 0, duration = NaN } = this.#video ?? {};
    // Recordings often tell their length only when they have been played to the end.
    this.#row.hidden = !Number.isFinite(duration);
    if (this.#row.hidden) return;
    const text = `${timeText(currentTime)} of ${timeText(duration)}`;
    this.#slider.max = String(duration);
    this.#slider.value = String(currentTime);
    this.#slider.setAttribute("aria-valuetext", text);
    this.#time.textContent = text;
  }
}
