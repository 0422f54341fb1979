import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStream, StreamEntry } from '../../services/outbox/index.ts';

/** What is set up for one test: streams with the logical names `one` and `two`, and what they have. */
export interface EventStreamWorld {
  readonly stream: EventStream;
  received(stream: string): Promise<readonly StreamEntry[]>;
  close(): Promise<void>;
}

const KIB = 1024;

/** What every stream keeps to that the relay publishes to. */
export const describeEventStream = (name: string, open: () => Promise<EventStreamWorld>): void => {
  describe(`${name} as an event stream`, () => {
    let world: EventStreamWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const sorted = (entries: readonly StreamEntry[]) =>
      [...entries].sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));

    it('has what was sent, key and data as they were, and answers nothing for it', async () => {
      const entries = [
        { key: 'a', data: '{"note":"naïve – ✓"}' },
        { key: '{"$numberInt":"1"}', data: 'not JSON' },
      ];
      expect(await world.stream.send('one', entries)).toEqual([undefined, undefined]);
      expect(sorted(await world.received('one'))).toEqual(entries);
      expect(await world.received('two')).toEqual([]);
    });

    it('takes nothing at all', async () => {
      expect(await world.stream.send('one', [])).toEqual([]);
    });

    it('takes more entries at once than fit one request', async () => {
      const entries = Array.from({ length: 620 }, (_, n) => ({
        key: String(n).padStart(4, '0'),
        data: String(n),
      }));
      const outcomes = await world.stream.send('one', entries);
      expect(outcomes).toEqual(entries.map(() => undefined));
      expect(sorted(await world.received('one'))).toEqual(entries);
    });

    it('takes more bytes at once than fit one request', async () => {
      const data = 'x'.repeat(900 * KIB);
      const entries = Array.from({ length: 7 }, (_, n) => ({ key: String(n), data }));
      expect(await world.stream.send('one', entries)).toEqual(entries.map(() => undefined));
      expect((await world.received('one')).length).toBe(7);
    });

    it('takes an entry of a mebibyte with its key, and refuses a larger one alone', async () => {
      const full = { key: 'é', data: 'x'.repeat(KIB * KIB - 2) };
      const outcomes = await world.stream.send('one', [
        { key: 'a', data: '1' },
        { ...full, data: `${full.data}x` },
        full,
        { key: 'z', data: '2' },
      ]);
      expect(outcomes[1]).toMatchObject({ code: 'record-too-large' });
      expect([outcomes[0], outcomes[2], outcomes[3]]).toEqual([undefined, undefined, undefined]);
      expect((await world.received('one')).map((entry) => entry.key).sort()).toEqual(['a', 'z', 'é']);
    });

    it('throws for a stream that it does not know', async () => {
      const sending = world.stream.send('three', [{ key: 'a', data: '1' }]);
      await expect(sending).rejects.toMatchObject({ code: 'unknown-stream' });
    });
  });
};
