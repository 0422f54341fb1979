import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inspectRow } from '../../../../services/outbox/inspect-row.ts';
import {
  type Batch,
  KeyScheduler,
  type SchedulerSettings,
} from '../../../../services/outbox/key-scheduler.ts';
import { dataOf } from '../../../../services/outbox/stream-record.ts';

const settings: SchedulerSettings = {
  maxJoinedBytes: 1_000,
  maxJoinedRows: 10,
  maxBatchRecords: 3,
  maxBatchBytes: 10_000,
  lingerMs: 5,
  backoff: { baseMs: 100, capMs: 1_000 },
};

const eventOf = (id: string) => JSON.stringify({ specversion: '1.0', id });

const rowOf = (id: string, key: string, { stream = 's', event = eventOf(id) } = {}) =>
  inspectRow({ id, stream, key, event, createdAtMs: 0 }, 2_000);

let scheduler: KeyScheduler;

const make = (given: Partial<SchedulerSettings> = {}) => {
  scheduler = new KeyScheduler({ settings: { ...settings, ...given }, random: () => 1 });
};

const add = (id: string, key: string, nowMs = 0) => scheduler.add(rowOf(id, key), nowMs);

const taken = (batch: Batch | undefined) =>
  batch?.records.map((record) => record.rows.map((row) => row.id).join('+'));

/** The only record of the next batch. */
const takeOne = (nowMs: number) => {
  const [record] = scheduler.take(nowMs)?.records ?? [];
  if (!record) throw new Error('nothing to take');
  return record;
};

beforeEach(() => make());

