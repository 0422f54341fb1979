import { beforeEach, describe, expect, it } from '@jest/globals';
import { BanyanError, RejectError, type VersionedRecord } from '../../../services/core/index.ts';
import { MemoryRecordSource } from '../../../services/store/memory-record-source.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import { ReadThrough } from '../../../services/store/read-through.ts';
import type { PutOutcome } from '../../../services/store/versioned-store.ts';

const live = (version: number) => ({ key: 'ada', version, state: { bio: `bio ${version}` } });
const tombstone = (version: number) => ({ key: 'ada', version, state: null });

/** A source that counts its reads, and whose answer can be held back after it was read. */
class HeldSource extends MemoryRecordSource {
  reads = 0;
  hold: Promise<void> = Promise.resolve();

  override async read(keys: readonly string[]) {
    this.reads += 1;
    const records = await super.read(keys);
    await this.hold;
    return records;
  }
}

class FailingStore extends MemoryStore {
  failure: BanyanError | undefined;

  override async putIfNewer(records: readonly VersionedRecord[]): Promise<PutOutcome[]> {
    if (this.failure instanceof RejectError) return records.map(() => this.failure as RejectError);
    if (this.failure) throw this.failure;
    return super.putIfNewer(records);
  }
}

describe('ReadThrough', () => {
  let store: FailingStore;
  let source: HeldSource;
  let fills: string[];
  let reader: ReadThrough;

  beforeEach(() => {
    store = new FailingStore();
    source = new HeldSource();
    fills = [];
    reader = new ReadThrough({ store, source, report: (outcome) => fills.push(outcome) });
  });

  const holdSource = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    source.hold = promise;
    return resolve;
  };
  const untilRead = async () => {
    while (source.reads === 0) await new Promise((turn) => setImmediate(turn));
  };

  it('answers from the store without asking the source', async () => {
    await store.putIfNewer([live(5)]);
    expect(await reader.get('ada')).toEqual(live(5));
    expect(source.reads).toBe(0);
  });

  it('answers a tombstone of the store without asking the source', async () => {
    await store.putIfNewer([tombstone(5)]);
    source.set(live(4));
    expect(await reader.get('ada')).toEqual(tombstone(5));
    expect(source.reads).toBe(0);
  });

  it('reads a miss from the source, once', async () => {
    source.set(live(5));
    expect(await reader.get('ada')).toEqual(live(5));
    expect(await reader.get('ada')).toEqual(live(5));
    expect(source.reads).toBe(1);
    expect(fills).toEqual(['written']);
  });

  it('keeps a deletion that only the source remembers', async () => {
    source.set(tombstone(5));
    expect(await reader.get('ada')).toEqual(tombstone(5));
    expect(await store.get(['ada'])).toEqual([tombstone(5)]);
  });

  it('answers undefined, and keeps nothing, for a key that nobody knows', async () => {
    expect(await reader.get('ada')).toBeUndefined();
    expect(await store.get(['ada'])).toEqual([undefined]);
    expect(fills).toEqual([]);
  });

  it('reads the source once for misses of one key at once, and again for the next', async () => {
    source.set(live(5));
    const release = holdSource();
    const readers = Promise.all([reader.get('ada'), reader.get('ada'), reader.get('ada')]);
    await untilRead();
    release();
    expect(await readers).toEqual([live(5), live(5), live(5)]);
    expect(source.reads).toBe(1);
    await new ReadThrough({ store: new MemoryStore(), source, report: () => undefined }).get('ada');
    expect(source.reads).toBe(2);
  });

  it('answers what it read although the store does not take it, and says so', async () => {
    source.set(live(5));
    store.failure = new BanyanError('dynamodb-busy', 'later', { retryable: true });
    expect(await reader.get('ada')).toEqual(live(5));
    store.failure = new RejectError('too large');
    expect(await reader.get('ada')).toEqual(live(5));
    expect(fills).toEqual(['failed', 'rejected']);
  });

  it('fails all readers of a miss when the source fails, and asks it again for the next', async () => {
    const failing = new HeldSource();
    failing.hold = Promise.reject(new Error('MongoDB is away'));
    const through = new ReadThrough({ store, source: failing, report: () => undefined });
    const results = await Promise.allSettled([through.get('ada'), through.get('ada')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing.hold = Promise.resolve();
    failing.set(live(5));
    expect(await through.get('ada')).toEqual(live(5));
  });

  describe('race: read v5 at the source, write v7, fill v5', () => {
    it('keeps v7 and answers it', async () => {
      source.set(live(5));
      const release = holdSource();
      const reading = reader.get('ada');
      await untilRead();
      await store.putIfNewer([live(7)]);
      release();
      expect(await reading).toEqual(live(7));
      expect(await store.get(['ada'])).toEqual([live(7)]);
      expect(fills).toEqual(['stale']);
    });
  });

  describe('race: read v5 at the source, delete at v7, fill v5', () => {
    it('stays deleted and answers the tombstone', async () => {
      source.set(live(5));
      const release = holdSource();
      const reading = reader.get('ada');
      await untilRead();
      await store.putIfNewer([tombstone(7)]);
      release();
      expect(await reading).toEqual(tombstone(7));
      expect(await store.get(['ada'])).toEqual([tombstone(7)]);
    });
  });

  describe('race: read v5, delete at v7, create again at v9, fill v5', () => {
    it('keeps v9 and answers it', async () => {
      source.set(live(5));
      const release = holdSource();
      const reading = reader.get('ada');
      await untilRead();
      await store.putIfNewer([tombstone(7), live(9)]);
      release();
      expect(await reading).toEqual(live(9));
      expect(await store.get(['ada'])).toEqual([live(9)]);
    });
  });

  describe('race: read v7 at the source, an old v5 arrives from the stream, fill v7', () => {
    it('ends at v7', async () => {
      source.set(live(7));
      const release = holdSource();
      const reading = reader.get('ada');
      await untilRead();
      await store.putIfNewer([live(5)]);
      release();
      expect(await reading).toEqual(live(7));
      expect(await store.get(['ada'])).toEqual([live(7)]);
      expect(fills).toEqual(['written']);
    });
  });

  describe('race: read a tombstone v7, create again at v9, fill the tombstone', () => {
    it('keeps v9 and answers it', async () => {
      source.set(tombstone(7));
      const release = holdSource();
      const reading = reader.get('ada');
      await untilRead();
      await store.putIfNewer([live(9)]);
      release();
      expect(await reading).toEqual(live(9));
      expect(await store.get(['ada'])).toEqual([live(9)]);
    });
  });
});
