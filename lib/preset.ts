/**
 * How much is run: one dial for the epochs and the number of synthetic faces.
 *
 * @module
 */

/** How many synthetic faces each split gets. */
export type FaceCounts = Readonly<Record<"Training" | "PublicTest" | "PrivateTest", number>>;

/** What a preset sets. */
export interface Preset {
  /** Epochs; nothing where the experiment's own hold. */
  readonly epochs?: number;
  /** Synthetic faces, where no data set is given. */
  readonly faces: FaceCounts;
  /** One line for `--help`. */
  readonly meaning: string;
}

/** The presets, the smallest first. */
export const PRESETS = {
  smoke: {
    epochs: 2,
    faces: { Training: 280, PublicTest: 140, PrivateTest: 140 },
    meaning: "Seconds: shows that everything works, not how well",
  },
  small: {
    epochs: 20,
    faces: { Training: 2_400, PublicTest: 600, PrivateTest: 1_000 },
    meaning: "A minute or two on 2 cores with synthetic faces",
  },
  full: {
    // As many as FER2013 has.
    faces: { Training: 28_709, PublicTest: 3_589, PrivateTest: 3_589 },
    meaning: "The original report's protocol: hours on a CPU",
  },
} as const satisfies Record<string, Preset>;

/** A preset's name. */
export type PresetName = keyof typeof PRESETS;

/** The names of the presets. */
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** What holds where `--preset` is not given: everything on real data, little on synthetic faces. */
export function defaultPreset(hasData: boolean): PresetName {
  return hasData ? "full" : "small";
}

/** The fewest synthetic Training faces, so that every class has some in every split. */
export const FEWEST_FACES = 70;

/**
 * The splits for a number of synthetic Training faces: an eighth of it each for PublicTest and
 * PrivateTest, as in FER2013.
 *
 * @param training Training faces, at least {@linkcode FEWEST_FACES}.
 */
export function faceCounts(training: number): FaceCounts {
  const test = Math.max(FEWEST_FACES, Math.round(training / 8));
  return { Training: training, PublicTest: test, PrivateTest: test };
}
