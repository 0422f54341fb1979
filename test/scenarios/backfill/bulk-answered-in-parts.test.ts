import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { OpenSearchIndex } from '../../../services/search/opensearch-index.ts';
import {
  toSearchDocument,
  type UserSearchDocument,
  userSearchRanking,
} from '../../../services/search/user-search-document.ts';
import { userSearchProperties } from '../../../services/search/user-search-properties.ts';
import { type HttpProxy, openHttpProxy, type ProxiedCall } from '../../support/http-proxy.ts';
import { NODE_WITHIN_MS, openSearchNode } from '../../support/opensearch.ts';
import { resultOf } from '../../support/run-banyan.ts';
import {
  COPY_WITHIN_MS,
  makeUsersCopy,
  type UsersCopy,
  userDocument,
  userId,
} from '../../support/users-copy.ts';

const USERS = 2_000;
/** Which of them the index has already in that version, and in an older one; and which it can never take. */
const isThere = (n: number) => n % 10 === 0;
const isOlder = (n: number) => n % 10 === 1;
const REFUSED = 777;
/** A word of the index has 32,766 bytes at most. */
const IMMENSE = 'n'.repeat(40_000);

interface Answer {
  readonly items: readonly { readonly index: { readonly status: number } }[];
}

const BUSY = {
  index: { status: 429, error: { type: 'rejected_execution_exception', reason: 'queue full' } },
};

/** A cluster whose write queue is full for every third item, the first time that it comes. */
const openBusyCluster = async (behind: string) => {
  const seen = new Set<string>();
  const statuses = new Map<number, number>();
  let onAnswer: (bulks: number) => void = () => {};
  let bulks = 0;
  const answerBulk = async (call: ProxiedCall) => {
    const lines = call.body.split('\n').filter((line) => line !== '');
    const items = lines.flatMap((line, n) => (n % 2 === 0 ? [`${line}\n${lines[n + 1]}\n`] : []));
    const taken = items.map((item, n) => n % 3 !== 0 || seen.size === seen.add(item).size);
    const rest = items.filter((_, n) => taken[n]);
    const none = { status: 200, text: '{"items":[]}' };
    const { status, text } = rest.length === 0 ? none : await call.forward(rest.join(''));
    if (status !== 200) return { status, text };
    const answered = [...(JSON.parse(text) as Answer).items];
    const all = taken.map((is) => (is ? answered.shift() : BUSY));
    for (const item of all) {
      const { status: one } = item?.index ?? { status: 0 };
      statuses.set(one, (statuses.get(one) ?? 0) + 1);
    }
    bulks += 1;
    onAnswer(bulks);
    return { status, text: JSON.stringify({ items: all }) };
  };
  const proxy: HttpProxy = await openHttpProxy(behind, (call) =>
    call.url.includes('/_bulk') ? answerBulk(call) : call.forward(),
  );
  return {
    ...proxy,
    answeredWith: (status: number) => statuses.get(status) ?? 0,
    /** `once`: called when a bulk took effect, and before its sender hears of it. */
    whenAnswering: (once: (bulks: number) => void) => {
      onAnswer = once;
    },
  };
};

describe('bulks of OpenSearch that are answered in parts: written, stale, too busy and refused', () => {
  let node: Awaited<ReturnType<typeof openSearchNode>>;
  let cluster: Awaited<ReturnType<typeof openBusyCluster>>;
  let users: UsersCopy;
  beforeAll(async () => {
    [node, users] = await Promise.all([openSearchNode(), makeUsersCopy()]);
    cluster = await openBusyCluster(node.endpoint);
    const documents = Array.from({ length: USERS }, (_, n) =>
      n === REFUSED ? userDocument(n, IMMENSE) : userDocument(n),
    );
    await users.insert(documents);
    await fillIndex();
  }, NODE_WITHIN_MS);
  afterAll(async () => {
    await users.close();
    await cluster.close();
    await node.stop();
  });

  /** What a stream brought before the copy. */
  const fillIndex = async () => {
    const index = new OpenSearchIndex<UserSearchDocument>({
      ...{ ...node, index: 'users-1', alias: 'users', clock: systemClock },
      ...{ properties: userSearchProperties, ranking: userSearchRanking },
    });
    const numbers = Array.from({ length: USERS }, (_, n) => n).filter((n) => isThere(n) || isOlder(n));
    const outcomes = await index.putIfNewer(
      numbers.map((n) => ({
        key: userId(n),
        version: isThere(n) ? 1_000 + n : 1,
        state: toSearchDocument(userDocument(n, isThere(n) ? undefined : 'as it was')),
      })),
    );
    expect(new Set(outcomes)).toEqual(new Set(['written']));
  };
  const banyan = (...args: string[]) => users.banyan(args, { OPENSEARCH_URL: cluster.endpoint });

  it(
    'lose nothing when the copy is killed before it hears of one: the next goes on, and 4 says what was refused',
    async () => {
      const copying = users.start(['backfill', 'run', 'users-to-search'], {
        OPENSEARCH_URL: cluster.endpoint,
      });
      cluster.whenAnswering((bulks) => {
        if (bulks === 7) copying.child.kill('SIGKILL');
      });
      expect(await copying.ended).toMatchObject({ signal: 'SIGKILL' });
      const resumed = await banyan('backfill', 'resume', 'users-to-search');
      expect(resumed).toMatchObject({ code: 4, stderr: expect.stringContaining('retry-rejects') });
      const { read, written, stale, rejected } = resultOf(resumed) as { [count: string]: number };
      expect({ read, rejected, settled: (written ?? 0) + (stale ?? 0) }).toEqual({
        read: USERS,
        rejected: 1,
        settled: USERS - 1,
      });
      // Those that were there, and what the killed copy had written without hearing of it.
      expect(stale).toBeGreaterThan(USERS / 10);
      expect(cluster.answeredWith(429)).toBeGreaterThan(USERS / 5);
      expect(cluster.answeredWith(409)).toBeGreaterThanOrEqual(USERS / 10);
      expect(cluster.answeredWith(400)).toBeGreaterThanOrEqual(1);
    },
    COPY_WITHIN_MS,
  );

  it(
    'leave both sides equal but for what the mapping refuses, which is in quarantine',
    async () => {
      const verified = await banyan('verify', 'users-to-search', '--settle-ms', '500', '--show-values');
      expect(verified.code).toBe(4);
      expect(resultOf(verified)).toMatchObject({
        ...{ verdict: 'rejects', compared: USERS, mismatches: 0, rejected: 1 },
        firstRejected: [{ key: userId(REFUSED), reason: expect.stringContaining('immense term') }],
      });
    },
    COPY_WITHIN_MS,
  );

  it(
    'leave both sides equal once that was mended and retried',
    async () => {
      await users.rename(userId(REFUSED), 'short', 5_000);
      expect((await banyan('backfill', 'retry-rejects', 'users-to-search')).code).toBe(0);
      const verified = await banyan('verify', 'users-to-search', '--checksum', '--settle-ms', '500');
      expect(verified.code).toBe(0);
      expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS, scanned: USERS });
    },
    COPY_WITHIN_MS,
  );
});
