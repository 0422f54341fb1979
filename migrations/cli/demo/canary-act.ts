import { setTimeout as delay } from 'node:timers/promises';
import type { RouteTotals } from '../../../proxy/metrics/readings.ts';
import { readingsBetween } from '../../../proxy/metrics/readings.ts';
import { decideRampStep, type RampDecision } from '../../../proxy/ramp/decide-ramp-step.ts';
import { type RampPlan, rampPlanSchema } from '../../../proxy/ramp/ramp-plan.ts';
import type { TrafficDial } from '../../../proxy/ramp/traffic-dial.ts';
import { BanyanError } from '../../../services/core/index.ts';
import type { ClientErrors } from './client-errors.ts';
import { type CanaryStep, canaryStep, type DemoReport } from './demo-report.ts';
import type { Call, HttpClient } from './http-client.ts';
import type { LiveTable } from './live-table.ts';
import { readStep, type StepReading } from './reader-load.ts';

const WEIGHTS = [1, 5, 25, 50, 100] as const;
const IN_FORCE_WITHIN_MS = 5_000;

export interface CanaryParts {
  readonly dial: TrafficDial;
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

/** The latency of one machine that runs all of it, cold Lambdas included, says little: only seconds are too slow. */
const RAMP: RampPlan = rampPlanSchema.parse({
  steps: WEIGHTS.map((weightPercent) => ({ weightPercent, bakeMs: 0 })),
  guards: { minimumRequests: 50, latencyFloorMs: 3_000 },
});

/** Dials every route up, step by step, each time by what the step before has shown. */
export const rampUp = async (parts: CanaryParts): Promise<void> => {
  const routes = Object.keys(parts.routes);
  const candidates = new Map<string, ReadonlySet<number>>();
  for (const weightPercent of WEIGHTS) {
    await Promise.all(routes.map((route) => turn(parts, route, weightPercent, `step ${weightPercent} %`)));
    const before = await totals(parts.adminUrl);
    const readings = await readAll(parts, routes, weightPercent);
    const after = await totals(parts.adminUrl);
    for (const reading of readings) {
      const decision = judge(reading.route, weightPercent, before, after);
      if (decision.action === 'rollback') {
        await turn(parts, reading.route, 0, decision.reason);
        throw new BanyanError(
          'rolled-back',
          `${reading.route} was rolled back at ${weightPercent} %: ${decision.reason}`,
        );
      }
      checkShare(parts.report, weightPercent, reading, candidates.get(reading.route));
      candidates.set(reading.route, reading.candidates);
    }
  }
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

const judge = (route: string, weightPercent: number, before: Totals, after: Totals): RampDecision => {
  const [from, to] = [before[route], after[route]];
  if (!from || !to) throw new BanyanError('no-route', `the proxy knows no route ${route}`);
  const status = { weightPercent, atWeightMs: 0, everSet: true };
  return decideRampStep(RAMP, status, readingsBetween(from, to));
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

/** Kills the candidate under load: the control must answer in its place, and the ramp must turn the dial to 0. */
export const killCandidate = async (parts: KillParts): Promise<RampDecision> => {
  const { route } = parts;
  const visit = visitorCall(parts, route);
  const over = new AbortController();
  const load = readStep(parts, {
    route,
    requests: Number.POSITIVE_INFINITY,
    concurrency: parts.concurrency,
    request: (n) => visit(n % visitorsOf(parts)),
    signal: AbortSignal.any([parts.signal, over.signal]),
  }).catch((thrown: unknown) => {
    if (!over.signal.aborted) throw thrown;
  });
  try {
    const before = await totals(parts.adminUrl);
    await parts.kill();
    const decision = await rollbackDecision(parts, before);
    await turn(parts, route, 0, decision.reason);
    return decision;
  } finally {
    over.abort();
    await load;
  }
};

const rollbackDecision = async (parts: KillParts, before: Totals): Promise<RampDecision> => {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const decision = judge(parts.route, 100, before, await totals(parts.adminUrl));
    if (decision.action === 'rollback') return decision;
    if (performance.now() > deadline) {
      throw new BanyanError('no-rollback', 'the candidate was killed, and the ramp did not roll it back');
    }
    await delay(200, undefined, { signal: parts.signal });
  }
};

/** After the rollback nobody may reach the candidate. */
export const readAfterRollback = async (parts: KillParts): Promise<StepReading> =>
  (
    await readAll({ ...parts, visitors: Math.min(2_000, parts.visitors) }, [parts.route], 0)
  )[0] as StepReading;

/** Turns the dial and waits until the proxy serves by it. */
const turn = async (parts: CanaryParts, route: string, weightPercent: number, why: string): Promise<void> => {
  await parts.dial.set(route, { weightPercent, by: 'demo', why, expectedRevision: 'any' });
  const deadline = performance.now() + IN_FORCE_WITHIN_MS;
  for (;;) {
    const { routes } = (await admin(parts.adminUrl, '/weights')) as {
      routes: { [route: string]: { weightPercent: number } | undefined };
    };
    if (routes[route]?.weightPercent === weightPercent) return;
    if (performance.now() > deadline) {
      throw new BanyanError(
        'weight-not-in-force',
        `the proxy does not serve ${route} at ${weightPercent} % within 5 s`,
      );
    }
    await delay(50, undefined, { signal: parts.signal });
  }
};

type Totals = { readonly [route: string]: RouteTotals | undefined };

const totals = async (adminUrl: string): Promise<Totals> => (await admin(adminUrl, '/readings')) as Totals;

const admin = async (adminUrl: string, path: string): Promise<unknown> =>
  (await fetch(`${adminUrl}${path}`)).json();

/** How often the control answered in the candidate's place so far. */
export const rescuedSoFar = async (adminUrl: string): Promise<number> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const counts = text.matchAll(/^banyan_proxy_requests_total\{[^}]*outcome="rescued"[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
};
