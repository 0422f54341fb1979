import { compile } from 'path-to-regexp';
import { UsageError } from '../../services/core/index.ts';
import { type Cohort, cohortsOf } from './cohort.ts';
import type { RouteConfig } from './proxy-config.ts';
import { type RoutePath, routePathsOf } from './route-pattern.ts';
import { routeProblems } from './route-problems.ts';
import { keyOf } from './sticky-key.ts';

/** A route made ready for requests. */
export interface Route {
  readonly name: string;
  readonly config: RouteConfig;
  readonly salt: string;
  /** In the order in which they are tried. */
  readonly cohorts: readonly Cohort[];
  /** Sticky keys of those whom the candidate serves at any weight. */
  readonly allowed: ReadonlySet<string>;
  /** The candidate's path for a request path (without its query) that this route matched. */
  candidatePath(path: string, params: RouteParams): string;
}

/** A path's parameters as they stood in it, still percent-encoded. */
export type RouteParams = { readonly [name: string]: string };

export interface RouteMatch {
  readonly route: Route;
  readonly params: RouteParams;
}

interface Node {
  readonly texts: Map<string, Node>;
  param?: Node;
  rest?: Ending;
  ending?: Ending;
}

interface Ending {
  readonly route: Route;
  readonly names: readonly string[];
}

const emptyNode = (): Node => ({ texts: new Map() });
const NO_PARAMS: RouteParams = Object.freeze({});

/**
 * Finds the route of a request by method and path. It is a tree of path segments, so that a look-up costs the
 * length of the path, however many routes there are. Matching is exact: letter case and a trailing slash count,
 * since what differs in them is served by the control as it always was. The narrower pattern wins.
 */
export class RouteTable {
  readonly routes: readonly Route[];
  readonly #roots = new Map<string, Node>();

  /** @throws UsageError that names every unreadable pattern and every conflict between two routes. */
  constructor(routes: { readonly [name: string]: RouteConfig }) {
    const problems = routeProblems(routes).map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    if (problems.length > 0) throw new UsageError(`the proxy's routes are wrong:\n${problems.join('\n')}`);
    this.routes = Object.entries(routes).map(([name, config]) => routeOf(name, config));
    for (const route of this.routes) {
      for (const path of routePathsOf(route.config.path)) {
        for (const method of route.config.methods) this.#add(method, path, route);
      }
    }
  }

  /** `path` is without its query, and canonical (see canonical-path). */
  match(method: string, path: string): RouteMatch | undefined {
    const root = this.#roots.get(method);
    if (!root) return undefined;
    const values: string[] = [];
    const ending = descend(root, path, 1, values);
    if (!ending) return undefined;
    return { route: ending.route, params: values.length === 0 ? NO_PARAMS : paramsOf(ending.names, values) };
  }

  #add(method: string, path: RoutePath, route: Route): void {
    let node = this.#roots.get(method) ?? emptyNode();
    this.#roots.set(method, node);
    const ending = { route, names: path.flatMap((part) => (part.kind === 'text' ? [] : [part.name])) };
    for (const segment of path) {
      if (segment.kind === 'rest') {
        node.rest = ending;
        return;
      }
      node = segment.kind === 'text' ? childOf(node, segment.text) : paramOf(node);
    }
    node.ending = ending;
  }
}

const childOf = (node: Node, text: string): Node => {
  const child = node.texts.get(text) ?? emptyNode();
  node.texts.set(text, child);
  return child;
};

const paramOf = (node: Node): Node => {
  node.param ??= emptyNode();
  return node.param;
};

/** Tries text before parameter before wildcard; `values` holds the parameters on the way to the answer. */
const descend = (node: Node, path: string, from: number, values: string[]): Ending | undefined => {
  if (from > path.length) return node.ending;
  const slash = path.indexOf('/', from);
  const to = slash < 0 ? path.length : slash;
  const segment = path.slice(from, to);
  const text = node.texts.get(segment);
  const found = text && descend(text, path, to + 1, values);
  if (found || segment === '') return found;
  if (node.param) {
    values.push(segment);
    const deeper = descend(node.param, path, to + 1, values);
    if (deeper) return deeper;
    values.pop();
  }
  if (node.rest) values.push(path.slice(from));
  return node.rest;
};

const paramsOf = (names: readonly string[], values: readonly string[]): RouteParams => {
  const params: { [name: string]: string } = {};
  for (let at = 0; at < names.length; at++) params[names[at] ?? ''] = values[at] ?? '';
  return params;
};

const routeOf = (name: string, config: RouteConfig): Route => {
  const base = new URL(config.candidate.url).pathname.replace(/\/$/, '');
  return {
    name,
    config,
    salt: config.salt ?? name,
    cohorts: cohortsOf(name, config),
    // A key may come from a credential, which is hashed, or from something else, which is not.
    allowed: new Set(config.allow.flatMap((key) => [keyOf(key, false), keyOf(key, true)])),
    candidatePath: candidatePathOf(base, config),
  };
};

const candidatePathOf = (base: string, config: RouteConfig): Route['candidatePath'] => {
  const { rewrite } = config.candidate;
  if (rewrite === undefined) return (path) => base + path;
  // Parameters pass through as they came: decoding and encoding again could change them.
  const toPath = compile(rewrite, { encode: false });
  return (_path, params) => base + toPath(params);
};
