import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CanaryRouter } from '../../../proxy/routing/canary-router.ts';
import { proxyConfigSchema } from '../../../proxy/routing/proxy-config.ts';
import { RouteTable } from '../../../proxy/routing/route-table.ts';
import { Signer } from '../../../proxy/routing/signer.ts';
import { Testers } from '../../../proxy/routing/testers.ts';
import { NO_WEIGHT } from '../../../proxy/routing/weights.ts';
import { compared, type Figure, measured } from '../figure.ts';
import { quantile } from '../rounds.ts';

const DECISIONS = 100_000;
const WEIGHT = { ...NO_WEIGHT, weightPercent: 10 };
const HEADERS = Array.from({ length: 1_000 }, (_, user) => ({
  host: 'a',
  cookie: `theme=dark; banyan_key=user-${user}`,
}));

/** The router of a proxy with so many routes, without its cohorts, lists and pins. */
const routerOf = (routes: number): CanaryRouter => {
  const route = { candidate: { url: 'http://127.0.0.1:1' }, key: [{ header: 'x-user-id' }] };
  const config = proxyConfigSchema.parse({
    control: { url: 'http://127.0.0.1:1' },
    routes: Object.fromEntries(
      Array.from({ length: routes }, (_, at) => [
        `route-${at}`,
        { ...route, path: `/section-${at}/items/:id` },
      ]),
    ),
  });
  const cookieName = config.cookie.name;
  return new CanaryRouter({
    table: new RouteTable(config.routes),
    cookieName,
    weights: { inForce: () => WEIGHT, governing: (name) => name },
    testers: new Testers({
      signer: new Signer(config.secrets),
      cookieName,
      values: config.testers,
      nowMs: Date.now,
    }),
    pins: { some: () => false, sideOf: () => undefined },
    rescued: { holds: () => false },
  });
};

interface Decided {
  readonly meanNs: number;
  readonly p99Micros: number;
  readonly bytes: number;
}

const decide = (router: CanaryRouter, routes: number, collectGarbage: () => void): Decided => {
  const paths = Array.from({ length: 1_000 }, (_, at) => `/section-${(at * 7) % routes}/items/${at}`);
  const one = (at: number) => router.decide('GET', paths[at % 1_000] ?? '', HEADERS[at % 1_000] ?? {});
  for (let at = 0; at < DECISIONS; at++) one(at);
  const each: number[] = [];
  for (let at = 0; at < DECISIONS; at++) {
    const startedNs = process.hrtime.bigint();
    one(at);
    each.push(Number(process.hrtime.bigint() - startedNs));
  }
  const startedMs = performance.now();
  for (let at = 0; at < DECISIONS; at++) one(at);
  const meanNs = ((performance.now() - startedMs) * 1e6) / DECISIONS;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  // Few enough for the young generation to hold them all.
  for (let at = 0; at < 2_000; at++) one(at);
  const bytes = (process.memoryUsage().heapUsed - before) / 2_000;
  return { meanNs, p99Micros: quantile(each, 0.99) / 1_000, bytes };
};

/** What deciding a request costs with ten routes and with a thousand, in this process. */
export const decidingFigures = (rounds: number): Figure[] => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const [few, many] = [routerOf(10), routerOf(1_000)];
  const pairs = Array.from({ length: rounds }, () => ({
    few: decide(few, 10, collectGarbage),
    many: decide(many, 1_000, collectGarbage),
  }));
  const of = (routes: 'few' | 'many', value: keyof Decided) => pairs.map((pair) => pair[routes][value]);
  return [
    measured({ figure: 'deciding, 10 routes', unit: 'ns', values: of('few', 'meanNs') }),
    measured({
      figure: 'deciding, 10 routes, p99',
      unit: 'µs',
      values: of('few', 'p99Micros'),
      goal: { atMost: 5 },
    }),
    compared({
      figure: 'deciding, 1,000 routes',
      unit: 'ns',
      values: of('many', 'meanNs'),
      against: '10 routes',
      peerValues: of('few', 'meanNs'),
      goal: { atMost: 1.5 },
    }),
    compared({
      figure: 'allocated for a decision, 1,000 routes',
      unit: 'bytes',
      values: of('many', 'bytes'),
      against: '10 routes',
      peerValues: of('few', 'bytes'),
      goal: { atMost: 1.1 },
    }),
  ];
};
