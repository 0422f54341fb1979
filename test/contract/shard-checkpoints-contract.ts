import { describe, expect, it } from '@jest/globals';
import type { ShardCheckpointStore, ShardCheckpoints } from '../../infra/local/event-source-mapping/index.ts';

const CHECKPOINTS: ShardCheckpoints = {
  'shardId-000000000000': { at: 'SHARD_END' },
  'shardId-000000000001': { at: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '495903382714902566085596' },
  'shardId-000000000002': { at: 'AT_TIMESTAMP', timestampMs: 1_700_000_000_123 },
};

export const describeShardCheckpoints = (
  name: string,
  makeStore: () => ShardCheckpointStore | Promise<ShardCheckpointStore>,
): void => {
  describe(`${name} as a store of shard checkpoints`, () => {
    it('knows nothing of a mapping that was never saved', async () => {
      const store = await makeStore();
      expect(await store.load('one')).toBeUndefined();
    });

    it('answers what was saved last, mapping by mapping', async () => {
      const store = await makeStore();
      await store.save('one', { 'shardId-000000000009': { at: 'TRIM_HORIZON' } });
      await store.save('one', CHECKPOINTS);
      await store.save('two', {});
      expect(await store.load('one')).toEqual(CHECKPOINTS);
      expect(await store.load('two')).toEqual({});
    });

    it('is not changed by what becomes of the checkpoints afterwards', async () => {
      const store = await makeStore();
      const checkpoints: { [shard: string]: ShardCheckpoints[string] } = { ...CHECKPOINTS };
      await store.save('one', checkpoints);
      checkpoints['shardId-000000000001'] = { at: 'SHARD_END' };
      expect(await store.load('one')).toEqual(CHECKPOINTS);
    });

    it('forgets a mapping, also one that it never knew', async () => {
      const store = await makeStore();
      await store.save('one', CHECKPOINTS);
      await store.remove('one');
      await store.remove('two');
      expect(await store.load('one')).toBeUndefined();
    });
  });
};
