import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UnexplainedWrite } from '../../services/outbox/unexplained/find-unexplained.ts';
import type { RecordedWrite } from '../../services/outbox/unexplained/recorded-write.ts';
import type { WriteSites } from '../../services/outbox/unexplained/write-sites.ts';

const at = (i: number) => ({ t: 1_700_000_000, i });

const recorded = (more: Partial<RecordedWrite>): RecordedWrite => ({
  command: 'update',
  collection: 'users',
  frames: ['somewhere'],
  transaction: undefined,
  keys: ['a'],
  changed: 1,
  after: at(1),
  until: at(5),
  ...more,
});

const write = (more: Partial<UnexplainedWrite>): UnexplainedWrite => ({
  id: '82',
  collection: 'users',
  key: 'a',
  operation: 'update',
  reason: 'no-transaction',
  clusterTime: at(5),
  atMs: 0,
  transaction: undefined,
  ...more,
});

/** What every `WriteSites` promises; `makeSites` gives empty ones, and how to close them. */
export const describeWriteSites = (
  name: string,
  makeSites: () => Promise<{ sites: WriteSites; close(): Promise<void> }>,
): void => {
  describe(`${name} as write sites`, () => {
    let sites: WriteSites;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ sites, close } = await makeSites());
    });
    afterEach(() => close());

    it('know nothing of what was not recorded', async () => {
      await sites.add([
        recorded({ collection: 'yubls' }),
        recorded({ keys: ['b'] }),
        recorded({ until: at(4) }),
      ]);
      expect(await sites.find(write({}))).toBeUndefined();
    });

    it('know a write of one document by its time', async () => {
      await sites.add([
        recorded({ until: at(9), keys: undefined, frames: ['other'] }),
        recorded({ keys: undefined }),
      ]);
      expect(await sites.find(write({}))).toEqual({ frames: ['somewhere'], certain: true });
    });

    it('know an inserted document by its key', async () => {
      await sites.add([recorded({ command: 'insert', keys: ['a', 'b'], changed: 2, until: at(6) })]);
      const inserted = write({ operation: 'insert' });
      expect(await sites.find(inserted)).toEqual({ frames: ['somewhere'], certain: true });
    });

    it('only guess at a write of many documents', async () => {
      await sites.add([recorded({ keys: undefined, changed: 3, until: at(7) })]);
      expect(await sites.find(write({}))).toEqual({ frames: ['somewhere'], certain: false });
      expect(await sites.find(write({ clusterTime: at(1) }))).toBeUndefined();
    });

    it('know a write in a transaction by the transaction', async () => {
      await sites.add([
        recorded({ transaction: 'x', keys: ['b'], frames: ['of b'] }),
        recorded({ transaction: 'x', keys: ['a'], frames: ['of a'] }),
        recorded({ transaction: 'y', keys: ['a'], frames: ['of y'] }),
      ]);
      const inTransaction = write({ transaction: 'x', clusterTime: at(99) });
      expect(await sites.find(inTransaction)).toEqual({ frames: ['of a'], certain: true });
    });

    it('only guess when several commands of a transaction may have been it', async () => {
      await sites.add([
        recorded({ transaction: 'x', keys: undefined, frames: ['first'] }),
        recorded({ transaction: 'x', keys: ['a'], frames: ['second'] }),
      ]);
      expect(await sites.find(write({ transaction: 'x' }))).toEqual({ frames: ['second'], certain: false });
    });

    it('do not take a write that changed nothing for certain', async () => {
      await sites.add([recorded({ command: 'findAndModify', keys: undefined })]);
      expect((await sites.find(write({})))?.certain).toBe(false);
    });
  });
};
