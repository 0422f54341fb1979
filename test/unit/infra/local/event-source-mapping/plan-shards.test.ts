import { describe, expect, it } from '@jest/globals';
import type { ShardCheckpoints } from '../../../../../infra/local/event-source-mapping/index.ts';
import {
  planShards,
  type ShardPlanInput,
} from '../../../../../infra/local/event-source-mapping/plan-shards.ts';

const parent = { id: 'parent', parentIds: [], closed: true };
const other = { id: 'other', parentIds: [], closed: true };
const child = { id: 'child', parentIds: ['parent'], closed: false };
const merged = { id: 'merged', parentIds: ['parent', 'other'], closed: false };

const plan = (input: Partial<ShardPlanInput>) =>
  planShards({
    shards: [],
    checkpoints: {},
    running: new Set(),
    begun: false,
    startingPosition: { at: 'TRIM_HORIZON' },
    ...input,
  });
const started = (input: Partial<ShardPlanInput>) => plan(input).start.map(({ shardId }) => shardId);

describe('planShards', () => {
  it('starts parents, and lets their children wait', () => {
    expect(started({ shards: [parent, child] })).toEqual(['parent']);
  });

  it('lets children wait for a parent that is being read', () => {
    const checkpoints: ShardCheckpoints = { parent: { at: 'TRIM_HORIZON' } };
    const running = new Set(['parent']);
    expect(started({ shards: [parent, child], begun: true, checkpoints, running })).toEqual([]);
  });

  it('lets children wait for a parent that is being read though the stream has dropped it', () => {
    expect(started({ shards: [child], begun: true, running: new Set(['parent']) })).toEqual([]);
  });

  it('starts a merged shard once both parents were read to their ends', () => {
    const shards = [parent, other, merged];
    const checkpoints: ShardCheckpoints = { parent: { at: 'SHARD_END' }, other: { at: 'TRIM_HORIZON' } };
    const running = new Set(['other']);
    expect(started({ shards, begun: true, checkpoints, running })).toEqual([]);
    const ended: ShardCheckpoints = { parent: { at: 'SHARD_END' }, other: { at: 'SHARD_END' } };
    expect(started({ shards, begun: true, checkpoints: ended })).toEqual(['merged']);
  });

  it('starts a child whose parent is past the retention', () => {
    expect(started({ shards: [child] })).toEqual(['child']);
  });

  it('reads shards that came later from their beginnings', () => {
    const checkpoints: ShardCheckpoints = { parent: { at: 'SHARD_END' } };
    const input = { shards: [parent, child], begun: true, checkpoints };
    expect(plan({ ...input, startingPosition: { at: 'LATEST' } }).start).toEqual([
      { shardId: 'child', position: { at: 'TRIM_HORIZON' } },
    ]);
  });

  it('reads shards that were there first from the starting position, children too', () => {
    const startingPosition = { at: 'AT_TIMESTAMP', timestampMs: 7 } as const;
    const { checkpoints } = plan({ shards: [parent, child], startingPosition });
    expect(checkpoints).toEqual({ parent: startingPosition, child: startingPosition });
  });

  it('passes over closed shards with LATEST, so that their children start now', () => {
    const startingPosition = { at: 'LATEST' } as const;
    expect(plan({ shards: [parent, child], startingPosition })).toEqual({
      start: [{ shardId: 'child', position: startingPosition }],
      checkpoints: { parent: { at: 'SHARD_END' }, child: startingPosition },
    });
  });

  it('goes on from checkpoints', () => {
    const position = { at: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '5' } as const;
    const input = { shards: [child], begun: true, checkpoints: { child: position } };
    expect(plan(input).start).toEqual([{ shardId: 'child', position }]);
  });

  it('forgets shards that the stream no longer has', () => {
    const checkpoints: ShardCheckpoints = { parent: { at: 'SHARD_END' }, child: { at: 'TRIM_HORIZON' } };
    expect(Object.keys(plan({ shards: [child], begun: true, checkpoints }).checkpoints)).toEqual(['child']);
  });
});
