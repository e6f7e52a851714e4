/// <reference lib="dom" />
/**
 * The page of `deno task live`: its buttons, its loop over frames, and what it says.
 *
 * @module
 */

import type { Picture } from "../../dataset/picture.ts";
import { loadReader, NoWasm, type Reader } from "./classify.ts";
import { Cards, drawPicture } from "./draw.ts";
import type { Follower } from "./follow.ts";
import { SeekBar } from "./seek.ts";
import { Smoother } from "./smooth.ts";
import {
  listCameras,
  openCamera,
  openPicture,
  openVideo,
  type Source,
  SourceError,
} from "./source.ts";
import { frameRate, lastTimings, type Timing } from "./speed.ts";

type State = "loading" | "ready" | "running" | "paused" | "failed";

/** Milliseconds after which a film without a face is said to be one. */
const LONG = 1000;
/** A picture of so many pixels a side at most may be a face already, cut as data sets have them. */
const SMALL = 128;

const element = <Kind extends HTMLElement = HTMLElement>(id: string) =>
  document.getElementById(id) as Kind;
const button = (id: string) => element<HTMLButtonElement>(id);

function say(state: State, text: string): void {
  document.body.dataset.state = state;
  const status = element("status");
  // The same words again would be read aloud again.
  if (status.textContent !== text) status.textContent = text;
}

/** Shows one source after the other. */
class Player {
  #source: Source | undefined;
  #opening = 0;
  #paused = false;
  #smoother = new Smoother();
  #follower: Follower;
  #sought = false;
  #timings: Timing[] = [];
  #told = 0;
  #lastFace = 0;
  #seen = 0;
  readonly #reader: Reader;
  readonly #cards: Cards;
  readonly #seekBar: SeekBar;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.#follower = reader.follower();
    this.#cards = new Cards(element("faces"), reader.about.classes);
    this.#seekBar = new SeekBar(element("seek-row"), () => this.#sought = true);
  }

  /** Opens a source in the place of the one before. */
  async open(open: () => Promise<Source>): Promise<void> {
    this.stop("Opening …");
    const turn = ++this.#opening;
    try {
      const source = await open();
      // Another one was chosen meanwhile.
      if (turn !== this.#opening) return source.close();
      this.#source = source;
      this.#lastFace = performance.now();
      button("stop").disabled = false;
      button("pause").disabled = !source.video;
      if (source.kind === "video") this.#seekBar.show(source.video);
      if (source.kind === "picture") await this.#frame(source);
      else {
        say("running", source.kind === "camera" ? "The camera is on" : "The video plays");
        this.#loop(source);
      }
    } catch (error) {
      if (turn !== this.#opening) return;
      this.stop("");
      if (!(error instanceof SourceError)) console.error(error);
      say("failed", error instanceof SourceError ? error.message : `It failed: ${error}`);
    }
  }

  /** Ends what is shown. */
  stop(text = "Stopped: choose the camera, a picture or a video"): void {
    this.#opening++;
    this.#source?.close();
    this.#source = undefined;
    this.#seekBar.show(undefined);
    this.#forget();
    this.#timings = [];
    this.#told = 0;
    this.#seen = 0;
    this.#setPaused(false);
    this.#cards.show([]);
    const display = element<HTMLCanvasElement>("display");
    display.getContext("2d")!.clearRect(0, 0, display.width, display.height);
    display.setAttribute("aria-label", "Nothing yet");
    for (const id of ["rate", "take", "find", "classify", "draw"]) element(id).textContent = "–";
    for (const id of ["pause", "stop"]) button(id).disabled = true;
    element("hint").hidden = false;
    say("ready", text);
  }

  /** Holds the picture, or goes on. */
  pause(): void {
    const source = this.#source;
    if (!source?.video) return;
    this.#setPaused(!this.#paused);
    if (this.#paused) {
      source.video.pause();
      this.#tellFaces(this.#seen, performance.now());
    } else {
      this.#timings = [];
      this.#lastFace = performance.now();
      void source.video.play();
      say("running", "Going on");
    }
  }

  /** What comes next has nothing to do with what was seen. */
  #forget(): void {
    this.#smoother = new Smoother();
    this.#follower = this.#reader.follower();
    this.#sought = false;
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    button("pause").setAttribute("aria-pressed", String(paused));
  }

  #loop(source: Source): void {
    const video = source.video!;
    let last = 0;
    // Of the frame that came last and is not read yet.
    let waiting: number | undefined;
    let reading = false;
    const readWaiting = async () => {
      reading = true;
      try {
        while (waiting !== undefined && this.#source === source) {
          const mediaTime = waiting;
          waiting = undefined;
          // Somebody has gone to another place, or the film begins anew; where it is paused no other
          // frame comes, save that which came while the pause did.
          const elsewhere = this.#sought || mediaTime < last ||
            (this.#paused && mediaTime !== last);
          last = mediaTime;
          if (this.#paused && !elsewhere) continue;
          if (elsewhere) this.#forget();
          await this.#frame(source);
        }
      } catch (error) {
        console.error(error);
        this.stop("");
        say("failed", `The picture could not be read (${error}): choose another source`);
      } finally {
        reading = false;
      }
    };
    const next = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      if (this.#source !== source) return;
      // Before the frame is read: the one that a paused film shows then may be the last to come.
      video.requestVideoFrameCallback(next);
      waiting = mediaTime;
      if (!reading) void readWaiting();
    };
    video.requestVideoFrameCallback(next);
  }

  async #frame(source: Source): Promise<void> {
    const { about, read } = this.#reader;
    const began = performance.now();
    const picture = source.take();
    const taken = performance.now();
    const { faces, milliseconds } = await read(picture, source.video && this.#follower);
    // Stopped, or another was chosen, meanwhile.
    if (this.#source !== source) return;
    const classified = performance.now();
    const mirrored = source.kind === "camera";
    const smooth = source.kind === "picture" ? faces : this.#smoother.take(faces, began / 1000);
    // From left to right of what is shown.
    const shown = mirrored ? smooth.toReversed() : smooth;
    drawPicture(element<HTMLCanvasElement>("display"), source.image, picture, shown, {
      classes: about.classes,
      mirrored,
    });
    this.#cards.show(shown);
    element("hint").hidden = shown.length > 0;
    const now = performance.now();
    this.#timings.push({
      time: now,
      take: taken - began,
      ...milliseconds,
      draw: now - classified,
    });
    if (source.kind === "video") this.#seekBar.tell();
    this.#tellSpeed(now);
    if (source.kind === "picture") tellOfPicture(picture, shown.length);
    else this.#tellFaces(shown.length, now);
  }

  #tellSpeed(now: number): void {
    this.#timings = lastTimings(this.#timings);
    if (now - this.#told < 250) return;
    this.#told = now;
    const timings = this.#timings;
    for (const stage of ["take", "find", "classify", "draw"] as const) {
      const mean = timings.reduce((sum, timing) => sum + timing[stage], 0) / timings.length;
      element(stage).textContent = mean.toFixed(1);
    }
    element("rate").textContent = frameRate(timings)?.toFixed(1) ?? "–";
  }

  #tellFaces(count: number, now: number): void {
    this.#seen = count;
    const words = facesText(count);
    if (this.#paused) return say("paused", `Paused: ${count === 0 ? "no face" : words}`);
    if (count > 0) {
      this.#lastFace = now;
      return say("running", words);
    }
    if (now - this.#lastFace > LONG) {
      say("running", "No face found: look at the camera from nearer, upright, with light in front");
    }
  }
}

