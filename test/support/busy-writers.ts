import { setTimeout as delay } from 'node:timers/promises';
import { entityKeyOf } from '../../services/core/index.ts';
import type { Outbox, OutboxTransaction, StoredDocument } from '../../services/outbox/index.ts';
import { isTransient } from '../../services/outbox/is-transient.ts';
import { thingEntity } from '../integration/outbox/open-outbox.ts';
import { type Random, seededRandom } from '../scenarios/simulation/random.ts';

export interface BusyWritersOptions {
  readonly outbox: Outbox;
  readonly seed: number;
  readonly writesPerSecond: number;
  /** Optional: defaults to 300. */
  readonly keys?: number;
  /** Optional: defaults to 16. Transactions under way at most. */
  readonly writers?: number;
  /** Optional: defaults to the mix below. Draws the next change; what it answers may run more than once. */
  readonly draw?: (random: Random) => Change;
}

/** One change in a transaction; answers what it stored, or left as the versions of a deletion. */
export type Change = (tx: OutboxTransaction) => Promise<StoredDocument | undefined>;

export interface BusyWriters {
  /** Writes whose commit was acknowledged: key and version. */
  readonly committed: readonly { readonly key: string; readonly version: number }[];
  /** Writes of which nobody knows whether they were committed. */
  readonly unknown: () => number;
  /** Ends when every write under way has ended. @throws what no waiting mends. */
  stop(): Promise<void>;
}

/**
 * Writes things through the outbox at a steady rate until it is stopped: few keys most of the time, one in ten a
 * deletion, and what is absent comes into being again. A primary that is away is waited for.
 */
export const startWriters = (options: BusyWritersOptions): BusyWriters => {
  const { outbox, seed, writesPerSecond, keys = 300, writers = 16 } = options;
  const random = seededRandom(seed);
  const draw = options.draw ?? (() => drawFew(random, keys));
  const committed: { key: string; version: number }[] = [];
  const startedMs = performance.now();
  let turn = 0;
  let unknown = 0;
  let isStopped = false;
  const write = async () => {
    while (!isStopped) {
      turn += 1;
      const waitMs = startedMs + (turn * 1_000) / writesPerSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
      const change = draw(random);
      try {
        const stored = await outbox.transaction(change);
        if (stored) committed.push({ key: entityKeyOf(stored._id), version: Number(stored._banyan.entity) });
      } catch (thrown) {
        if (!isTransient(thrown)) throw thrown;
        unknown += 1;
      }
    }
  };
  const working = Promise.all(Array.from({ length: writers }, write));
  // Whoever stops them is told.
  working.catch(() => undefined);
  const stop = async () => {
    isStopped = true;
    await working;
  };
  return { committed, unknown: () => unknown, stop };
};

const drawFew = (random: Random, keys: number): Change => {
  const key = `k${Math.floor(keys * random() ** 3)}`;
  if (random() < 0.1) return (tx) => tx.delete(thingEntity, key, 'thing.deleted');
  return async (tx) => {
    const grown = await tx.update(thingEntity, key, { inc: { size: 1 } }, 'thing.grown');
    return grown ?? tx.create(thingEntity, { _id: key, size: 0 }, 'thing.created');
  };
};
