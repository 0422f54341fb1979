import { type Clock, messageOf } from '../../core/index.ts';
import { isTransient } from '../is-transient.ts';
import type { KeptWrite, UnexplainedStore } from './unexplained-store.ts';

/** How long a write whose healing failed is left alone. */
const RETRY_FAILED_MS = 60_000;

/** What healing works with. */
export interface HealParts {
  readonly store: UnexplainedStore;
  readonly clock: Clock;
  /** Publishes what a key is now: `touchKey` of the collection's entity. */
  touch(collection: string, key: string): Promise<unknown>;
  /** Required. How many writes are taken at once. */
  readonly limit: number;
}

/** What became of the writes that were taken. */
export interface HealResult {
  /** Writes, of which several may be of one key. */
  readonly healed: number;
  readonly failed: readonly KeptWrite[];
}

/**
 * Heals the oldest open writes: each of their keys is published as it is now, once. One that cannot be (its
 * document does not fit a row, say) is kept with the reason, and tried again after a minute.
 * @throws what may pass, such as MongoDB being away; nothing is settled by it.
 */
export const healOpen = async (parts: HealParts): Promise<HealResult> => {
  const { store, clock, limit } = parts;
  const open = await store.open({ limit, failedBeforeMs: clock.nowMs() - RETRY_FAILED_MS });
  const keys = Map.groupBy(open, ({ collection, key }) => `${collection}\0${key}`);
  let healed = 0;
  const failed: KeptWrite[] = [];
  for (const writes of keys.values()) {
    const reason = await failureOf(parts, writes);
    const atMs = clock.nowMs();
    const ids = writes.map(({ id }) => id);
    await store.settle(ids, reason === undefined ? { healedAtMs: atMs } : { failure: { reason, atMs } });
    if (reason === undefined) healed += writes.length;
    else failed.push(...writes.map((write) => ({ ...write, failure: { reason, atMs } })));
  }
  return { healed, failed };
};

const failureOf = async (
  { touch }: HealParts,
  [write]: readonly KeptWrite[],
): Promise<string | undefined> => {
  if (!write) return undefined;
  if (write.key === undefined) {
    return `a ${write.operation} concerns every key of ${write.collection}: copy it anew, with \`banyan backfill run PLAN --restart\` and \`banyan verify PLAN\``;
  }
  try {
    await touch(write.collection, write.key);
    return undefined;
  } catch (thrown) {
    if (isTransient(thrown)) throw thrown;
    return messageOf(thrown);
  }
};
