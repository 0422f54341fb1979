import { pino } from 'pino';
import { canaryOperations } from '../../proxy/admin/canary-operations.ts';
import {
  dialName,
  ProxyDial,
  proxyConfigSchema,
  ReportedReadings,
  readingsByTime,
  startRamps,
} from '../../proxy/index.ts';
import { albConfigSchema } from '../../proxy/ramp/dials/alb/alb-config.ts';
import { AlbDial } from '../../proxy/ramp/dials/alb/alb-dial.ts';
import { MemoryWeightedRule } from '../../proxy/ramp/dials/alb/memory-weighted-rule.ts';
import type { StepReadings } from '../../proxy/ramp/step-readings.ts';
import { type Clock, systemClock, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { startProxyWorld } from './proxy-world.ts';
import { routeTotals } from './route-totals.ts';

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
export const RULE = arn('listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee');

/** All that operators see and turn: two proxies with a controller of their ramps, and a load balancer's rule. */
export const startCanaryWorld = async (options: {
  store: ControlStore;
  shadow: { percent: number; noisePercent: number; show?: string[] };
  /** Plans of ramps, which both dials have. */
  plans: { readonly [name: string]: unknown };
}) => {
  const { store, shadow } = options;
  const ramps = { plans: options.plans };
  let routes = {};
  const world: Parameters<typeof startProxyWorld>[0] = {
    store,
    weightPercent: 0,
    routes: ({ profiles, search }) => {
      if (!profiles || !search) throw new Error('the world has changed');
      const cohorts = { beta: { by: { header: 'x-beta' }, values: ['1'] } };
      routes = { profiles: { ...profiles, shadow, cohorts }, search };
      return routes as { profiles: typeof profiles };
    },
  };
  const worlds = [await startProxyWorld(world), await startProxyWorld(world)];
  const config = proxyConfigSchema.parse({ control: { url: 'http://127.0.0.1:1' }, routes, ramps });
  const clock = systemClock;
  const controller = startRamps({
    ...{ store, dial: new ProxyDial({ store, clock }), clock, tickMs: 50 },
    ...{ routes: Object.keys(config.routes), log: pino({ level: 'silent' }) },
    readings: new ReportedReadings({ store, clock }),
  });
  const rule = ruleWorld({ store, clock, ramps });
  const operations = canaryOperations({
    ...{ control: async () => store, clock, routes: async () => config.routes, ramps: async () => config },
    requireRoute: async (name) => known(config.routes, name, 'route'),
    cohortDial: async (route, cohort) => dialName(route, known({ beta: 'beta' }, cohort, 'cohort')),
    proxies: async () => worlds.map(({ proxy }) => proxy.adminAddress),
    alb: rule.parts,
  });
  return {
    worlds,
    operations,
    rule,
    close: async () => {
      await controller.close();
      for (const each of worlds) await each.close();
    },
  };
};

/** A load balancer of one rule, `web`, of which nothing but its weights can be had. */
const ruleWorld = (options: { store: ControlStore; clock: Clock; ramps: object }) => {
  const config = albConfigSchema.parse({
    ramps: options.ramps,
    routes: {
      web: {
        rule: RULE,
        control: arn('targetgroup/monolith/73e2d6bc24d8a067'),
        candidate: arn('targetgroup/profiles/943f017f100becff'),
      },
    },
  });
  const weighted = new MemoryWeightedRule();
  const world = { weighted, away: false };
  const asked = <T>(ask: () => Promise<T>): Promise<T> =>
    world.away ? Promise.reject(new UsageError('the load balancer is away')) : ask();
  const dial = new AlbDial({
    record: new ProxyDial(options),
    ruleOf: () => ({
      read: () => asked(() => weighted.read()),
      write: (weights) => asked(() => weighted.write(weights)),
    }),
  });
  const counted: StepReadings = routeTotals({ candidate: 1_000, control: 9_000 }) as StepReadings;
  const readings = readingsByTime('CloudWatch', { since: async () => counted });
  return Object.assign(world, {
    parts: {
      ...{ routes: async () => config.routes, ramps: async () => config },
      requireRoute: async (name: string) => known(config.routes, name, 'route'),
      ...{ dial: async () => dial, readings: async () => readings },
    },
  });
};

const known = <T>(all: { readonly [name: string]: T }, name: string, what: string): T => {
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found !== undefined) return found;
  throw new UsageError(`there is no ${what} "${name}": did you mean ${Object.keys(all)[0]}?`);
};
