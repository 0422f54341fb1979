import { beforeEach, describe, expect, it } from '@jest/globals';
import type { VersionedRecord } from '../../services/core/index.ts';
import type { Searches, SearchRanking } from '../../services/search/search-index.ts';

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

export const person = (nick: string, name: string, fans = 0): Person => ({
  nick,
  name,
  fans,
  tags: ['x', 'y'],
});

/** An empty index, and what makes it hold records so that searches see them. */
export interface SearchableIndex {
  readonly index: Searches<Person>;
  fill(records: readonly VersionedRecord<Person>[]): Promise<void>;
}

/** What people who search are promised, whatever keeps the index. */
export const describeSearches = (name: string, makeIndex: () => Promise<SearchableIndex>): void => {
  describe(`searches of ${name}`, () => {
    let searchable: SearchableIndex;
    beforeEach(async () => {
      searchable = await makeIndex();
    });
    const found = async (text: string, limit = 10) =>
      (await searchable.index.search({ text, limit })).map((hit) => hit.key);
    const fill = (records: readonly VersionedRecord<Person>[]) => searchable.fill(records);
    const record = (key: string, state: Person | null, version = 1) => ({ key, version, state });
    const add = (...people: [key: string, state: Person][]) =>
      fill(people.map(([key, state]) => record(key, state)));

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
      await fill(Array.from({ length: 30 }, (_, n) => record(`k${n}`, person(`u${n}`, 'Maria', n * 100))));
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

    it('forgets the words that a newer state no longer has', async () => {
      await fill([record('a', person('ann', 'Old Name'), 1)]);
      await fill([record('a', person('anna', 'New'), 2)]);
      expect(await found('old')).toEqual([]);
      expect(await found('new')).toEqual(['a']);
    });

    it('finds nothing of what was deleted', async () => {
      await add(['a', person('ann', 'Anna')], ['b', person('anna', 'Ann')]);
      await fill([record('a', null, 2)]);
      expect(await found('ann')).toEqual(['b']);
    });

    it('counts a negative popularity as none', async () => {
      await add(
        ['below', person('maria1', 'x', -5)],
        ['none', person('maria2', 'x', 0)],
        ['one', person('maria3', 'x', 1)],
      );
      expect(await found('maria')).toEqual(['one', 'below', 'none']);
    });
  });
};
