import type { ShadowConfig } from '../routing/shadow-config.ts';
import { type FieldPath, type FieldPattern, fieldPattern } from './field-path.ts';

/** A list whose order is a matter of degree, as that of search results. */
export interface RankedRule {
  readonly pattern: FieldPattern;
  /** What of an element says which it is; without it the whole element does. */
  readonly key: string | undefined;
  /** How many from the top are compared. */
  readonly top: number;
  /** The share of them that both lists have, 0 to 1, below which they differ. */
  readonly minOverlap: number;
}

interface ToleranceRule {
  readonly pattern: FieldPattern;
  readonly absolute: number;
  readonly relative: number;
}

/** What counts as a difference, ready to be asked. */
export interface CompareRules {
  /** Names in lower case. */
  readonly headers: readonly string[];
  readonly ignore: readonly FieldPattern[];
  readonly unordered: readonly FieldPattern[];
  readonly ranked: readonly RankedRule[];
  readonly tolerance: readonly ToleranceRule[];
}

type RulesConfig = Pick<ShadowConfig, 'headers' | 'ignore' | 'unordered' | 'ranked' | 'tolerance'>;

/** @throws UsageError for a pattern that is none; the configuration's schema has refused those. */
export const compareRules = (config: RulesConfig): CompareRules => ({
  headers: config.headers.map((name) => name.toLowerCase()),
  ignore: config.ignore.map(fieldPattern),
  unordered: config.unordered.map(fieldPattern),
  ranked: config.ranked.map(({ path, key, top, minOverlapPercent }) => ({
    pattern: fieldPattern(path),
    key,
    top,
    minOverlap: minOverlapPercent / 100,
  })),
  tolerance: config.tolerance.map(({ path, absolute, relativePercent }) => ({
    pattern: fieldPattern(path),
    absolute,
    relative: relativePercent / 100,
  })),
});

/** Whether two numbers are the same as far as the rules care. */
export const isWithinTolerance = (rules: CompareRules, path: FieldPath, a: number, b: number): boolean => {
  const apart = Math.abs(a - b);
  return rules.tolerance.some(
    ({ pattern, absolute, relative }) =>
      apart <= Math.max(absolute, relative * Math.max(Math.abs(a), Math.abs(b))) && pattern.matches(path),
  );
};
