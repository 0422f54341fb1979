import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SearchIndex, SearchRanking } from '../../services/search/search-index.ts';

/** What the suite indexes; the makers of indexes configure it. */
export type Person = {
  readonly nick: string;
  readonly name: string;
  readonly fans: number;
  readonly tags: string[];
};

export const personRanking: SearchRanking = {
  exactField: 'nick',
  weights: { nick: 4, name: 1 },
  popularityField: 'fans',
};

const person = (nick: string, name: string, fans = 0): Person => ({ nick, name, fans, tags: ['x', 'y'] });
const record = (key: string, state: Person | null, version = 1) => ({ key, version, state });

/** The port `SearchIndex`: what every index keeps to. The maker answers an empty index. */
export const describeSearchIndex = (name: string, makeIndex: () => Promise<SearchIndex<Person>>): void => {
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

    it('finds words in any of the ranked fields, whatever their case and order', async () => {
      await add(['a', person('ann', 'Anna Lee')], ['b', person('bob', 'Bob Stone')]);
      expect(await found('LEE anna')).toEqual(['a']);
      expect(await found('stone BOB')).toEqual(['b']);
      expect(await found('anna stone')).toEqual([]);
    });

    it('finds the last word by its beginning, the others whole', async () => {
      await add(['a', person('x1', 'Anna Lee')]);
      expect(await found('anna le')).toEqual(['a']);
      expect(await found('an lee')).toEqual([]);
    });

    it('puts who is called exactly that first, however popular the others are', async () => {
      await add(
        ['star', person('annabel', 'Ann Ann', 5_000_000)],
        ['exact', person('Ann', 'Somebody', 0)],
        ['dotted', person('ann.lee', 'Ann', 900)],
      );
      expect((await found('ann'))[0]).toBe('exact');
    });

    it('puts a match in the nick before one in the name', async () => {
      await add(['name', person('zed', 'Anna', 5)], ['nick', person('anna99', 'Zed', 5)]);
      expect(await found('ann')).toEqual(['nick', 'name']);
    });

    it('puts the popular first among equal matches', async () => {
      await add(
        ['some', person('p1', 'Maria', 30)],
        ['none', person('p2', 'Maria', 0)],
        ['many', person('p3', 'Maria', 40_000)],
      );
      expect(await found('maria')).toEqual(['many', 'some', 'none']);
    });

    it('answers at most as many as asked for, the best of them', async () => {
      await index.write(
        Array.from({ length: 30 }, (_, n) => record(`k${n}`, person(`u${n}`, 'Maria', n * 100))),
      );
      expect(await found('maria', 3)).toEqual(['k29', 'k28', 'k27']);
    });

    it.each(['', '   ', '*', '()', "'", '"', '\\', '-', '🌳', "') (or matchall", '+|-~^:{}[]'])(
      'takes %j for words alone, never for operators',
      async (text) => {
        await add(['a', person('ann', 'Anna')]);
        expect(await found(text)).toEqual([]);
      },
    );

    it.each(["ann' (or", 'ann*', '-ann', '"ann"', 'ann)', "(or 'ann'", 'nick:ann', 'ann~2', 'ann OR bob'])(
      'finds nothing more through the operators in %j than through its words',
      async (text) => {
        await add(
          ['a', person('ann', 'Anna')],
          ['b', person('bob', 'Bob')],
          ['c', person('carl', 'Or Nick')],
        );
        expect(['a', undefined]).toContain((await found(text))[0]);
        expect((await found(text)).length).toBeLessThan(2);
      },
    );

    it('sends nothing once it was told to stop', async () => {
      const aborted = AbortSignal.abort(new Error('too late'));
      await expect(index.write([record('a', person('ann', 'A'))], aborted)).rejects.toThrow('too late');
      expect(await index.get(['a'])).toEqual([undefined]);
    });
  });
};
