import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@opensearch-project/opensearch';
import fc from 'fast-check';
import { RejectError, systemClock, type VersionedRecord } from '../../../services/core/index.ts';
import { MemoryIndex } from '../../../services/search/memory-index.ts';
import { OpenSearchIndex, type OpenSearchIndexOptions } from '../../../services/search/opensearch-index.ts';
import { askOpenSearch } from '../../../services/search/opensearch-requests.ts';
import { describeSearches, type Person, person, personRanking } from '../../contract/searches-contract.ts';
import { describeVersionedStore } from '../../contract/versioned-store-contract.ts';
import { eventually } from '../../support/eventually.ts';
import { freshNames, NODE_WITHIN_MS, openSearchNode } from '../../support/opensearch.ts';

const properties = {
  nick: { type: 'text' },
  name: { type: 'text' },
  fans: { type: 'long' },
  tags: { type: 'keyword' },
};

let node: Awaited<ReturnType<typeof openSearchNode>>;
beforeAll(async () => {
  node = await openSearchNode();
}, NODE_WITHIN_MS);
afterAll(() => node.stop());

/** Nothing of the law rests on the engine's own delete markers: they live for no time at all here. */
const settings = { number_of_shards: 1, number_of_replicas: 0, 'index.gc_deletes': '0s' };

const open = (more: Partial<OpenSearchIndexOptions> = {}) =>
  new OpenSearchIndex<Person>({
    ...node,
    ...freshNames(),
    properties,
    ranking: personRanking,
    settings,
    clock: systemClock,
    ...more,
  });
const refresh = (index: string) => askOpenSearch(node, { method: 'POST', path: `/${index}/_refresh` });
const record = (key: string, version: number, state: Person | null = person('ann', key)) => ({
  key,
  version,
  state,
});
const scanned = async (index: OpenSearchIndex<Person>) => {
  const found: VersionedRecord<Person>[] = [];
  for await (const page of index.scan()) found.push(...page);
  return found;
};
/** What anybody finds under a name, whatever the adapter filters. */
const foundUnder = async (name: string): Promise<string[]> => {
  const body = { query: { match_all: {} }, sort: [{ key: 'asc' }], size: 100 };
  const answer = await askOpenSearch<{ hits: { hits: { _id: string }[] } }>(node, {
    method: 'POST',
    path: `/${name}/_search`,
    body,
  });
  return answer.hits.hits.map(({ _id }) => _id);
};

const prepared = async () => {
  const store = open();
  await store.prepare();
  return { store };
};

describeVersionedStore<Person>('OpenSearch', prepared, {
  state: (n) => ({ nick: `nick${n}`, name: `state ${n}`, fans: n % 1_000, tags: [`${n}`] }),
  unstorable: { ...person('a', 'b'), surprise: 1 } as Person,
  answersTombstones: true,
  repeated: 'stale',
});

describeSearches('OpenSearch', async () => {
  const names = freshNames();
  const index = open(names);
  await index.prepare();
  return {
    index,
    fill: async (records) => {
      expect(await index.putIfNewer(records)).toEqual(records.map(() => 'written'));
      await refresh(names.index);
    },
  };
});

