import * as fc from 'fast-check';
import type { StreamWeather } from './simulated-kinesis.ts';
import type { CrashPoint } from './simulated-process.ts';

/** One change of one document; the first of a key that is not there creates it. */
export interface Step {
  readonly key: number;
  /**
   * `part` changes the slice; `rest` another field; `touch` only the versions, as a repair does; `poison` no consumer
   * takes; `big` no stream takes.
   */
  readonly change: 'part' | 'rest' | 'touch' | 'poison' | 'big' | 'delete';
}

export type Action =
  | { readonly do: 'wait'; readonly ms: number }
  /** A transaction of one of the monolith's instances, open for `holdMs`. */
  | {
      readonly do: 'write';
      readonly instance: number;
      readonly steps: readonly Step[];
      readonly holdMs: number;
    }
  /** A transaction of code that nobody may touch, on the captured collection. */
  | { readonly do: 'legacy-write'; readonly steps: readonly Step[] }
  | { readonly do: 'crash'; readonly process: number; readonly at: CrashPoint }
  | { readonly do: 'pause'; readonly process: number; readonly ms: number }
  | { readonly do: 'stop-relay'; readonly relay: number }
  /** The outbox's change stream can no longer be resumed from before. */
  | { readonly do: 'lose-history' }
  | { readonly do: 'away'; readonly what: 'kinesis' | 'mongodb'; readonly ms: number }
  /** Somebody reads a key through its table, which fills the table where it misses. */
  | { readonly do: 'read-through'; readonly key: number }
  | { readonly do: 'split' | 'merge' | 'restart-mappings' | 'replay' };

/** Everything that happens to a world: the same schedule gives the same history. */
export interface Schedule {
  /** Of every choice that is not written out here: latencies, which records fail. */
  readonly noise: number;
  readonly streams: StreamWeather;
  /** The part of all other calls that fail. */
  readonly failures: number;
  /** The part of all invocations that die somewhere. */
  readonly deadlyInvocations: number;
  /** How far the clocks of the monolith's two instances are off. */
  readonly skewsMs: readonly [number, number];
  readonly relays: number;
  readonly shards: number;
  readonly batchSize: number;
  readonly parallelizationFactor: number;
  readonly bisect: boolean;
  /** How many things are older than the outbox, and have no version; the last one may be poison. */
  readonly oldThings: number;
  readonly oldPoison: boolean;
  /** When the backfills begin, and how many workers each has. */
  readonly copiedAfterMs: number;
  readonly copiers: number;
  /** When the mappings are made; they start at the beginning all the same. */
  readonly mappedAfterMs: number;
  readonly actions: readonly Action[];
  /** At the end, tombstones expire and the quarantine is replayed. */
  readonly epilogue: boolean;
}

const KEYS = 4;

const steps = (maxLength: number) =>
  fc.array(
    fc.record<Step>({
      key: fc.nat(KEYS - 1),
      change: fc.oneof(
        { weight: 5, arbitrary: fc.constant('part' as const) },
        { weight: 3, arbitrary: fc.constant('rest' as const) },
        { weight: 4, arbitrary: fc.constant('delete' as const) },
        { weight: 1, arbitrary: fc.constant('touch' as const) },
        { weight: 1, arbitrary: fc.constant('poison' as const) },
        { weight: 1, arbitrary: fc.constant('big' as const) },
      ),
    }),
    { minLength: 1, maxLength },
  );

const crashPoint = fc.record<CrashPoint>({
  calls: fc.nat(40),
  phase: fc.constantFrom('before', 'after'),
});

const action = (withLostHistory: boolean): fc.Arbitrary<Action> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        instance: fc.nat(1),
        steps: steps(3),
        holdMs: fc.oneof(fc.constant(0), fc.nat(400), fc.nat(3_000)),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('legacy-write' as const), steps: steps(4) }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(1_500) }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('crash' as const), process: fc.nat(10), at: crashPoint }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('pause' as const), process: fc.nat(10), ms: fc.nat(6_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stop-relay' as const), relay: fc.nat(2) }) },
    ...(withLostHistory ? [{ weight: 1, arbitrary: fc.constant({ do: 'lose-history' as const }) }] : []),
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('read-through' as const), key: fc.nat(KEYS - 1) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('away' as const),
        what: fc.constantFrom('kinesis' as const, 'mongodb' as const),
        ms: fc.nat(5_000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'split' as const,
          'merge' as const,
          'restart-mappings' as const,
          'replay' as const,
        ),
      }),
    },
  );

const part = (...parts: readonly number[]) => fc.constantFrom(0, ...parts);
const skewMs = fc.constantFrom(0, -200, 200, -5_000, 5_000, -20_000, 20_000);

/** Schedules; `withLostHistory` is for worlds that have a sweeper to find what is lost with it. */
export const scheduleArbitrary = (options: { withLostHistory: boolean }): fc.Arbitrary<Schedule> =>
  fc.record<Schedule>({
    noise: fc.nat(),
    streams: fc.record<StreamWeather>({
      refusedRequests: part(0.1, 0.3),
      refusedRecords: part(0.1, 0.3),
      lostAnswers: part(0.1, 0.3),
      lateRequests: part(0.1),
    }),
    failures: part(0.02, 0.1),
    deadlyInvocations: part(0.1, 0.3),
    skewsMs: fc.tuple(skewMs, skewMs),
    relays: fc.integer({ min: 1, max: 3 }),
    shards: fc.integer({ min: 1, max: 2 }),
    batchSize: fc.integer({ min: 1, max: 6 }),
    parallelizationFactor: fc.integer({ min: 1, max: 3 }),
    bisect: fc.boolean(),
    oldThings: fc.nat(2 * KEYS),
    oldPoison: fc.boolean(),
    copiedAfterMs: fc.nat(2_500),
    copiers: fc.integer({ min: 1, max: 2 }),
    mappedAfterMs: fc.nat(2_500),
    actions: fc.array(action(options.withLostHistory), { minLength: 1, maxLength: 40, size: 'max' }),
    epilogue: fc.boolean(),
  });
