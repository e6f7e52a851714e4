/**
 * What the server tells the page of its network.
 *
 * @module
 */

/** `/about.json`. */
export interface About {
  /** Which it is, and how often it is right: a sentence. */
  readonly network: string;
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
