import { expect, it } from '@jest/globals';
import { MemoryWriteSites } from '../../services/outbox/unexplained/index.ts';
import type { RecordedWrite } from '../../services/outbox/unexplained/recorded-write.ts';
import { describeWriteSites } from './write-sites-contract.ts';

describeWriteSites('MemoryWriteSites', async () => ({
  sites: new MemoryWriteSites(),
  close: async () => undefined,
}));

it('forgets the oldest writes', async () => {
  const sites = new MemoryWriteSites({ capacity: 2 });
  const recorded = (key: string): RecordedWrite => ({
    command: 'insert',
    collection: 'users',
    frames: [key],
    transaction: undefined,
    keys: [key],
    changed: 1,
    after: undefined,
    until: { t: 2, i: 1 },
  });
  for (const key of ['a', 'b', 'c', 'd']) await sites.add([recorded(key)]);
  const find = (key: string) =>
    sites.find({
      id: key,
      collection: 'users',
      key,
      operation: 'insert',
      reason: 'no-transaction',
      clusterTime: { t: 2, i: 1 },
      atMs: 0,
      transaction: undefined,
    });
  expect(await find('a')).toBeUndefined();
  expect(await find('b')).toBeUndefined();
  expect((await find('d'))?.frames).toEqual(['d']);
});
