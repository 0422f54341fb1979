import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { JsonLinesStore } from '../../../../../migrations/backfill/sinks/json-lines-store.ts';

describe('a file of JSON Lines', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-lines-'));
    file = join(folder, 'copy.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const opened = async <T>(body: (store: JsonLinesStore) => Promise<T>): Promise<T> => {
    const store = await JsonLinesStore.open(file);
    try {
      return await body(store);
    } finally {
      await store.close();
    }
  };

  it('has one line for each write that took effect', async () => {
    await opened(async (store) => {
      const outcomes = await store.putIfNewer([
        { key: 'a', version: 2, state: { name: 'é' } },
        { key: 'a', version: 1, state: { name: 'older' } },
        { key: 'b', version: 1, state: null },
      ]);
      expect(outcomes).toEqual(['written', 'stale', 'written']);
    });
    expect(await readFile(file, 'utf8')).toBe(
      '{"key":"a","version":2,"state":{"name":"é"}}\n{"key":"b","version":1,"state":null}\n',
    );
  });

  it('goes on with what it holds when it is opened again', async () => {
    await opened((store) => store.putIfNewer([{ key: 'a', version: 5, state: { n: 1 } }]));
    await opened(async (store) => {
      expect(await store.putIfNewer([{ key: 'a', version: 4, state: { n: 0 } }])).toEqual(['stale']);
      expect(await store.putIfNewer([{ key: 'a', version: 6, state: { n: 2 } }])).toEqual(['written']);
      expect(await store.get(['a'])).toEqual([{ key: 'a', version: 6, state: { n: 2 } }]);
    });
  });

  it('cuts off a last line that a crash cut short', async () => {
    await opened((store) => store.putIfNewer([{ key: 'a', version: 5, state: { n: 1 } }]));
    await appendFile(file, '{"key":"b","ver');
    await opened(async (store) => {
      expect(await store.get(['a', 'b'])).toEqual([{ key: 'a', version: 5, state: { n: 1 } }, undefined]);
      await store.putIfNewer([{ key: 'b', version: 1, state: { n: 9 } }]);
      expect(await store.get(['b'])).toEqual([{ key: 'b', version: 1, state: { n: 9 } }]);
    });
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
  });
});
