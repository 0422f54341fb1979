import { setTimeout as delay } from 'node:timers/promises';
import type { Outbox, OutboxTransaction, StoredDocument } from '../../services/outbox/index.ts';
import { isTransient } from '../../services/outbox/is-transient.ts';
import { thingEntity } from '../integration/outbox/open-outbox.ts';
import { seededRandom } from '../scenarios/simulation/random.ts';

export interface BusyWritersOptions {
  readonly outbox: Outbox;
  readonly seed: number;
  readonly writesPerSecond: number;
  /** Optional: defaults to 300. */
  readonly keys?: number;
  /** Optional: defaults to 16. Transactions under way at most. */
  readonly writers?: number;
}

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
      const key = `k${Math.floor(keys * random() ** 3)}`;
      const isDelete = random() < 0.1;
      try {
        const stored = await outbox.transaction((tx) => change(tx, key, isDelete));
        if (stored) committed.push({ key, version: Number(stored._banyan.entity) });
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

const change = async (
  tx: OutboxTransaction,
  key: string,
  isDelete: boolean,
): Promise<StoredDocument | undefined> => {
  if (isDelete) return tx.delete(thingEntity, key, 'thing.deleted');
  const grown = await tx.update(thingEntity, key, { inc: { size: 1 } }, 'thing.grown');
  return grown ?? tx.create(thingEntity, { _id: key, size: 0 }, 'thing.created');
};