describe('KeyScheduler', () => {
  it('has nothing to take, ever, while it is empty', () => {
    expect(scheduler.waitMs(0)).toBe(Number.POSITIVE_INFINITY);
    expect(scheduler.take(0)).toBeUndefined();
  });

  it('lets a batch wait for company until its first row has lingered', () => {
    add('1', 'a', 0);
    add('2', 'b', 3);
    expect(scheduler.waitMs(3)).toBe(2);
    expect(scheduler.take(3)).toBeUndefined();
    expect(scheduler.waitMs(5)).toBe(0);
    expect(taken(scheduler.take(5))).toEqual(['1', '2']);
  });

  it('lets a full batch wait no longer', () => {
    for (const key of ['a', 'b', 'c', 'd']) add(`1${key}`, key);
    expect(scheduler.waitMs(0)).toBe(0);
    expect(taken(scheduler.take(0))).toEqual(['1a', '1b', '1c']);
    expect(scheduler.take(0)).toBeUndefined();
    expect(taken(scheduler.take(1_000))).toEqual(['1d']);
  });

  it('lets a batch wait longer while full batches are in flight, since rows have been waiting anyway', () => {
    for (const key of ['a', 'b', 'c', 'd']) add(`1${key}`, key);
    const full = scheduler.take(0);
    expect(scheduler.lingerMs).toBe(45);
    expect(scheduler.take(44)).toBeUndefined();
    for (const record of full?.records ?? []) scheduler.succeed(record, 44);
    expect(scheduler.lingerMs).toBe(5);
    expect(taken(scheduler.take(44))).toEqual(['1d']);
  });

  it('sends no second record of a key while one is in flight', () => {
    add('1', 'a');
    const first = takeOne(5);
    add('2', 'a', 5);
    expect(scheduler.take(1_000_000)).toBeUndefined();
    scheduler.succeed(first, 10);
    expect(taken(scheduler.take(15))).toEqual(['2']);
  });

  it('joins what waits behind a record in flight, in its order and in the batch format', () => {
    add('1', 'a');
    const first = takeOne(5);
    for (const id of ['2', '3', '4']) add(id, 'a', 5);
    scheduler.succeed(first, 10);
    const next = takeOne(15);
    expect(next.rows.map((row) => row.id)).toEqual(['2', '3', '4']);
    expect(JSON.parse(dataOf(next))).toEqual(['2', '3', '4'].map((id) => JSON.parse(eventOf(id))));
    expect(dataOf(first)).toBe(eventOf('1'));
  });

  it('joins up to so many rows and so many bytes', () => {
    make({ maxJoinedRows: 2 });
    for (const id of ['1', '2', '3']) add(id, 'a');
    expect(taken(scheduler.take(5))).toEqual(['1+2']);

    const bytes = Buffer.byteLength(`[${eventOf('1')},${eventOf('2')}]`) + 'a'.length;
    make({ maxJoinedBytes: bytes + 1 });
    for (const id of ['1', '2', '3']) add(id, 'a');
    const record = takeOne(5);
    expect(record.rows).toHaveLength(2);
    expect(Buffer.byteLength(dataOf(record)) + 1).toBeLessThanOrEqual(record.bytes);
  });

  it('lets a row travel alone that is larger than what is joined', () => {
    make({ maxJoinedBytes: 50 });
    const event = JSON.stringify({ specversion: '1.0', note: 'x'.repeat(100) });
    scheduler.add(rowOf('1', 'a', { event }), 0);
    add('2', 'a');
    expect(taken(scheduler.take(5))).toEqual(['1']);
  });

  it('lets a row that cannot be published travel alone, in its turn', () => {
    add('1', 'a');
    scheduler.add(rowOf('bad', 'a', { event: '{' }), 0);
    add('2', 'a');
    const order: string[] = [];
    for (let nowMs = 5; nowMs < 50; nowMs += 10) {
      const batch = scheduler.take(nowMs);
      order.push(...(taken(batch) ?? []));
      for (const record of batch?.records ?? []) scheduler.succeed(record, nowMs);
    }
    expect(order).toEqual(['1', 'bad', '2']);
  });

  it('delays only the key that failed, and sends it again with what has come behind', () => {
    add('1', 'a');
    add('1b', 'b');
    const [a, b] = scheduler.take(5)?.records ?? [];
    if (!a || !b) throw new Error('two records');
    scheduler.fail(a, 10);
    scheduler.succeed(b, 10);
    add('2', 'a', 10);
    add('2b', 'b', 10);
    expect(taken(scheduler.take(15))).toEqual(['2b']);
    expect(scheduler.waitMs(15)).toBe(95);
    expect(scheduler.take(109)).toBeUndefined();
    scheduler.waitMs(110);
    expect(taken(scheduler.take(115))).toEqual(['1+2']);
  });

  it('backs off longer with every failure up to its cap, and begins anew after a success', () => {
    make({ lingerMs: 0, maxJoinedRows: 1 });
    add('1', 'a');
    add('2', 'a');
    const delays: number[] = [];
    let nowMs = 0;
    for (let failures = 0; failures < 6; failures += 1) {
      scheduler.fail(takeOne(nowMs), nowMs);
      delays.push(scheduler.waitMs(nowMs));
      nowMs += scheduler.waitMs(nowMs);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    scheduler.succeed(takeOne(nowMs), nowMs);
    scheduler.fail(takeOne(nowMs), nowMs);
    expect(scheduler.waitMs(nowMs)).toBe(100);
  });

  it('waits anything from a millisecond up to the bound: whole jitter', () => {
    scheduler = new KeyScheduler({ settings: { ...settings, lingerMs: 0 }, random: () => 0 });
    add('1', 'a');
    scheduler.fail(takeOne(0), 0);
    expect(scheduler.waitMs(0)).toBe(1);
  });

  it('keeps keys of the same name on different streams apart, and lets streams take turns', () => {
    make({ maxBatchRecords: 1 });
    for (const stream of ['s', 't']) {
      for (const id of ['1', '2']) scheduler.add(rowOf(`${stream}${id}`, `k${id}`, { stream }), 0);
    }
    const turns = Array.from({ length: 4 }, () => scheduler.take(5)?.stream);
    expect(turns).toEqual(['s', 't', 's', 't']);
  });

  it('keeps a batch within its size', () => {
    const record = Buffer.byteLength(eventOf('1')) + 'a'.length + 3;
    make({ maxBatchBytes: record * 2 });
    for (const key of ['a', 'b', 'c']) add(key, key);
    expect(taken(scheduler.take(5))).toEqual(['a', 'b']);
  });

  it('knows how much it has, in flight or not', () => {
    add('1', 'a');
    expect([scheduler.rows, scheduler.bytes]).toEqual([1, eventOf('1').length]);
    const record = takeOne(5);
    expect([scheduler.rows, scheduler.bytes]).toEqual([1, eventOf('1').length]);
    scheduler.succeed(record, 5);
    expect([scheduler.rows, scheduler.bytes]).toEqual([0, 0]);
  });

  it('makes nothing wait longer when the clock is set back', () => {
    add('1', 'a', 10_000);
    add('1b', 'b', 10_000);
    const [a] = scheduler.take(10_005)?.records ?? [];
    if (!a) throw new Error('a record');
    scheduler.fail(a, 10_005);
    add('2', 'c', 10_005);
    expect(scheduler.waitMs(10_005)).toBe(5);
    expect(scheduler.waitMs(0)).toBe(5);
    expect(taken(scheduler.take(5))).toEqual(['2']);
    expect(scheduler.waitMs(5)).toBe(95);
  });

  describe('of a stream that does not answer', () => {
    /** Takes a batch that nobody answers. */
    const miss = (nowMs: number) => {
      const batch = scheduler.take(nowMs);
      for (const record of batch?.records ?? []) scheduler.fail(record, nowMs);
      if (batch) scheduler.missed(batch.stream, nowMs);
      return taken(batch);
    };

    it('holds back everything, and then asks with one record, less and less often', () => {
      make({ lingerMs: 0 });
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) add(key, key);
      expect(miss(0)).toEqual(['a', 'b', 'c']);
      expect(scheduler.waitMs(0)).toBe(100);
      expect(scheduler.take(99)).toBeUndefined();
      expect(miss(100)).toEqual(['d']);
      expect(scheduler.take(299)).toBeUndefined();
      expect(miss(300)).toEqual(['e']);
      expect(scheduler.take(699)).toBeUndefined();
      for (const nowMs of [700, 1_500, 2_500]) expect(miss(nowMs)).toHaveLength(1);
      expect(scheduler.take(3_499)).toBeUndefined();
      expect(miss(3_500)).toHaveLength(1);
    });

    it('sends nothing else while one record asks, and everything once that was answered', () => {
      make({ lingerMs: 0 });
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) add(key, key);
      miss(0);
      const asking = takeOne(100);
      expect(scheduler.take(100)).toBeUndefined();
      expect(scheduler.waitMs(100)).toBe(Number.POSITIVE_INFINITY);
      scheduler.succeed(asking, 110);
      scheduler.answered('s');
      expect(taken(scheduler.take(110))).toEqual(['e', 'f', 'g']);
      expect(taken(scheduler.take(110))).toEqual(['a', 'b', 'c']);
    });

    it('lets batches grow by and by, one at a time, and shrink again', () => {
      make({ lingerMs: 0, maxBatchRecords: 100 });
      for (let n = 0; n < 400; n += 1) add(`${n}`, `${n}`);
      expect(miss(0)).toHaveLength(100);
      const answer = (nowMs: number) => {
        const batch = scheduler.take(nowMs);
        expect(scheduler.take(nowMs)).toBeUndefined();
        for (const record of batch?.records ?? []) scheduler.succeed(record, nowMs);
        scheduler.answered('s');
        return batch?.records.length;
      };
      expect([answer(100), answer(100)]).toEqual([1, 8]);
      expect(miss(100)).toHaveLength(64);
      expect(scheduler.take(199)).toBeUndefined();
      expect([answer(200), answer(200)]).toEqual([8, 64]);
      expect(scheduler.take(200)?.records).toHaveLength(100);
      expect(scheduler.take(200)?.records).toHaveLength(100);
    });

    it('asks again when the record that was to ask went elsewhere', () => {
      make({ lingerMs: 0 });
      for (const key of ['a', 'b', 'c', 'd', 'e']) add(key, key);
      miss(0);
      scheduler.succeed(takeOne(100), 100);
      scheduler.notAsked('s');
      expect(taken(scheduler.take(100))).toEqual(['e']);
    });

    it('counts requests that were under way together as one', () => {
      make({ lingerMs: 0 });
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) add(key, key);
      const batches = [scheduler.take(0), scheduler.take(0)];
      for (const batch of batches) {
        for (const record of batch?.records ?? []) scheduler.fail(record, 10);
        scheduler.missed('s', 10);
      }
      expect(scheduler.waitMs(10)).toBe(100);
    });

    it('holds back no other stream', () => {
      make({ lingerMs: 0 });
      for (const key of ['a', 'b', 'c', 'd']) add(key, key);
      miss(0);
      scheduler.add(rowOf('other', 'a', { stream: 't' }), 0);
      expect(taken(scheduler.take(0))).toEqual(['other']);
    });
  });

  it('refuses to be told of a record that is not in flight', () => {
    add('1', 'a');
    const record = takeOne(5);
    scheduler.succeed(record, 5);
    expect(() => scheduler.succeed(record, 5)).toThrow('no record of a is in flight');
    expect(() => scheduler.fail(record, 5)).toThrow('no record of a is in flight');
  });

  it('delivers every row, in its key’s order up to repetitions, whatever fails and however it is timed', () => {
    const step = fc.record({
      add: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 }),
      advanceMs: fc.nat(200),
      fails: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
      lostAnswer: fc.boolean(),
      keepInFlight: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
        (steps, jitter) => {
          const random = () => jitter.next().value ?? 0;
          const tried = new KeyScheduler({ settings, random });
          const world = new World(tried);
          for (const one of steps) world.step(one);
          world.drain();
          for (const [key, added] of world.added) {
            expect(withoutRepeats(world.delivered.get(key) ?? [])).toEqual(added);
          }
          expect([tried.rows, tried.bytes]).toEqual([0, 0]);
        },
      ),
    );
  });
});

