import type { IncomingHttpHeaders } from 'node:http';
import type { RouteConfig } from './proxy-config.ts';
import { type Trait, valueAt } from './request-value.ts';
import { dialName } from './weight.ts';

/** Users of a route who have a dial of their own. */
export interface Cohort {
  /** What its dial is called. */
  readonly dial: string;
  readonly by: Trait;
  readonly values: ReadonlySet<string>;
}

/** A route's cohorts, in the order in which they are tried. */
export const cohortsOf = (route: string, { cohorts }: Pick<RouteConfig, 'cohorts'>): Cohort[] =>
  Object.entries(cohorts).map(([name, { by, values }]) => ({
    dial: dialName(route, name),
    by,
    values: new Set(values),
  }));

/** The first cohort that a request belongs to. */
export const cohortOf = (cohorts: readonly Cohort[], headers: IncomingHttpHeaders): Cohort | undefined => {
  for (const cohort of cohorts) {
    const value = valueAt(cohort.by, headers, NO_PARAMS);
    if (value !== undefined && cohort.values.has(value)) return cohort;
  }
  return undefined;
};

const NO_PARAMS = Object.freeze({});
