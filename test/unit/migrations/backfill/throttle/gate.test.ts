import { describe, expect, it } from '@jest/globals';
import { AdaptiveConcurrency } from '../../../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import { FixedRate } from '../../../../../migrations/backfill/throttle/fixed-rate.ts';
import { Gate } from '../../../../../migrations/backfill/throttle/gate.ts';
import type { Throttle } from '../../../../../migrations/backfill/throttle/throttle.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';

const batch = { documents: 50, heldBytes: 0, bytes: () => 0, writeUnits: () => 0 };
const never = new AbortController().signal;
const open = () => new AdaptiveConcurrency({ floor: 100, ceiling: 100 });

describe('the gate', () => {
  it('lets batches through one after the other, over all partitions, as its throttles allow', async () => {
    const clock = new VirtualClock(0);
    const throttles = [new FixedRate({ perSecond: 100, unit: 'documents' })];
    const gate = new Gate({ throttles, concurrency: open(), clock });
    const admittedAtMs: number[] = [];
    const partition = async () => {
      for (let i = 0; i < 4; i++) {
        await gate.admit(batch, never);
        admittedAtMs.push(clock.nowMs());
      }
    };
    const partitions = Promise.all([partition(), partition()]);
    await clock.advance(10_000);
    await partitions;
    expect(admittedAtMs).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500]);
  });

  it('looks again five times a second, whatever the delay was, and says what held a batch back', async () => {
    const clock = new VirtualClock(0);
    let closed = true;
    const door: Throttle = { delay: () => (closed ? { ms: 3_600_000, reason: 'closed' } : undefined) };
    const gate = new Gate({ throttles: [door], concurrency: open(), clock });
    const admitted = gate.admit(batch, never).then(() => clock.nowMs());
    await clock.advance(1_000);
    expect(gate.throttle).toBe('closed');
    closed = false;
    await clock.advance(200);
    expect(await admitted).toBeLessThanOrEqual(1_200);
    await clock.advance(2_000);
    expect(gate.throttle).toBeUndefined();
  });

  it('lets no more batches be under way than the concurrency has room for', async () => {
    const concurrency = new AdaptiveConcurrency({ floor: 2, ceiling: 2 });
    const gate = new Gate({ throttles: [], concurrency, clock: new VirtualClock() });
    const [first] = await Promise.all([gate.admit(batch, never), gate.admit(batch, never)]);
    let third = false;
    const admitted = gate.admit(batch, never).then(() => {
      third = true;
    });
    await new Promise((settled) => setImmediate(settled));
    expect(third).toBe(false);
    first();
    await admitted;
    expect(concurrency.underWay).toBe(2);
  });

  it('lets large batches be under way alone, and small ones together, so that memory is bounded', async () => {
    const concurrency = open();
    const gate = new Gate({ throttles: [], concurrency, clock: new VirtualClock() });
    const of = (megabytes: number) => ({ ...batch, heldBytes: megabytes * 1_024 * 1_024 });
    const endLarge = await gate.admit(of(100), never);
    const others = Promise.all([gate.admit(of(30), never), gate.admit(of(30), never)]);
    const last = gate.admit(of(30), never);
    await new Promise((settled) => setImmediate(settled));
    expect(concurrency.underWay).toBe(1);
    endLarge();
    const [end] = await others;
    await new Promise((settled) => setImmediate(settled));
    expect(concurrency.underWay).toBe(2);
    end();
    await last;
    expect(concurrency.underWay).toBe(2);
  });

  it('lets nobody wait who is told to stop, and lets the next one through', async () => {
    const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: 1 });
    const gate = new Gate({ throttles: [], concurrency, clock: new VirtualClock() });
    const end = await gate.admit(batch, never);
    const stop = new AbortController();
    const stopped = gate.admit(batch, stop.signal);
    const next = gate.admit(batch, never);
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    end();
    await next;
    expect(concurrency.underWay).toBe(1);
  });
});