interface Step {
  readonly add: readonly string[];
  readonly advanceMs: number;
  readonly fails: readonly boolean[];
  readonly lostAnswer: boolean;
  readonly keepInFlight: boolean;
}

/** A stream that takes part of what it is sent, at a time of its own. */
class World {
  readonly added = new Map<string, number[]>();
  readonly delivered = new Map<string, number[]>();
  readonly #scheduler: KeyScheduler;
  readonly #inFlight: { batch: Batch; step: Step }[] = [];
  #nowMs = 0;
  #rows = 0;

  constructor(scheduler: KeyScheduler) {
    this.#scheduler = scheduler;
  }

  step(step: Step): void {
    for (const key of step.add) {
      this.#rows += 1;
      this.added.set(key, [...(this.added.get(key) ?? []), this.#rows]);
      this.#scheduler.add(rowOf(String(this.#rows), key), this.#nowMs);
    }
    this.#nowMs += step.advanceMs;
    const batch = this.#scheduler.take(this.#nowMs);
    if (batch) this.#inFlight.push({ batch, step });
    this.#assertOneInFlightPerKey();
    if (!step.keepInFlight) this.#settleOldest();
  }

  drain(): void {
    const step = { add: [], advanceMs: 0, fails: [false], lostAnswer: false, keepInFlight: false };
    for (let turns = 0; this.#scheduler.rows > 0 && turns < 10_000; turns += 1) {
      this.step(step);
      const waitMs = this.#scheduler.waitMs(this.#nowMs);
      if (Number.isFinite(waitMs)) this.#nowMs += waitMs;
    }
  }

  /** A failure may be one of the record, or one of its answer alone. */
  #settleOldest(): void {
    const oldest = this.#inFlight.shift();
    oldest?.batch.records.forEach((record, at) => {
      const { fails, lostAnswer } = oldest.step;
      const isFailed = fails[at % fails.length] ?? false;
      if (!isFailed || lostAnswer) {
        const rows = record.rows.map((row) => Number(row.id));
        this.delivered.set(record.key, [...(this.delivered.get(record.key) ?? []), ...rows]);
      }
      if (isFailed) this.#scheduler.fail(record, this.#nowMs);
      else this.#scheduler.succeed(record, this.#nowMs);
    });
  }

  #assertOneInFlightPerKey(): void {
    const keys = this.#inFlight.flatMap(({ batch }) => batch.records.map((record) => record.key));
    expect(keys).toEqual([...new Set(keys)]);
  }
}

/** What a reader sees that passes over what it has seen: only ever forward by one. */
const withoutRepeats = (delivered: readonly number[]): number[] => {
  const seen: number[] = [];
  for (const row of delivered) if (!seen.includes(row)) seen.push(row);
  return seen;
};
