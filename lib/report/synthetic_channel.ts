/**
 * What a report says of the synthetic physiological channel: that it is synthetic, and from how many bits on
 * it matters.
 *
 * @module
 */

import { type Configuration, wholeConfiguration } from "../configuration.ts";
import { SYNTHETIC_PHYSIOLOGY } from "../sample.ts";
import { caveatNote } from "./caveat.ts";
import type { ExperimentReport, VariantReport } from "./record.ts";
import { effectiveVerdict, seedsText } from "./summary.ts";

/** Said of everything that a network with the channel has to do with. */
export const SYNTHETIC_CHANNEL = "synthetic physiological channel";

/**
 * What stands after the data set below the title of a report's figures: the seeds, what is synthetic, and
 * what is to be known of the data.
 */
export function figureNote({ seeds, variants, dataset }: ExperimentReport): string {
  return [
    seedsText(seeds),
    ...hasSyntheticChannel(variants) ? [SYNTHETIC_CHANNEL] : [],
    ...caveatNote(dataset),
  ].join(" · ");
}

type Configured = { readonly configuration: VariantReport["configuration"] };

/** Whether one of these networks gets the channel. */
export function hasSyntheticChannel(configured: readonly Configured[]): boolean {
  return configured.some(({ configuration }) => isBits(configuration.syntheticBits));
}

function isBits(bits: Configuration["syntheticBits"] | undefined): bits is number {
  return typeof bits === "number";
}

/** `1 bit`, `0.5 bits`. */
export function bitsText(bits: number): string {
  return `${bits} bit${bits === 1 ? "" : "s"}`;
}

/** A variant with its dial. */
export interface DialledVariant {
  readonly bits: number;
  readonly variant: VariantReport;
}

/** Variants that differ in nothing but the dial. */
export interface DialledSeries {
  /** Such as `face and synthetic physiological channel`. */
  readonly name: string;
  /** Whether the networks get nothing but the channel. */
  readonly alone: boolean;
  /** From the fewest bits up, at least two. */
  readonly points: readonly DialledVariant[];
}

/** The series of a report, those with other modalities first; none where no dial was turned. */
export function dialledSeries({ variants }: Pick<ExperimentReport, "variants">): DialledSeries[] {
  const groups = Map.groupBy(
    variants.flatMap((variant) => {
      const configuration = wholeConfiguration(variant.configuration);
      const { syntheticBits: bits, shuffleModality } = configuration;
      if (!isBits(bits) || shuffleModality === SYNTHETIC_PHYSIOLOGY.name) return [];
      return [{ bits, variant, others: JSON.stringify({ ...configuration, syntheticBits: 0 }) }];
    }),
    ({ others }) => others,
  );
  return [...groups.values()].filter((group) => new Set(group.map(({ bits }) => bits)).size > 1)
    .map((group): DialledSeries => {
      const { modalities } = wholeConfiguration(group[0]!.variant.configuration);
      const others = modalities.filter((name) => name !== SYNTHETIC_PHYSIOLOGY.name);
      const alone = others.length === 0 && modalities.length > 0;
      return {
        name: alone
          ? `${SYNTHETIC_CHANNEL} alone`
          : `${others.join(", ") || "all"} and ${SYNTHETIC_CHANNEL}`,
        alone,
        points: group.map(({ bits, variant }) => ({ bits, variant }))
          .toSorted((a, b) => a.bits - b.bits),
      };
    })
    .toSorted((a, b) => Number(a.alone) - Number(b.alone));
}

/**
 * Where it starts to matter: the fewest bits from which on every variant is better than the baseline.
 *
 * @returns With the variant of the next fewer bits, where there is one; nothing where the most bits that
 *   were tried are not better.
 */
export function startsToMatter(
  { points }: DialledSeries,
): { readonly first: DialledVariant; readonly before?: DialledVariant } | undefined {
  const isBetter = ({ variant: { comparison } }: DialledVariant) =>
    comparison !== null && effectiveVerdict(comparison.test) === "better";
  const last = points.findLastIndex((point) => !isBetter(point));
  const [first, before] = [points[last + 1], points[last]];
  return first && { first, ...before ? { before } : {} };
}
