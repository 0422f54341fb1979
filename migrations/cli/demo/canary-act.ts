import { setTimeout as delay } from 'node:timers/promises';
import type { Ramp } from '../../../proxy/ramp/ramp.ts';
import { type RampPlan, rampPlanSchema } from '../../../proxy/ramp/ramp-plan.ts';
import type { Ramps } from '../../../proxy/ramp/ramps.ts';
import { BanyanError } from '../../../services/core/index.ts';
import type { ClientErrors } from './client-errors.ts';
import { type CanaryStep, canaryStep, type DemoReport } from './demo-report.ts';
import type { Call, HttpClient } from './http-client.ts';
import type { LiveTable } from './live-table.ts';
import { readStep, type StepReading } from './reader-load.ts';

const WEIGHTS = [1, 5, 25, 50, 100] as const;
const WITHIN_MS = 60_000;

export interface CanaryParts {
  /** What operators do with ramps; the controller within the proxy carries them out. */
  readonly ramps: Ramps;
  readonly adminUrl: string;
  readonly http: HttpClient;
  readonly errors: ClientErrors;
  readonly table: LiveTable;
  readonly report: DemoReport;
  /** Route → what its `n`th visitor asks. */
  readonly routes: { readonly [route: string]: (n: number) => Call };
  /** Required. Distinct users per step; each route has its share of them, and nobody visits two. */
  readonly visitors: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Each step waits for the demo's `resume`, which comes once all visitors have been there. The latency of one machine
 * that runs all of it, cold Lambdas included, says little: only seconds are too slow.
 */
const rampOf = (parts: CanaryParts): RampPlan =>
  rampPlanSchema.parse({
    steps: WEIGHTS.map((weightPercent) => ({ weightPercent, bakeMs: 0, pause: weightPercent < 100 })),
    guards: {
      // Half of what the first step's share of the visitors asks.
      minimumRequests: Math.min(50, Math.max(1, Math.floor((visitorsOf(parts) * WEIGHTS[0]) / 200))),
      latencyFloorMs: 3_000,
    },
  });

/** Has every route ramped up, and lets each step go on once its visitors have been there. */
export const rampUp = async (parts: CanaryParts): Promise<void> => {
  const routes = Object.keys(parts.routes);
  const candidates = new Map<string, ReadonlySet<number>>();
  const plan = rampOf(parts);
  await Promise.all(
    routes.map((route) => parts.ramps.start(route, { plan, planName: null, by: 'demo', why: 'the demo' })),
  );
  for (const weightPercent of WEIGHTS) {
    await Promise.all(
      routes.map((route) => whileVisited(parts, route, () => inForce(parts, route, weightPercent))),
    );
    for (const reading of await readAll(parts, routes, weightPercent)) {
      checkShare(parts.report, weightPercent, reading, candidates.get(reading.route));
      candidates.set(reading.route, reading.candidates);
    }
    await Promise.all(routes.map((route) => passed(parts, route, weightPercent)));
    if (weightPercent === 100) return;
    const resume = {
      action: 'resume',
      by: 'demo',
      why: `all visitors were there at ${weightPercent} %`,
    } as const;
    await Promise.all(routes.map((route) => parts.ramps.order(route, resume)));
  }
};

/** Waits until the controller has judged the step, while visitors come and go. */
const passed = async (parts: CanaryParts, route: string, weightPercent: number): Promise<void> => {
  const ramp = await whileVisited(parts, route, () =>
    rampUntil(parts, route, ({ happened: { phase } }) => phase !== 'running'),
  );
  const { phase, ended } = ramp.happened;
  if (phase === 'waiting' || phase === 'complete') return;
  throw new BanyanError('rolled-back', `${route} was ${phase} at ${weightPercent} %: ${ended?.why ?? ''}`);
};

const readAll = async (
  parts: CanaryParts,
  routes: readonly string[],
  weightPercent: number,
): Promise<StepReading[]> => {
  const underWay = new Map<string, StepReading>();
  const steps = (): CanaryStep[] =>
    [...underWay.values()].map((reading) => canaryStep(weightPercent, reading));
  const redraw = setInterval(() => parts.table.update(steps()), 500);
  try {
    const readings = await Promise.all(
      routes.map((route) =>
        readStep(parts, {
          route,
          requests: visitorsOf(parts),
          concurrency: parts.concurrency,
          request: visitorCall(parts, route),
          onBegin: (reading) => underWay.set(route, reading),
          signal: parts.signal,
        }),
      ),
    );
    parts.table.finish(steps());
    parts.report.canary.push(...steps());
    return readings;
  } finally {
    clearInterval(redraw);
  }
};

/** How many users visit a route in a step. */
const visitorsOf = ({ visitors, routes }: CanaryParts): number =>
  Math.ceil(visitors / Object.keys(routes).length);

/** The same visitors come back at every step, each with the cookie that the proxy gave them. */
const visitorCall = (parts: CanaryParts, route: string) => {
  const ask = parts.routes[route];
  if (!ask) throw new BanyanError('no-route', `the demo knows no requests for route ${route}`);
  const first = Object.keys(parts.routes).indexOf(route) * visitorsOf(parts);
  return (n: number): Call => ({ ...ask(n), cookie: `banyan_key=visitor-${first + n}` });
};

/** Shares are exact to a point over thousands of users; over fewer, to four standard deviations. */
const checkShare = (
  report: DemoReport,
  weightPercent: number,
  { route, requests, candidate, candidates }: StepReading,
  before: ReadonlySet<number> | undefined,
): void => {
  const share = (candidate / requests) * 100;
  const deviation = Math.sqrt((weightPercent * (100 - weightPercent)) / requests);
  const allowed = requests >= 5_000 ? 1 : Math.max(1, 4 * deviation);
  if (Math.abs(share - weightPercent) > allowed) {
    report.failures.push(`${route} at ${weightPercent} % had a share of ${share.toFixed(2)} %`);
  }
  const movedBack = [...(before ?? [])].filter((visitor) => !candidates.has(visitor)).length;
  if (movedBack > 0) {
    report.failures.push(
      `${movedBack} users of ${route} moved back to the control when the weight rose to ${weightPercent} %`,
    );
  }
};

export interface KillParts extends CanaryParts {
  readonly route: string;
  /** Kills what the candidate needs. */
  readonly kill: () => Promise<void>;
}

/** Kills the candidate under load: the control must answer in its place, and the controller turn the dial to 0. */
export const killCandidate = (parts: KillParts): Promise<Ramp> =>
  whileVisited(parts, parts.route, async () => {
    await parts.kill();
    const ramp = await rampUntil(parts, parts.route, ({ happened: { ended } }) => ended !== null);
    await inForce(parts, parts.route, 0);
    return ramp;
  });

/** Keeps visitors coming to a route while something goes on: others than those of the table. */
const whileVisited = async <T>(parts: CanaryParts, route: string, goesOn: () => Promise<T>): Promise<T> => {
  const visit = visitorCall(parts, route);
  const over = new AbortController();
  const load = readStep(parts, {
    route,
    requests: Number.POSITIVE_INFINITY,
    concurrency: parts.concurrency,
    request: (n) => visit(visitorsOf(parts) + n),
    signal: AbortSignal.any([parts.signal, over.signal]),
  }).catch((thrown: unknown) => {
    if (!over.signal.aborted) throw thrown;
  });
  try {
    return await goesOn();
  } finally {
    over.abort();
    await load;
  }
};

const rampUntil = (parts: CanaryParts, route: string, isSo: (ramp: Ramp) => boolean): Promise<Ramp> => {
  let seen: Ramp | undefined;
  return untilFound(parts.signal, {
    look: async () => {
      seen = await parts.ramps.read(route);
      return seen && isSo(seen) ? seen : undefined;
    },
    stuck: () => {
      const { phase, decision } = seen?.happened ?? {};
      return new BanyanError(
        'ramp-stuck',
        `the ramp of ${route} is ${phase} after a minute: ${decision?.reason ?? 'no controller looked at it'}`,
      );
    },
  });
};

/** Looks again and again, for a minute at the most, until it has found what is looked for. */
const untilFound = async <T>(
  signal: AbortSignal,
  { look, stuck }: { look: () => Promise<T | undefined>; stuck: () => BanyanError },
): Promise<T> => {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw stuck();
    await delay(100, undefined, { signal });
  }
};

/** After the rollback nobody may reach the candidate. */
export const readAfterRollback = async (parts: KillParts): Promise<StepReading> =>
  (
    await readAll({ ...parts, visitors: Math.min(2_000, parts.visitors) }, [parts.route], 0)
  )[0] as StepReading;

/** Waits until the proxy serves a route at a weight. */
const inForce = async (parts: CanaryParts, route: string, weightPercent: number): Promise<void> => {
  await untilFound(parts.signal, {
    look: async () => {
      const { routes } = (await (await fetch(`${parts.adminUrl}/weights`)).json()) as {
        routes: { [route: string]: { weightPercent: number } | undefined };
      };
      return routes[route]?.weightPercent === weightPercent || undefined;
    },
    stuck: () =>
      new BanyanError(
        'weight-not-in-force',
        `the proxy does not serve ${route} at ${weightPercent} % within a minute`,
      ),
  });
};

/** How often the control answered in the candidate's place so far. */
export const rescuedSoFar = async (adminUrl: string): Promise<number> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const counts = text.matchAll(/^banyan_proxy_requests_total\{[^}]*outcome="rescued"[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
};
