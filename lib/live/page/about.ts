/**
 * What the server tells the page of its network.
 *
 * @module
 */

/** `/about.json`. */
export interface About {
  readonly network: {
    /** The run's digest. */
    readonly run: string;
    readonly seed: number;
    /** Name of the data set. */
    readonly data: string;
    readonly synthetic: boolean;
    /** On the data set's test images, 0 to 1. */
    readonly accuracy: number;
    readonly images: number;
  };
  /** Names, in the order of the probabilities. */
  readonly classes: readonly string[];
  readonly sample: { readonly shape: readonly number[]; readonly divisor: number };
  /** Shape of one view: height, width, channels. */
  readonly input: readonly number[];
  /** A prediction is the mean over them. */
  readonly views: readonly {
    readonly row: number;
    readonly column: number;
    readonly mirrored: boolean;
  }[];
  /** Whether the network was trained on equalised grays. */
  readonly equalised: boolean;
}