function facesText(count: number): string {
  return count === 1 ? "1 face" : `${count} faces, from left to right`;
}

function tellOfPicture({ width, height }: Picture, count: number): void {
  const found = count === 0 ? "No face found" : facesText(count);
  // What is cut out already is cut once more here, or its face is not found, since too little is around it.
  const advice = Math.max(width, height) <= SMALL
    ? "deno task predict --crops takes a picture that is a face already as it is"
    : count === 0
    ? "choose a picture in which one is larger, upright and lit"
    : undefined;
  say("running", advice === undefined ? found : `${found}: ${advice}`);
}

/** The camera, and which one where there are several. */
function prepareCamera(player: Player): void {
  const choice = element<HTMLSelectElement>("cameras");
  const open = () =>
    player.open(async () => {
      const device = choice.value;
      // Not the next time, should that camera be gone.
      choice.replaceChildren();
      element("camera-row").hidden = true;
      const source = await openCamera(() => {
        player.stop("");
        say("failed", "The camera is gone: connect it again, and press Camera");
      }, device);
      const cameras = await listCameras();
      choice.replaceChildren(
        ...cameras.map(({ deviceId, label }, i) =>
          new Option(label || `Camera ${i + 1}`, deviceId)
        ),
      );
      choice.value = source.device ?? "";
      element("camera-row").hidden = cameras.length < 2;
      return source;
    });
  button("camera").onclick = open;
  choice.onchange = open;
}

async function start(): Promise<void> {
  let reader: Reader;
  try {
    reader = await loadReader();
  } catch (error) {
    if (error instanceof NoWasm) {
      return say(
        "failed",
        "This browser runs no WebAssembly, which the networks need: allow it in the browser's " +
          "settings, or open this page in another browser",
      );
    }
    console.error(error);
    return say(
      "failed",
      `The networks did not load (${error instanceof Error ? error.message : error}): see that ` +
        "deno task live still runs, and load the page again",
    );
  }
  element("network").textContent = reader.about.network;
  const player = new Player(reader);
  prepareCamera(player);
  for (const [id, open] of [["picture", openPicture], ["video", openVideo]] as const) {
    const input = element<HTMLInputElement>(`${id}-file`);
    button(id).onclick = () => input.click();
    input.onchange = () => {
      const file = input.files?.[0];
      // So that the same file can be chosen again.
      input.value = "";
      if (file) void player.open(() => open(file));
    };
  }
  button("pause").onclick = () => player.pause();
  button("stop").onclick = () => player.stop();
  for (const id of ["camera", "picture", "video"]) button(id).disabled = false;
  say("ready", "Choose the camera, a picture or a video");
}

await start();
