import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpenSearchSearches } from '../../../services/search/opensearch-searches.ts';
import { type UserSearchDocument, userSearchRanking } from '../../../services/search/user-search-document.ts';
import { makeExample } from '../../support/example-world.ts';
import { NODE_WITHIN_MS, openSearchNode } from '../../support/opensearch.ts';
import { type Ended, resultOf, startBanyan } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../../banyan.config.ts');
const USERS = 1_300;

describe('the search plan, where the configuration names an OpenSearch', () => {
  let node: Awaited<ReturnType<typeof openSearchNode>>;
  let example: Awaited<ReturnType<typeof makeExample>>;
  beforeAll(async () => {
    [node, example] = await Promise.all([openSearchNode(), makeExample()]);
    await example.db.collection('users').insertMany(
      Array.from({ length: USERS }, (_, i) => ({
        username: `user${i}`,
        firstName: i === 7 ? 'Quentin' : `First ${i}`,
        lastName: `Last ${i}`,
        followerCount: i,
        createdAt: new Date(),
      })),
      { writeConcern: { w: 'majority' } },
    );
  }, NODE_WITHIN_MS);
  afterAll(() => Promise.all([node.stop(), example.close()]));

  const banyan = (args: readonly string[], more: { [name: string]: string } = {}): Promise<Ended> =>
    startBanyan({ config: CONFIG, args, env: { ...example.env, OPENSEARCH_URL: node.endpoint, ...more } })
      .ended;
  const found = async (text: string) => {
    const searches = new OpenSearchSearches<UserSearchDocument>({
      ...node,
      alias: 'users',
      ranking: userSearchRanking,
    });
    const hits = await searches.search({ text, limit: 10 });
    return hits.map(({ state }) => state.username);
  };

  it('cannot be compared before anything was copied, and says what is missing', async () => {
    const verified = await banyan(['verify', 'users-to-search']);
    expect(verified.code).toBe(2);
    expect(verified.stderr).toContain(`there is no index users-1 in OpenSearch at ${node.endpoint}`);
  }, 60_000);

  it('copies every user while the stream may run, and agrees in a full comparison', async () => {
    const copied = await banyan(['backfill', 'run', 'users-to-search']);
    expect(copied).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(copied)).toMatchObject({ read: USERS, written: USERS, stale: 0, rejected: 0 });
    const verified = await banyan(['verify', 'users-to-search']);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS, scanned: USERS });
    expect(await found('quent')).toEqual(['user7']);
  }, 60_000);

  it('finds in a comparison what the index has and the source has not', async () => {
    await example.db
      .collection('users')
      .deleteOne({ username: 'user8' }, { writeConcern: { w: 'majority' } });
    const verified = await banyan(['verify', 'users-to-search', '--settle-ms', '0']);
    expect(verified.code).toBe(5);
    expect(resultOf(verified)).toMatchObject({
      mismatches: 1,
      first: [{ differences: [{ kind: 'extra' }] }],
    });
  }, 60_000);

  it('fills a fresh index while people search the old one, publishes it when told to, and finds back', async () => {
    const fresh = 'users-to-search@users-2';
    await example.db
      .collection('users')
      .updateOne({ username: 'user7' }, { $set: { firstName: 'Ruth' } }, { writeConcern: { w: 'majority' } });
    expect((await banyan(['backfill', 'run', fresh])).code).toBe(0);
    expect((await banyan(['verify', fresh])).code).toBe(0);
    expect(await found('quent')).toEqual(['user7']);
    const early = await banyan(['sink', 'publish', fresh]);
    expect(early).toMatchObject({ code: 6, stderr: expect.stringContaining('nobody can tell') });
    expect(await found('quent')).toEqual(['user7']);
    const published = await banyan(['sink', 'publish', fresh, '--idle']);
    expect(published).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(published)).toMatchObject({ plan: fresh, published: true });
    expect([await found('quent'), await found('ruth')]).toEqual([[], ['user7']]);
    expect((await banyan(['sink', 'publish', 'users-to-search'])).code).toBe(0);
    expect([await found('quent'), await found('ruth')]).toEqual([['user7'], []]);
  }, 120_000);

  it('purges old tombstones alone', async () => {
    const purged = await banyan(['sink', 'purge', 'users-to-search']);
    expect(resultOf(purged)).toMatchObject({ plan: 'users-to-search', olderThanDays: 30, purged: 0 });
  }, 60_000);

  it('says of a sink that needs neither that there is nothing to do', async () => {
    const refused = await banyan(['sink', 'purge', 'users-to-profiles']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('nothing to purge');
    expect((await banyan(['sink', 'publish', 'users-to-profiles'])).stderr).toContain('nothing to publish');
  }, 60_000);

  it('says in a sentence that nothing answers, and ends with 3', async () => {
    const refused = await banyan(['verify', 'users-to-search'], {
      OPENSEARCH_URL: 'http://user:secret@127.0.0.1:1',
    });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('OpenSearch does not answer at http://127.0.0.1:1');
    expect(refused.stderr).not.toContain('secret');
  }, 60_000);
});
