import { canonicalText } from './canonical-text.ts';
import type { CompareRules, RankedRule } from './compare-rules.ts';
import { comparePairs, compareValues, differing, isObject } from './compare-values.ts';
import type { Difference } from './difference.ts';
import { type FieldPath, LIST } from './field-path.ts';

/** Above this, elements without an equal are paired as they sort: to try all pairs would take too long. */
const MAX_TRIED = 50;

/** Two lists as bags: their order says nothing. Elements without an equal are paired with what is nearest. */
export const compareUnordered = (
  control: readonly unknown[],
  candidate: readonly unknown[],
  path: FieldPath,
  rules: CompareRules,
): readonly Difference[] => {
  const [left, right] = withoutEquals(control, candidate);
  const [paired, matching] = nearest(left, right, [...path, LIST], rules);
  return comparePairs(paired, matching, path, rules);
};

/** What is left of both lists once equal elements are gone, sorted by their text. */
const withoutEquals = (a: readonly unknown[], b: readonly unknown[]): [unknown[], unknown[]] => {
  const counts = new Map<string, number>();
  for (const element of b) {
    const text = canonicalText(element);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const left = a.filter((element) => !taken(counts, canonicalText(element)));
  const right = sorted(b).filter((element) => taken(counts, canonicalText(element)));
  return [sorted(left), right];
};

const taken = (counts: Map<string, number>, text: string): boolean => {
  const count = counts.get(text) ?? 0;
  if (count > 0) counts.set(text, count - 1);
  return count > 0;
};

const sorted = (elements: readonly unknown[]): unknown[] =>
  elements
    .map((element) => ({ element, text: canonicalText(element) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ element }) => element);

/** Both lists in an order in which those with the fewest differences stand at the same place. */
const nearest = (
  left: readonly unknown[],
  right: readonly unknown[],
  at: FieldPath,
  rules: CompareRules,
): [readonly unknown[], readonly unknown[]] => {
  if (left.length * right.length > MAX_TRIED ** 2) return [left, right];
  const pairs = left
    .flatMap((a, i) => right.map((b, j) => ({ i, j, apart: compareValues(a, b, at, rules).length })))
    .sort((one, other) => one.apart - other.apart);
  const [fromLeft, fromRight] = [new Set<number>(), new Set<number>()];
  for (const { i, j } of pairs) {
    if (fromLeft.has(i) || fromRight.has(j)) continue;
    fromLeft.add(i);
    fromRight.add(j);
  }
  return [inOrder(left, fromLeft), inOrder(right, fromRight)];
};

/** The elements at the given places, in their order, and then all others. */
const inOrder = (elements: readonly unknown[], places: ReadonlySet<number>): unknown[] => [
  ...[...places].map((place) => elements[place]),
  ...elements.filter((_, place) => !places.has(place)),
];

/**
 * Two lists by rank: how many of the first `top` both have (overlap at k), and what differs within those. What
 * only one side has is the overlap's matter.
 */
export const compareRanked = (
  control: readonly unknown[],
  candidate: readonly unknown[],
  path: FieldPath,
  rules: CompareRules,
  { key, top, minOverlap }: RankedRule,
): readonly Difference[] => {
  const [theirs, ours] = [control, candidate].map((list) => byKey(list.slice(0, top), key));
  if (!theirs || !ours) return [];
  const longer = Math.max(theirs.size, ours.size);
  const both = [...theirs.keys()].filter((name) => ours.has(name));
  const elements = both.flatMap((name) =>
    compareValues(theirs.get(name), ours.get(name), [...path, LIST], rules),
  );
  const overlap = longer === 0 ? 1 : both.length / longer;
  if (overlap >= minOverlap) return elements;
  return [...elements, differing('overlap', path, [...theirs.keys()], [...ours.keys()])];
};

const byKey = (list: readonly unknown[], key: string | undefined): Map<string, unknown> =>
  new Map(
    list.map((element) => [
      canonicalText(key !== undefined && isObject(element) ? element[key] : element),
      element,
    ]),
  );
