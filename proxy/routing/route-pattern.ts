import { parse, type Token } from 'path-to-regexp';

/** One step of a path: text that must be there, one segment that may be anything, or all the rest. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'rest'; readonly name: string };

/** A path as its segments; `/` has one, empty. */
export type RoutePath = readonly Segment[];

/**
 * The paths that an Express 5 pattern stands for: one, or for optional parts (`/a{/:b}`) each combination.
 * Parameters fill whole segments and a wildcard ends the path, so that two patterns can be compared exactly.
 * @throws Error whose message says what is wrong with the pattern.
 */
export const routePathsOf = (pattern: string): RoutePath[] => expand(parse(pattern).tokens).map(segmentsOf);

type FlatToken = Exclude<Token, { type: 'group' }>;

const expand = (tokens: readonly Token[]): FlatToken[][] => {
  const [first, ...others] = tokens;
  if (!first) return [[]];
  const rest = expand(others);
  if (first.type !== 'group') return rest.map((tail) => [first, ...tail]);
  const inside = expand(first.tokens);
  return [...rest, ...inside.flatMap((head) => rest.map((tail) => [...head, ...tail]))];
};

const segmentsOf = (tokens: readonly FlatToken[]): RoutePath => {
  const segments = piecesOf(tokens).map(segmentOf);
  if (segments.slice(0, -1).some((segment) => segment.kind === 'rest'))
    throw new Error('a wildcard can only end the path');
  if (segments.slice(0, -1).some(isEmpty))
    throw new Error('an empty segment (//) never matches: such paths are refused');
  return segments;
};

/** The tokens between the slashes. */
const piecesOf = (tokens: readonly FlatToken[]): FlatToken[][] => {
  const pieces: FlatToken[][] = [[]];
  for (const token of tokens) {
    const [first = token, ...others]: FlatToken[] =
      token.type === 'text' ? token.value.split('/').map((value) => ({ type: 'text', value })) : [token];
    pieces.at(-1)?.push(first);
    for (const other of others) pieces.push([other]);
  }
  const [beforeSlash = [], ...rest] = pieces.map((piece) => piece.filter(isSomething));
  if (beforeSlash.length > 0 || rest.length === 0) throw new Error('a path starts with /');
  return rest;
};

const isSomething = (token: FlatToken): boolean => token.type !== 'text' || token.value !== '';

const segmentOf = (piece: readonly FlatToken[]): Segment => {
  const named = piece.find((token) => token.type !== 'text');
  if (!named)
    return { kind: 'text', text: piece.map((token) => ('value' in token ? token.value : '')).join('') };
  if (piece.length > 1) throw new Error(`"${named.name}" must fill a whole segment, as in /users/:id`);
  return { kind: named.type === 'param' ? 'param' : 'rest', name: named.name };
};

/** The names of a pattern's parameters, in order. */
export const paramNamesOf = (path: RoutePath): string[] =>
  path.flatMap((segment) => (segment.kind === 'text' ? [] : [segment.name]));

/** How two patterns relate: can one path match both, and does every path of `a` also match `b`? */
export const compareRoutePaths = (
  a: RoutePath,
  b: RoutePath,
): 'apart' | 'same' | 'narrower' | 'wider' | 'crossing' => {
  let narrower = false;
  let wider = false;
  for (let at = 0; ; at++) {
    const [left, right] = [a[at], b[at]];
    if (!left && !right) break;
    if (!left || !right) return 'apart';
    const [l, r] = [rankOf(left), rankOf(right)];
    if (left.kind === 'text' && right.kind === 'text' && left.text !== right.text) return 'apart';
    // An empty last segment (a trailing slash) is no value for a parameter.
    if (l !== r && (isEmpty(left) || isEmpty(right))) return 'apart';
    if (l < r) narrower = true;
    if (l > r) wider = true;
    if (left.kind === 'rest' || right.kind === 'rest') break;
  }
  if (narrower && wider) return 'crossing';
  if (narrower) return 'narrower';
  return wider ? 'wider' : 'same';
};

const rankOf = (segment: Segment): number => ({ text: 0, param: 1, rest: 2 })[segment.kind];
const isEmpty = (segment: Segment): boolean => segment.kind === 'text' && segment.text === '';
