import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { EntityDefinition } from '../../services/core/index.ts';
import { isTransient } from '../../services/outbox/is-transient.ts';

const EVERY_MS = 10;
const KEYS = 5;

/** Written by code that knows of no outbox. */
export const plainEntity: EntityDefinition = {
  name: 'plain',
  collection: 'plains',
  stream: 'plains',
  slices: {},
};

/** Counts up under a few keys until it is stopped; a primary that is away is waited for. */
export const startPlainCounter = (db: Db): { stop(): Promise<void> } => {
  const plains = db.collection<{ _id: string; size: number }>(plainEntity.collection);
  let isStopped = false;
  const count = async () => {
    for (let turn = 0; !isStopped; turn += 1) {
      const majority = { upsert: true, writeConcern: { w: 'majority' } } as const;
      try {
        await plains.updateOne({ _id: `p${turn % KEYS}` }, { $inc: { size: 1 } }, majority);
      } catch (thrown) {
        if (!isTransient(thrown)) throw thrown;
      }
      await delay(EVERY_MS);
    }
  };
  const counting = count();
  // Whoever stops it is told.
  counting.catch(() => undefined);
  const stop = async () => {
    isStopped = true;
    await counting;
  };
  return { stop };
};
