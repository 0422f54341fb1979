import { describe, expect, it } from '@jest/globals';
import { BanyanError, RejectError } from '../../../services/core/index.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import { WriteThrough } from '../../../services/store/write-through.ts';

const record = (version: number) => ({ key: 'ada', version, state: { bio: `bio ${version}` } });

const copying = (store: Pick<VersionedStore, 'putIfNewer'>) => {
  const reports: unknown[][] = [];
  const report = (...args: unknown[]) => reports.push(args);
  const whole = { ...store, get: async () => [], scan: async function* () {} };
  return { through: new WriteThrough({ store: whole, report }), reports };
};

describe('WriteThrough', () => {
  it('copies under the write law', async () => {
    const store = new MemoryStore();
    const { through, reports } = copying({ putIfNewer: (records) => store.putIfNewer(records) });
    expect([await through.copy(record(7)), await through.copy(record(5))]).toEqual(['written', 'stale']);
    expect(await store.get(['ada'])).toEqual([record(7)]);
    expect(reports).toEqual([
      ['written', undefined],
      ['stale', undefined],
    ]);
  });

  it('reports a store that is away, and does not fail the write that was committed', async () => {
    const away = new BanyanError('dynamodb-busy', 'later', { retryable: true });
    const { through, reports } = copying({
      putIfNewer: async () => {
        throw away;
      },
    });
    expect(await through.copy(record(7))).toBe('failed');
    expect(reports).toEqual([['failed', away]]);
  });

  it('reports a record that the store can never take', async () => {
    const reject = new RejectError('too large');
    const { through, reports } = copying({ putIfNewer: async () => [reject] });
    expect(await through.copy(record(7))).toBe('rejected');
    expect(reports).toEqual([['rejected', reject]]);
  });
});
