import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SearchIndex } from '../../services/search/search-index.ts';
import { describeSearches, type Person, person } from './searches-contract.ts';

const record = (key: string, state: Person | null, version = 1) => ({ key, version, state });

/** The port `SearchIndex`: what every index keeps to. The maker answers an empty index. */
export const describeSearchIndex = (name: string, makeIndex: () => Promise<SearchIndex<Person>>): void => {
  describeSearches(name, async () => {
    const index = await makeIndex();
    return {
      index,
      fill: async (records) => {
        expect(await index.write(records)).toEqual(records.map(() => undefined));
      },
    };
  });

  describe(`${name} as a search index`, () => {
    let index: SearchIndex<Person>;
    beforeEach(async () => {
      index = await makeIndex();
    });
    const found = async (text: string, limit = 10) =>
      (await index.search({ text, limit })).map((hit) => hit.key);
    const add = (...people: [key: string, state: Person][]) =>
      index.write(people.map(([key, state]) => record(key, state)));

    it('gives back what was added, with its version and its types', async () => {
      const ann = {
        key: 'a',
        version: 1_785_000_000_123_456,
        state: person('ann', 'Änn O\'Hara "Q" \\ ß 🌳', 7),
      };
      expect(await index.write([ann])).toEqual([undefined]);
      expect(await index.get(['a'])).toEqual([ann]);
    });

    it('answers undefined for what is not there, and keeps the order of the keys', async () => {
      await add(['a', person('ann', 'A')], ['b', person('bob', 'B')]);
      const answer = await index.get(['b', 'none', 'a', 'b']);
      expect(answer.map((one) => one?.key)).toEqual(['b', undefined, 'a', 'b']);
    });

    it('replaces a document whole, whatever its version', async () => {
      await index.write([record('a', person('ann', 'Old Name', 9), 5)]);
      await index.write([record('a', person('anna', 'New'), 3)]);
      expect(await index.get(['a'])).toEqual([record('a', person('anna', 'New'), 3)]);
      expect(await found('old')).toEqual([]);
    });

    it('removes the document of a tombstone, and takes one for a key it never had', async () => {
      await add(['a', person('ann', 'A')]);
      expect(await index.write([record('a', null, 2), record('never', null, 2)])).toEqual([
        undefined,
        undefined,
      ]);
      expect(await index.get(['a'])).toEqual([undefined]);
      expect(await found('ann')).toEqual([]);
    });

    it('takes keys of any characters', async () => {
      const keys = ['{"$numberInt":"1"}', 'a b', 'ä/=61', 'a=', '=61', 'A', 'a', '🌳', "it's", '"', '\\'];
      await index.write(keys.map((key) => record(key, person('ann', key === 'a' ? 'small' : 'other'))));
      const answer = await index.get(keys);
      expect(answer.map((one) => one?.key)).toEqual(keys);
      expect(answer.filter((one) => one?.state?.name === 'small')).toHaveLength(1);
    });

    it('scans every document once', async () => {
      const keys = Array.from({ length: 2_100 }, (_, n) => `key-${n}`);
      await index.write(keys.map((key) => record(key, person('ann', key))));
      const seen: string[] = [];
      for await (const page of index.scan()) seen.push(...page.map((one) => one.key));
      expect(seen.toSorted()).toEqual(keys.toSorted());
    });

    it('scans nothing in an empty index', async () => {
      const pages: unknown[] = [];
      for await (const page of index.scan()) pages.push(...page);
      expect(pages).toEqual([]);
    });

    it('sends nothing once it was told to stop', async () => {
      const aborted = AbortSignal.abort(new Error('too late'));
      await expect(index.write([record('a', person('ann', 'A'))], aborted)).rejects.toThrow('too late');
      expect(await index.get(['a'])).toEqual([undefined]);
    });
  });
};
