/// <reference lib="dom" />
/**
 * Where pictures come from: the camera, a picture file or a video file.
 *
 * @module
 */

import { MOST_PIXELS, type Picture } from "../../dataset/picture.ts";

/** Why there are no pictures, and what to do: a sentence for the page. */
export class SourceError extends Error {
  override name = "SourceError";
}

/** Something to look at. */
export interface Source {
  readonly kind: "camera" | "picture" | "video";
  /** What is drawn. */
  readonly image: CanvasImageSource;
  /** What plays, where something does. */
  readonly video?: HTMLVideoElement;
  /** Of a camera: which it is. */
  readonly device?: string;
  /** Copies what is to be seen now. */
  take(): Picture;
  /** Gives the camera or the file back. */
  close(): void;
}

/** Frames of a film are brought to at most this side: a face is found in 256 pixels anyway. */
const FRAME_SIDE = 1280;

const OTHERWISE = "a picture or a video works without a camera";

/** What to say of each reason why there is no camera, by the error's name. */
const CAMERA_TROUBLE: Readonly<Record<string, string>> = {
  NotAllowedError: "The camera was refused: allow it for this page beside the browser's address " +
    `bar or in the system's settings, and press Camera again; ${OTHERWISE}`,
  NotFoundError: `No camera was found: connect one and press Camera again; ${OTHERWISE}`,
  OverconstrainedError: `That camera is gone: press Camera for another one; ${OTHERWISE}`,
  NotReadableError: "The camera does not answer: close other programs that use it, and press " +
    `Camera again; ${OTHERWISE}`,
};

/** The cameras, once one of them has been allowed: browsers keep their names to themselves before. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "");
}

/**
 * Opens the camera.
 *
 * @param ended Called when it is taken away.
 * @param device Which one; else the one that shows the user.
 * @throws {SourceError} Where there is none, or it is refused or in use.
 */
export async function openCamera(ended: () => void, device = ""): Promise<Source> {
  if (!navigator.mediaDevices) {
    throw new SourceError(
      `The browser gives this page no camera: open it at http://127.0.0.1:${location.port}/`,
    );
  }
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 640 },
        height: { ideal: 480 },
        ...device === "" ? { facingMode: "user" } : { deviceId: { exact: device } },
      },
    });
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new SourceError(CAMERA_TROUBLE[name] ?? `The camera cannot be used (${message})`);
  }
  const close = () => stream.getTracks().forEach((track) => track.stop());
  for (const track of stream.getTracks()) track.addEventListener("ended", ended);
  const video = videoElement();
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    close();
    throw new SourceError(`The camera's picture cannot be shown (${(error as Error).message})`);
  }
  const { deviceId } = stream.getVideoTracks()[0]!.getSettings();
  return {
    ...{ kind: "camera", image: video, video, take: taker(video), close },
    ...deviceId === undefined ? {} : { device: deviceId },
  };
}

/**
 * Opens a picture file, upright as its EXIF says.
 *
 * @throws {SourceError} Where the browser cannot read it, or it is too large.
 */
export async function openPicture(file: File): Promise<Source> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, {
      imageOrientation: "from-image",
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new SourceError(
      `${file.name}: No picture that this browser can read: choose a JPEG, PNG or WebP file`,
    );
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    bitmap.close();
    throw new SourceError(
      `${file.name}: Has ${width}x${height} pixels: choose a picture of at most ${
        MOST_PIXELS / 1e6
      } million`,
    );
  }
  const take = () => copy(bitmap, width, height);
  return { kind: "picture", image: bitmap, take, close: () => bitmap.close() };
}

/**
 * Opens a video file, which plays without sound and again from its beginning.
 *
 * @throws {SourceError} Where the browser cannot play it.
 */
export async function openVideo(file: File): Promise<Source> {
  const address = URL.createObjectURL(file);
  const video = videoElement();
  video.loop = true;
  video.src = address;
  try {
    await video.play();
    if (video.videoWidth === 0) throw new Error("no picture");
  } catch {
    URL.revokeObjectURL(address);
    throw new SourceError(
      `${file.name}: No video that this browser can play: choose WebM, or MP4 with H.264 (phones often ` +
        "record HEVC)",
    );
  }
  const close = () => {
    video.pause();
    video.removeAttribute("src");
    URL.revokeObjectURL(address);
  };
  return { kind: "video", image: video, video, take: taker(video), close };
}

function videoElement(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return video;
}

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true })!;

function taker(video: HTMLVideoElement): () => Picture {
  return () => {
    const { videoWidth, videoHeight } = video;
    const scale = Math.min(1, FRAME_SIDE / Math.max(videoWidth, videoHeight));
    return copy(
      video,
      Math.max(1, Math.round(scale * videoWidth)),
      Math.max(1, Math.round(scale * videoHeight)),
    );
  };
}

function copy(image: CanvasImageSource, width: number, height: number): Picture {
  // A size that is set anew empties the canvas, which takes time.
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  } else context.clearRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
