import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import fc from 'fast-check';
import { BanyanError, RejectError, type State, type VersionedRecord } from '../../services/core/index.ts';
import type { PutOutcome, VersionedStore } from '../../services/store/versioned-store.ts';
import { eventually } from '../support/eventually.ts';

/** In what the stores that obey the write law may differ. */
export interface VersionedStoreTraits<S extends State> {
  /** The n-th example of a state; different numbers, different states. */
  state(n: number): S;
  /** A state that this store can never take. */
  readonly unstorable: S;
  /** Whether `get` answers a tombstone; a store whose tombstones live in a guard answers `undefined`. */
  readonly answersTombstones: boolean;
  /** What putting a stored version again answers: a guarded store may send the same content again. */
  readonly repeated: PutOutcome;
  /** Optional: defaults to 20. Random histories to try; fewer on a slow store. */
  readonly histories?: number;
}

/** What every store under the write law promises (law 1). `make` answers one store, used by all of the tests. */
export const describeVersionedStore = <S extends State>(
  name: string,
  make: () => Promise<{ store: VersionedStore<S>; close?(): Promise<void> }>,
  traits: VersionedStoreTraits<S>,
): void => {
  describe(`versioned store: ${name}`, () => {
    let store: VersionedStore<S>;
    let close: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      ({ store, close } = await make());
    });
    afterAll(() => close?.());

    const newKey = () => new ObjectId().toHexString();
    const live = (key: string, version: number): VersionedRecord<S> => ({
      key,
      version,
      state: traits.state(version),
    });
    const tombstone = (key: string, version: number): VersionedRecord<S> => ({ key, version, state: null });

    /** As every caller does: again, as long as the store says that this may help. */
    const put = async (...records: VersionedRecord<S>[]): Promise<PutOutcome[]> => {
      const untilMs = Date.now() + 20_000;
      for (;;) {
        try {
          return await store.putIfNewer(records);
        } catch (thrown) {
          if (!(thrown instanceof BanyanError && thrown.retryable) || Date.now() > untilMs) throw thrown;
          await new Promise((resume) => setTimeout(resume, 10));
        }
      }
    };

    const expectStored = (...records: VersionedRecord<S>[]) =>
      eventually(async () => {
        const found = await store.get(records.map(({ key }) => key));
        const expected = records.map((record) =>
          record.state || traits.answersTombstones ? record : undefined,
        );
        expect(found).toEqual(expected);
      });

    const byKey = (a: VersionedRecord<S>, b: VersionedRecord<S>) => a.key.localeCompare(b.key);
    const scanned = async (keys: readonly string[]): Promise<VersionedRecord<S>[]> => {
      const found: VersionedRecord<S>[] = [];
      for await (const page of store.scan()) found.push(...page.filter(({ key }) => keys.includes(key)));
      return found.sort(byKey);
    };

    it('answers undefined for a key that was never written', async () => {
      expect(await store.get([newKey(), newKey()])).toEqual([undefined, undefined]);
    });

    it('does nothing for no records and answers nothing for no keys', async () => {
      expect(await store.putIfNewer([])).toEqual([]);
      expect(await store.get([])).toEqual([]);
    });

    it('writes a key that it does not have, even at version 0', async () => {
      const record = live(newKey(), 0);
      expect(await put(record)).toEqual(['written']);
      await expectStored(record);
    });

    it('keeps a version of sixteen digits exactly', async () => {
      const record = live(newKey(), Number.MAX_SAFE_INTEGER - 1);
      await put(record);
      await expectStored(record);
      const next = { ...record, version: record.version + 1, state: traits.state(7) };
      expect(await put(next)).toEqual(['written']);
      await expectStored(next);
    });

    it('replaces a state by a newer one and leaves it to an older one', async () => {
      const key = newKey();
      expect(await put(live(key, 5))).toEqual(['written']);
      expect(await put(live(key, 4))).toEqual(['stale']);
      await expectStored(live(key, 5));
      expect(await put(live(key, 6))).toEqual(['written']);
      await expectStored(live(key, 6));
    });

    it('changes nothing when a record is put again', async () => {
      const record = live(newKey(), 5);
      await put(record);
      expect(await put(record)).toEqual([traits.repeated]);
      await expectStored(record);
    });

    it('does not bring a deleted key back by an older state', async () => {
      const key = newKey();
      await put(live(key, 5));
      expect(await put(tombstone(key, 7))).toEqual(['written']);
      expect(await put(live(key, 6))).toEqual(['stale']);
      await expectStored(tombstone(key, 7));
      expect(await scanned([key])).toEqual([]);
    });

    it('remembers the deletion of a key that it never had', async () => {
      const key = newKey();
      expect(await put(tombstone(key, 7))).toEqual(['written']);
      expect(await put(live(key, 6))).toEqual(['stale']);
      await expectStored(tombstone(key, 7));
    });

    it('takes a key back that was created anew after its deletion', async () => {
      const key = newKey();
      await put(tombstone(key, 7));
      expect(await put(live(key, 8))).toEqual(['written']);
      await expectStored(live(key, 8));
      await eventually(async () => expect(await scanned([key])).toEqual([live(key, 8)]));
    });

    it('does not delete by a tombstone that is older than the state', async () => {
      const key = newKey();
      await put(live(key, 5));
      expect(await put(tombstone(key, 4))).toEqual(['stale']);
      await expectStored(live(key, 5));
    });

    it('answers one outcome per record, in their order', async () => {
      const [a, b, c] = [newKey(), newKey(), newKey()];
      await put(live(b, 5));
      const outcomes = await put(live(a, 1), live(b, 4), tombstone(c, 1));
      expect(outcomes).toEqual(['written', 'stale', 'written']);
      await expectStored(live(a, 1), live(b, 5), tombstone(c, 1));
    });

    it('ends at the highest version when one call has several of a key, in whatever order', async () => {
      const [up, down, deleted] = [newKey(), newKey(), newKey()];
      await put(
        live(up, 1),
        live(down, 3),
        live(deleted, 2),
        live(up, 2),
        live(down, 1),
        tombstone(deleted, 3),
      );
      await expectStored(live(up, 2), live(down, 3), tombstone(deleted, 3));
    });

    it('says why it can never take a record, and stores the others of the call', async () => {
      const [bad, good] = [newKey(), newKey()];
      const outcomes = await put({ key: bad, version: 1, state: traits.unstorable }, live(good, 1));
      expect(outcomes).toEqual([expect.any(RejectError), 'written']);
      expect(await store.get([bad])).toEqual([undefined]);
      await expectStored(live(good, 1));
    });

    it('answers keys in the order asked for, repeated and unknown ones included', async () => {
      const [a, b, unknown] = [newKey(), newKey(), newKey()];
      await put(live(a, 1), live(b, 2));
      await expectStored(live(a, 1), live(b, 2));
      expect(await store.get([b, unknown, a, b])).toEqual([live(b, 2), undefined, live(a, 1), live(b, 2)]);
    });

    it('takes and answers more records than any request of an engine holds', async () => {
      const records = Array.from({ length: 230 }, (_, n) => live(newKey(), n + 1));
      const outcomes = await put(...records);
      expect(outcomes).toEqual(records.map(() => 'written'));
      await expectStored(...records);
    });

    it('scans everything live once, and no tombstone', async () => {
      const records = Array.from({ length: 40 }, (_, n) => live(newKey(), n + 1));
      const gone = records.filter((_, n) => n % 4 === 0).map(({ key }) => tombstone(key, 1_000));
      await put(...records);
      await put(...gone);
      const left = records.filter((_, n) => n % 4 !== 0).sort(byKey);
      const keys = records.map(({ key }) => key);
      await eventually(async () => expect(await scanned(keys)).toEqual(left));
    });

    it('ends at the highest version whichever writers race, and whatever they write', async () => {
      const record = fc.record({ key: fc.nat(2), version: fc.nat(9), deleted: fc.boolean() });
      const writers = fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(writers, async (batches) => {
          const keys = [newKey(), newKey(), newKey()];
          // One version has one content, whoever writes it.
          const deletes = new Map(batches.flat().map((r) => [`${r.key}@${r.version}`, r.deleted]));
          const recordOf = ({ key, version }: { key: number; version: number }): VersionedRecord<S> => {
            const deleted = deletes.get(`${key}@${version}`);
            return deleted ? tombstone(keys[key] ?? '', version) : live(keys[key] ?? '', version);
          };
          await Promise.all(batches.map((batch) => put(...batch.map(recordOf))));
          const histories = [...Map.groupBy(batches.flat(), ({ key }) => key).values()];
          const newest = histories.map((all) => all.reduce((a, b) => (a.version > b.version ? a : b)));
          await expectStored(...newest.map(recordOf));
        }),
        { numRuns: traits.histories ?? 20 },
      );
    });
  });
};
