import { describe, expect, it } from '@jest/globals';
import type { Position, StreamReader, StreamRecord } from '../../infra/local/event-source-mapping/index.ts';

/** A stream with one shard, and a way to put records on it. */
export interface TestStream {
  readonly reader: StreamReader;
  put(partitionKey: string, data: string): Promise<void>;
  /** Lets the stream's clock move on, so that a timestamp tells records apart. */
  pass(ms: number): Promise<void>;
  nowMs(): number;
}

export const describeStreamReader = (name: string, makeStream: () => Promise<TestStream>): void => {
  describe(`${name} as a stream reader`, () => {
    it('describes its shards and its retention', async () => {
      const { reader } = await makeStream();
      const { shards, retentionMs } = await reader.describe();
      expect(shards).toEqual([{ id: 'shardId-000000000000', parentIds: [], closed: false }]);
      expect(retentionMs).toBe(24 * 3_600_000);
    });

    it('reads from the beginning, in order, whole', async () => {
      const stream = await makeStream();
      const beforeMs = stream.nowMs();
      await stream.put('key', 'first');
      await stream.put('clé', 'zweiter ✓');
      const records = await readAll(stream.reader, { at: 'TRIM_HORIZON' });
      expect(records.map(textOf)).toEqual(['first', 'zweiter ✓']);
      expect(records.map((record) => record.partitionKey)).toEqual(['key', 'clé']);
      const [first, second] = records.map((record) => BigInt(record.sequenceNumber));
      expect(Number(second) > Number(first)).toBe(true);
      for (const { arrivedAtMs } of records) {
        expect(arrivedAtMs).toBeGreaterThanOrEqual(beforeMs - 1);
        expect(arrivedAtMs).toBeLessThanOrEqual(stream.nowMs() + 1);
      }
    });

    it('reads page by page, and on as records arrive', async () => {
      const stream = await makeStream();
      await stream.put('key', '1');
      await stream.put('key', '2');
      const iterator = await stream.reader.iterator('shardId-000000000000', { at: 'TRIM_HORIZON' });
      const first = await stream.reader.read(iterator, 1);
      expect(first.records.map(textOf)).toEqual(['1']);
      const second = await stream.reader.read(first.nextIterator ?? '', 10);
      expect(second.records.map(textOf)).toEqual(['2']);
      expect(second.behindMs).toBe(0);
      await stream.put('key', '3');
      const third = await stream.reader.read(second.nextIterator ?? '', 10);
      expect(third.records.map(textOf)).toEqual(['3']);
    });

    it('keeps the place of LATEST from when its iterator was made', async () => {
      const stream = await makeStream();
      await stream.put('key', 'before');
      const iterator = await stream.reader.iterator('shardId-000000000000', { at: 'LATEST' });
      await stream.put('key', 'after');
      const { records } = await stream.reader.read(iterator, 10);
      expect(records.map(textOf)).toEqual(['after']);
    });

    it('reads from a moment on, that moment included', async () => {
      const stream = await makeStream();
      await stream.put('key', 'before');
      await stream.pass(20);
      const timestampMs = stream.nowMs();
      await stream.pass(20);
      await stream.put('key', 'after');
      const [after] = await readAll(stream.reader, { at: 'AT_TIMESTAMP', timestampMs });
      expect(after && textOf(after)).toBe('after');
      const arrivedAtMs = after?.arrivedAtMs ?? 0;
      const again = await readAll(stream.reader, { at: 'AT_TIMESTAMP', timestampMs: arrivedAtMs });
      expect(again.map(textOf)).toEqual(['after']);
    });

    it('reads on after a record', async () => {
      const stream = await makeStream();
      await stream.put('key', '1');
      await stream.put('key', '2');
      const [first] = await readAll(stream.reader, { at: 'TRIM_HORIZON' });
      const sequenceNumber = first?.sequenceNumber ?? '';
      const rest = await readAll(stream.reader, { at: 'AFTER_SEQUENCE_NUMBER', sequenceNumber });
      expect(rest.map(textOf)).toEqual(['2']);
    });

    it('says that a shard is gone, apart from other errors', async () => {
      const { reader } = await makeStream();
      const iterator = reader.iterator('shardId-000000000042', { at: 'LATEST' });
      await expect(iterator).rejects.toMatchObject({ code: 'shard-gone', shardId: 'shardId-000000000042' });
    });
  });
};

const textOf = (record: StreamRecord): string => Buffer.from(record.data).toString();

const readAll = async (reader: StreamReader, position: Position): Promise<readonly StreamRecord[]> =>
  (await reader.read(await reader.iterator('shardId-000000000000', position), 100)).records;
