import { describe, expect, it } from '@jest/globals';
import { ShardFrontier } from '../../../../../infra/local/event-source-mapping/shard-frontier.ts';

const record = (sequence: number) => ({
  sequenceNumber: String(sequence),
  arrivedAtMs: sequence,
  event: undefined,
  bytes: 10,
  done: false,
});

describe('ShardFrontier', () => {
  it('stands still while its oldest record is not done, whatever else is', () => {
    const frontier = new ShardFrontier();
    const [first, second, third] = [record(1), record(2), record(3)];
    frontier.add([first, second, third]);
    second.done = true;
    expect(frontier.advance()).toBe(false);
    expect(frontier.doneUpTo).toBeUndefined();
    first.done = true;
    expect(frontier.advance()).toBe(true);
    expect(frontier.doneUpTo).toBe('2');
    expect(frontier.oldest).toBe(third);
    expect([frontier.size, frontier.bytes]).toEqual([1, 10]);
  });

  it('keeps its place over many records', () => {
    const frontier = new ShardFrontier();
    for (let sequence = 1; sequence <= 5_000; sequence += 1) {
      const one = record(sequence);
      frontier.add([one]);
      one.done = true;
      frontier.advance();
    }
    expect([frontier.doneUpTo, frontier.size, frontier.bytes]).toEqual(['5000', 0, 0]);
  });
});