describe('an OpenSearch index', () => {
  describe('as it is written', () => {
    it('outlives every delete marker of the engine with its tombstones', async () => {
      const names = freshNames();
      const index = open(names);
      await index.putIfNewer([record('a', 5)]);
      await index.putIfNewer([record('a', 7, null)]);
      // The engine forgets nothing of a document, whatever is flushed and merged away.
      await askOpenSearch(node, { method: 'POST', path: `/${names.index}/_flush` });
      await askOpenSearch(node, { method: 'POST', path: `/${names.index}/_forcemerge` });
      expect(await index.putIfNewer([record('a', 6)])).toEqual(['stale']);
      expect(await index.get(['a'])).toEqual([record('a', 7, null)]);
    });

    it('would lose a deletion to an older state if it deleted under a version instead', async () => {
      const names = freshNames();
      const index = open(names);
      await index.putIfNewer([record('a', 5)]);
      const path = `/${names.index}/_doc/a`;
      const external = (version: number) => ({ version, version_type: 'external' });
      await askOpenSearch(node, { method: 'DELETE', path, query: external(7) });
      // Until the engine's next look at its markers; by default they live for a minute.
      await eventually(async () => {
        await refresh(names.index);
        const put = { method: 'PUT', path, query: external(6), body: { key: 'a' } } as const;
        expect(await askOpenSearch(node, put)).toMatchObject({ result: 'created' });
      });
    });

    it('has one winner of many writers of a key, the highest version, in whatever order they come', async () => {
      const index = open();
      const versions = Array.from({ length: 40 }, (_, n) => ((n * 17) % 40) + 1);
      const outcomes = await Promise.all(
        versions.map((version) => index.putIfNewer([record('raced', version, person(`v${version}`, 'x'))])),
      );
      expect(outcomes[versions.indexOf(40)]).toEqual(['written']);
      expect(await index.get(['raced'])).toEqual([record('raced', 40, person('v40', 'x'))]);
    });

    it.each([
      ['a field that the mapping does not have', { ...person('a', 'b'), x: 1 }, /x.*not allowed|strict/],
      ['a number that is none', { ...person('a', 'b'), fans: 'many' }, /fans.*long/],
      ['an object for a text', { ...person('a', 'b'), name: { first: 'a' } }, /name/],
      [
        'a value above what a field can hold',
        { ...person('a', 'b'), tags: ['x'.repeat(40_000)] },
        /tags|immense/,
      ],
      ['a name that the index needs itself', { ...person('a', 'b'), deleted: true }, /keeps for itself/],
      ['what is no JSON', { ...person('a', 'b'), fans: 1n }, /no JSON/],
    ])('rejects %s alone, and says why', async (_, state, why) => {
      const index = open();
      const outcomes = await index.putIfNewer([
        record('before', 1),
        record('bad', 1, state as unknown as Person),
        record('after', 1),
      ]);
      expect(outcomes).toEqual(['written', expect.any(RejectError), 'written']);
      expect((outcomes[1] as RejectError).message).toMatch(why);
      expect(await index.get(['before', 'bad', 'after'])).toMatchObject([{}, undefined, {}]);
    });

    it.each([
      ['an empty key', ''],
      ['a key above 512 bytes', 'ä'.repeat(257)],
      ['a key that is no Unicode', 'a\ud800'],
    ])('rejects %s, and finds nothing under it', async (_, key) => {
      const index = open();
      expect(await index.putIfNewer([record(key, 1), record('good', 1)])).toEqual([
        expect.any(RejectError),
        'written',
      ]);
      expect(await index.get([key, 'good'])).toMatchObject([undefined, { key: 'good' }]);
    });

    it('takes keys of any characters, and gives states back as they were', async () => {
      const index = open();
      const keys = ['{"$numberInt":"1"}', 'a b', 'ä/=61', 'a?x=#', '_doc', 'A', 'a', '🌳', "it's", '"', '\\'];
      const state = { nick: 'ß', name: 'Änn O\'Hara "Q" \\ 🌳\n', fans: -7, tags: [] };
      await index.putIfNewer(keys.map((key, n) => record(key, n, { ...state, tags: [key] })));
      expect(await index.get(keys)).toEqual(keys.map((key, n) => record(key, n, { ...state, tags: [key] })));
    });

    it('keeps bulks as small as it is told to, and splits what the cluster finds too large', async () => {
      const records = Array.from({ length: 30 }, (_, n) =>
        record(`k${n}`, 1, person('x', 'word '.repeat(100_000))),
      );
      const sent: { bytes: number; status: number | null }[] = [];
      const client = new Client({ node: node.endpoint });
      client.on('response', (_, { statusCode, meta }) => {
        const { params } = meta.request;
        if (String(params.path).endsWith('/_bulk')) {
          sent.push({ bytes: Buffer.byteLength(String(params.bulkBody ?? params.body)), status: statusCode });
        }
      });
      const small = open({ client, maxBulkBytes: 2_000_000 });
      expect(new Set(await small.putIfNewer(records))).toEqual(new Set(['written']));
      expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_000_000);
      expect(sent).toHaveLength(10);
      sent.length = 0;
      const large = open({ client, maxBulkBytes: 50_000_000 });
      expect(new Set(await large.putIfNewer(records))).toEqual(new Set(['written']));
      // The node takes 10 MB: 15 MB are refused, and go in halves.
      expect(sent.map(({ status }) => status)).toEqual([413, 200, 200]);
      await client.close();
    }, 60_000);

    it('rejects a document that is too large for the cluster by itself', async () => {
      const index = open();
      const outcomes = await index.putIfNewer([
        record('huge', 1, person('x', 'word '.repeat(2_300_000))),
        record('good', 1),
      ]);
      expect(outcomes).toMatchObject([
        { message: expect.stringContaining('more than this OpenSearch takes') },
        'written',
      ]);
    }, 60_000);
  });

  describe('as it is read', () => {
    it('is read by key at once, and scanned in the order of keys, without tombstones', async () => {
      const index = open();
      const keys = Array.from({ length: 2_345 }, (_, n) => `key-${n}`);
      await index.putIfNewer(keys.map((key, n) => record(key, n)));
      await index.putIfNewer([record('key-7', 10_000, null)]);
      expect(await index.get(['key-7', 'key-8'])).toEqual([
        record('key-7', 10_000, null),
        record('key-8', 8),
      ]);
      const left = keys.filter((key) => key !== 'key-7').sort();
      expect((await scanned(index)).map(({ key }) => key)).toEqual(left);
    });

    it('is scanned as it was when the scan began, whatever is written meanwhile', async () => {
      const index = open();
      const keys = Array.from({ length: 1_500 }, (_, n) => `key-${String(n).padStart(5, '0')}`);
      await index.putIfNewer(keys.map((key) => record(key, 1)));
      const seen: string[] = [];
      for await (const page of index.scan()) {
        if (seen.length === 0) await index.putIfNewer(keys.slice(1_200).map((key) => record(key, 2, null)));
        seen.push(...page.map(({ key }) => key));
      }
      expect(seen).toEqual(keys);
    });

    it('leaves no view open, also when a scan is given up', async () => {
      const index = open();
      await index.putIfNewer(Array.from({ length: 1_200 }, (_, n) => record(`k${n}`, 1)));
      const views = async () => {
        const path = '/_search/point_in_time/_all';
        const { pits } = await askOpenSearch<{ pits?: unknown[] }>(node, { method: 'GET', path });
        return pits?.length ?? 0;
      };
      for await (const page of index.scan()) {
        expect([page.length, await views()]).toEqual([1_000, 1]);
        break;
      }
      expect(await views()).toBe(0);
    });

    it('says that nothing was ever written, instead of being empty', async () => {
      const index = open();
      await expect(index.get(['a'])).rejects.toMatchObject({ code: 'no-such-index', name: 'UsageError' });
      await expect(scanned(index)).rejects.toMatchObject({ code: 'no-such-index' });
    });

    it('does not take a document of somebody else for its own', async () => {
      const names = freshNames();
      const index = open(names);
      await index.prepare();
      const path = `/${names.index}/_doc/foreign`;
      await askOpenSearch(node, { method: 'PUT', path, body: { nick: 'x' } });
      await expect(index.get(['foreign'])).rejects.toMatchObject({ code: 'not-ours' });
    });
  });

  describe('under its alias', () => {
    it('shows what is live to whoever reads there, and not what was deleted', async () => {
      const names = freshNames();
      const index = open(names);
      await index.putIfNewer([record('a', 1), record('b', 1), record('never', 3, null)]);
      await index.putIfNewer([record('b', 2, null)]);
      await refresh(names.index);
      expect(await foundUnder(names.alias)).toEqual(['a']);
      expect(await foundUnder(names.index)).toEqual(['a', 'b', 'never']);
    });

    it('keeps showing the old index while a fresh one is filled, and flips when that is published', async () => {
      const { index, alias } = freshNames();
      const old = open({ index, alias });
      await old.putIfNewer([record('old', 1), record('both', 1)]);
      const fresh = open({ index: `${index}-fresh`, alias });
      await fresh.putIfNewer([record('both', 1), record('new', 1), record('old', 2, null)]);
      await refresh(index);
      const search = async () => (await old.search({ text: 'ann', limit: 10 })).map(({ key }) => key);
      expect(await search()).toEqual(['both', 'old']);
      await fresh.publish();
      expect(await search()).toEqual(['both', 'new']);
      expect(await foundUnder(alias)).toEqual(['both', 'new']);
      await fresh.publish();
      await old.prepare();
      expect(await search()).toEqual(['both', 'new']);
    });
  });

  describe('as it is prepared', () => {
    it('is made once by however many start at the same time', async () => {
      const names = freshNames();
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, n) => open(names).putIfNewer([record(`k${n}`, 1)])),
      );
      expect(outcomes.flat()).toEqual(Array(8).fill('written'));
      expect(await scanned(open(names))).toHaveLength(8);
    });

    it('takes a new field, and refuses to change the type of one that is there', async () => {
      const names = freshNames();
      await open(names).putIfNewer([record('a', 1)]);
      const wider = open({ ...names, properties: { ...properties, city: { type: 'text' } } });
      const state = { ...person('ann', 'b'), city: 'Oslo' };
      expect(await wider.putIfNewer([record('b', 1, state)])).toEqual(['written']);
      const other = open({ ...names, properties: { ...properties, fans: { type: 'keyword' } } });
      await expect(other.putIfNewer([record('c', 1)])).rejects.toMatchObject({
        code: 'other-fields',
        message: expect.stringMatching(/fans.*fill a fresh one, and publish it/),
      });
    });

    it('leaves an index alone that somebody else made', async () => {
      const names = freshNames();
      await askOpenSearch(node, { method: 'PUT', path: `/${names.index}`, body: {} });
      await expect(open(names).putIfNewer([record('a', 1)])).rejects.toThrow('was not made by Banyan');
    });

    it('wants the names of an index and of an alias, not the other way round', async () => {
      const names = freshNames();
      await open(names).prepare();
      await expect(open({ index: names.alias, alias: names.index }).prepare()).rejects.toThrow(
        `${names.alias} at ${node.endpoint} is an alias of ${names.index}`,
      );
      await expect(open({ index: `${names.index}-2`, alias: names.index }).prepare()).rejects.toThrow(
        'the alias needs a name of its own',
      );
    });

    it('refuses fields under the names that it needs itself, and a ranking by a field that is not there', async () => {
      const taken = open({ properties: { ...properties, key: { type: 'keyword' } } });
      await expect(taken.prepare()).rejects.toThrow('key is taken');
      const absent = open({ ranking: { ...personRanking, exactField: 'login' } });
      await expect(absent.prepare()).rejects.toThrow('there is no search field login');
    });
  });

  describe('as its tombstones are purged', () => {
    it('forgets those that are older than told to, and nothing else', async () => {
      const names = freshNames();
      let nowMs = 1_700_000_000_000;
      const index = open({ ...names, clock: { ...systemClock, nowMs: () => nowMs } });
      await index.putIfNewer([record('old', 1, null), record('zero', 0, null), record('live', 1)]);
      nowMs += 60_000;
      await index.putIfNewer([record('young', 1, null), record('back', 1, null)]);
      await index.putIfNewer([record('back', 2)]);
      expect(await index.purgeTombstones(30_000)).toBe(2);
      expect(await index.purgeTombstones(30_000)).toBe(0);
      await refresh(names.index);
      expect(await foundUnder(names.index)).toEqual(['back', 'live', 'young']);
      expect(await index.get(['old', 'young'])).toEqual([undefined, record('young', 1, null)]);
    });
  });

  it('ranks as the index in memory does, whatever people are called', async () => {
    const words = ['ann', 'anna', 'Ann', 'lee', 'leeroy', "o'hara", 'x_1', 'bob'];
    const text = fc
      .array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })
      .map((some) => some.join(' '));
    const people = fc.array(fc.tuple(text, text, fc.constantFrom(-1, 0, 9, 99, 99_999)), {
      minLength: 3,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(people, fc.array(text, { minLength: 8, maxLength: 8 }), async (some, queries) => {
        const names = freshNames();
        // Several shards, since a score must not depend on what else is in a shard.
        const real = open({ ...names, settings: { ...settings, number_of_shards: 3 } });
        const memory = new MemoryIndex<Person>({ ranking: personRanking });
        const records = some.map(([nick, name, fans], n) => record(`k${n}`, 1, person(nick, name, fans)));
        await real.putIfNewer(records);
        await memory.write(records);
        await refresh(names.index);
        for (const query of queries) {
          const [found, expected] = await Promise.all([
            real.search({ text: query, limit: 50 }),
            memory.search({ text: query, limit: 50 }),
          ]);
          expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
        }
      }),
      { numRuns: 4 },
    );
  }, 60_000);

  it('says in one sentence that nothing answers, and that trying again may help', async () => {
    const client = new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 });
    const endpoint = 'http://127.0.0.1:1';
    const patience = { maxRetries: 1, initialDelayMs: 1, maxDelayMs: 1 };
    await expect(open({ client, endpoint, patience }).putIfNewer([record('a', 1)])).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: 'OpenSearch does not answer at http://127.0.0.1:1',
    });
    await client.close();
  });
});
