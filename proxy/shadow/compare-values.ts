import { compareRanked, compareUnordered } from './compare-lists.ts';
import { type CompareRules, isWithinTolerance } from './compare-rules.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import { type FieldPath, fieldName, LIST, matchesAny } from './field-path.ts';

/** Deeper than this two values are taken as texts: nobody reads a difference down there, and a stack ends. */
const MAX_DEPTH = 64;

/** Every difference between two JSON values at `path`. Swapped sides give the same fields. */
export const compareValues = (
  control: unknown,
  candidate: unknown,
  path: FieldPath,
  rules: CompareRules,
): readonly Difference[] => {
  if (Object.is(control, candidate) || matchesAny(rules.ignore, path)) return [];
  const type = typeOf(control);
  if (type !== typeOf(candidate)) return [differing('type', path, control, candidate)];
  if (type === 'number' && isWithinTolerance(rules, path, Number(control), Number(candidate))) return [];
  if (path.length >= MAX_DEPTH) {
    const same = JSON.stringify(control) === JSON.stringify(candidate);
    return same ? [] : [differing('value', path, control, candidate)];
  }
  if (Array.isArray(control) && Array.isArray(candidate))
    return compareLists(control, candidate, path, rules);
  if (isObject(control) && isObject(candidate)) return compareObjects(control, candidate, path, rules);
  return control === candidate ? [] : [differing('value', path, control, candidate)];
};

export const differing = (
  kind: DifferenceKind,
  path: FieldPath,
  control: unknown,
  candidate: unknown,
): Difference => ({ field: fieldName(path), path, kind, control, candidate });

type JsonObject = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
};

const compareObjects = (
  control: JsonObject,
  candidate: JsonObject,
  path: FieldPath,
  rules: CompareRules,
): readonly Difference[] =>
  [...new Set([...Object.keys(control), ...Object.keys(candidate)])].flatMap((name) => {
    const at = [...path, name];
    const [ours, theirs] = [Object.hasOwn(candidate, name), Object.hasOwn(control, name)];
    if (ours && theirs) return compareValues(control[name], candidate[name], at, rules);
    if (matchesAny(rules.ignore, at)) return [];
    return [differing(ours ? 'extra' : 'missing', at, control[name], candidate[name])];
  });

const compareLists = (
  control: readonly unknown[],
  candidate: readonly unknown[],
  path: FieldPath,
  rules: CompareRules,
): readonly Difference[] => {
  const ranked = rules.ranked.find(({ pattern }) => pattern.matches(path));
  if (ranked) return compareRanked(control, candidate, path, rules, ranked);
  if (matchesAny(rules.unordered, path)) return compareUnordered(control, candidate, path, rules);
  return comparePairs(control, candidate, path, rules);
};

/** Element by element, and the lengths. */
export const comparePairs = (
  control: readonly unknown[],
  candidate: readonly unknown[],
  path: FieldPath,
  rules: CompareRules,
): readonly Difference[] => {
  const at = [...path, LIST];
  const shared = Math.min(control.length, candidate.length);
  const elements = control
    .slice(0, shared)
    .flatMap((element, index) => compareValues(element, candidate[index], at, rules));
  return control.length === candidate.length
    ? elements
    : [...elements, differing('length', path, control.length, candidate.length)];
};
