import type { ShardCheckpoint, ShardCheckpoints } from './checkpoints/shard-checkpoints.ts';
import type { Position, Shard } from './streams/stream-reader.ts';

export interface ShardPlanInput {
  /** What the stream has now. */
  readonly shards: readonly Shard[];
  readonly checkpoints: ShardCheckpoints;
  /** Shards that are being read. */
  readonly running: ReadonlySet<string>;
  /** The mapping has read before: it meets a new shard only as somebody's child. */
  readonly begun: boolean;
  readonly startingPosition: Position;
}

export interface ShardPlan {
  /** Shards to begin reading now. */
  readonly start: readonly { readonly shardId: string; readonly position: Position }[];
  /** The checkpoints of every shard that the mapping has to know: the others' records are gone. */
  readonly checkpoints: ShardCheckpoints;
}

/**
 * Decides which shards are read now. A mapping's starting position is that of the shards it finds first; a shard
 * that comes later is read from its beginning, which is where its parents' records end. A shard waits until its
 * parents were read to the end: "if you read from a child before its parents, records of a key may come out of
 * order". What is closed holds nothing that LATEST would ask for.
 * https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
 */
export const planShards = (input: ShardPlanInput): ShardPlan => {
  const known = Object.entries(input.checkpoints).filter(([id]) => input.running.has(id));
  const listed = input.shards.map((shard): [string, ShardCheckpoint] => [
    shard.id,
    input.checkpoints[shard.id] ?? firstCheckpoint(shard, input),
  ]);
  const checkpoints: ShardCheckpoints = Object.fromEntries([...known, ...listed]);
  const unfinished = (id: string) =>
    input.running.has(id) || (checkpoints[id] !== undefined && checkpoints[id].at !== 'SHARD_END');
  const start = input.shards.flatMap((shard) => {
    const checkpoint = checkpoints[shard.id];
    if (!checkpoint || checkpoint.at === 'SHARD_END' || input.running.has(shard.id)) return [];
    return shard.parentIds.some(unfinished) ? [] : [{ shardId: shard.id, position: checkpoint }];
  });
  return { start, checkpoints };
};

const firstCheckpoint = (shard: Shard, input: ShardPlanInput): ShardCheckpoint => {
  if (input.begun) return { at: 'TRIM_HORIZON' };
  return shard.closed && input.startingPosition.at === 'LATEST'
    ? { at: 'SHARD_END' }
    : input.startingPosition;
};
