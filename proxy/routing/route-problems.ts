import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../services/core/index.ts';
import { compareRoutePaths, paramNamesOf, type RoutePath, routePathsOf } from './route-pattern.ts';

/** What of a route the checks look at. */
interface CheckedRoute {
  readonly methods: readonly string[];
  readonly path: string;
  readonly candidate: { readonly rewrite?: string | undefined };
  readonly key: readonly object[];
  readonly allow: readonly string[];
  readonly cohorts: { readonly [name: string]: { readonly by: object; readonly values: readonly string[] } };
}

/** Something wrong with the routes, and where in `routes` it stands. */
export interface RouteProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Everything that is wrong with a set of routes: patterns that cannot be read, parameters that are used but not
 * matched, pairs that would fight over the same request, and cohorts that claim the same users. Where one of two
 * patterns is strictly narrower there is no fight: it wins.
 */
export const routeProblems = (routes: { readonly [name: string]: CheckedRoute }): RouteProblem[] => {
  const problems: RouteProblem[] = [];
  const readable: { name: string; route: CheckedRoute; paths: RoutePath[] }[] = [];
  for (const [name, route] of Object.entries(routes)) {
    problems.push(...allowProblems(name, route), ...cohortProblems(name, route));
    try {
      const paths = routePathsOf(route.path);
      problems.push(...paramProblems(name, route, paths));
      for (const other of readable) problems.push(...conflicts({ name, route, paths }, other));
      readable.push({ name, route, paths });
    } catch (thrown) {
      problems.push({ path: [name, 'path'], message: messageOf(thrown) });
    }
  }
  return problems;
};

const allowProblems = (name: string, { allow }: CheckedRoute): RouteProblem[] => {
  const seen = new Set<string>();
  return allow.flatMap((key, at) => {
    const repeated = seen.has(key);
    seen.add(key);
    return repeated ? [{ path: [name, 'allow', at], message: `"${key}" is there twice` }] : [];
  });
};

/** Different traits may meet in one request, where the first cohort counts; the same value of one trait is a fight. */
const cohortProblems = (name: string, { cohorts }: CheckedRoute): RouteProblem[] => {
  const read = Object.entries(cohorts).map(([cohort, { by, values }]) => ({
    cohort,
    trait: traitOf(by),
    values,
  }));
  return read.flatMap((one, at) =>
    one.values.flatMap((value, index) => {
      const path = [name, 'cohorts', one.cohort, 'values', index];
      if (one.values.indexOf(value) < index) return [{ path, message: `"${value}" is there twice` }];
      const other = read
        .slice(0, at)
        .find((earlier) => isDeepStrictEqual(earlier.trait, one.trait) && earlier.values.includes(value));
      return other
        ? [{ path, message: `conflicts with cohort "${other.cohort}": "${value}" is its own` }]
        : [];
    }),
  );
};

/** Header names are the same in any letter case. */
const traitOf = (by: object): unknown =>
  JSON.parse(JSON.stringify(by), (field, value: unknown) =>
    field === 'header' && typeof value === 'string' ? value.toLowerCase() : value,
  );

const paramProblems = (name: string, route: CheckedRoute, paths: readonly RoutePath[]): RouteProblem[] => {
  const always = paths.map(paramNamesOf).reduce((a, b) => a.filter((param) => b.includes(param)));
  const missing = (param: string) => !always.includes(param);
  const inKeys = route.key.flatMap((source, at) =>
    'param' in source && missing(String(source.param))
      ? [{ path: [name, 'key', at, 'param'], message: `${route.path} has no parameter "${source.param}"` }]
      : [],
  );
  return [...inKeys, ...rewriteProblems(name, route, missing)];
};

const rewriteProblems = (
  name: string,
  { path, candidate }: CheckedRoute,
  missing: (param: string) => boolean,
): RouteProblem[] => {
  if (candidate.rewrite === undefined) return [];
  const at = [name, 'candidate', 'rewrite'];
  try {
    const [rewritten, ...more] = routePathsOf(candidate.rewrite);
    if (!rewritten || more.length > 0) return [{ path: at, message: 'a rewrite has no optional parts' }];
    return paramNamesOf(rewritten)
      .filter(missing)
      .map((param) => ({ path: at, message: `${path} has no parameter "${param}"` }));
  } catch (thrown) {
    return [{ path: at, message: messageOf(thrown) }];
  }
};

interface ReadRoute {
  readonly name: string;
  readonly route: CheckedRoute;
  readonly paths: readonly RoutePath[];
}

const conflicts = (one: ReadRoute, other: ReadRoute): RouteProblem[] => {
  const method = one.route.methods.find((each) => other.route.methods.includes(each));
  if (!method) return [];
  const relations = one.paths.flatMap((a) => other.paths.map((b) => compareRoutePaths(a, b)));
  if (!relations.includes('same') && !relations.includes('crossing')) return [];
  const message = `conflicts with route "${other.name}": one ${method} request can match ${one.route.path} and ${other.route.path}`;
  return [{ path: [one.name, 'path'], message }];
};
