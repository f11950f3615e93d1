/** Points of one lead and what they are worth. */
export interface Scored {
  score: number;
  /** Share of such leads that convert, 0..1. */
  probability: number;
  /** Lower end of its 90 % interval. */
  low: number;
  /** Upper end of its 90 % interval. */
  high: number;
  band: string;
  /** Per criterion. */
  points: Record<string, number>;
  /** Where most points were lost, largest loss first. */
  reasons: string[];
  /** Points by group of criteria, on a card with grades. */
  subScores?: Record<string, number>;
  /** A1 is best on both, on a card with grades. */
  grade?: string;
}

/** A lead: a value per column of the card. */
export type Lead = Record<string, unknown>;

export interface Options {
  /** A key that is not there counts as missing instead of being an error. */
  allowMissing?: boolean;
}

/** A lead that does not fit the card; the message names every key that is missing or wrong. */
export class LeadError extends Error {}

/** The card as data, as in card.json. */
export const CARD: Readonly<Record<string, unknown>>;

/** Points of one lead. `null`, `undefined` and NaN are missing. Throws a {@link LeadError}. */
export function score(lead: Lead, options?: Options): Scored;

/** Points of many leads, in their order. */
export function scoreAll(leads: Iterable<Lead>, options?: Options): Scored[];

/** Scores the made-up leads of the card; what differs, in words. Empty when the file is right. */
export function verify(): string[];
