import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { userSearchDomainFields } from '../../../services/search/user-search-document.ts';
import { freshCloudSearch } from '../../support/cloudsearch.ts';
import { type HttpProxy, openHttpProxy } from '../../support/http-proxy.ts';
import { resultOf } from '../../support/run-banyan.ts';
import {
  COPY_WITHIN_MS,
  makeUsersCopy,
  type UsersCopy,
  userDocument,
  userId,
} from '../../support/users-copy.ts';

const USERS = 600;
/** What XML does not allow, CloudSearch does not take: not the document, and not the batch that it is in. */
const REFUSED = [3, 300, 301];
const NOT_XML = 'bell\u0007';

/** A domain that tells of every batch before whoever sent it hears of it. */
const openObservedDomain = async (behind: string) => {
  const batches: { readonly documents: number; readonly isTaken: boolean }[] = [];
  let onBatch: (isTaken: boolean) => void = () => {};
  const proxy: HttpProxy = await openHttpProxy(behind, async (call) => {
    const answer = await call.forward();
    if (!call.url.includes('/documents/batch')) return answer;
    const isTaken = answer.status === 200;
    batches.push({ documents: (JSON.parse(call.body) as unknown[]).length, isTaken });
    onBatch(isTaken);
    return answer;
  });
  return {
    ...proxy,
    batches,
    whenAnswering: (tell: (isTaken: boolean) => void) => {
      onBatch = tell;
    },
  };
};

describe('a batch of CloudSearch that is refused whole for a document in it', () => {
  let search: Awaited<ReturnType<typeof freshCloudSearch>>;
  let domain: Awaited<ReturnType<typeof openObservedDomain>>;
  let users: UsersCopy;
  beforeAll(async () => {
    search = await freshCloudSearch(userSearchDomainFields);
    domain = await openObservedDomain(search.endpoint);
    users = await makeUsersCopy({ search: { ...search, endpoint: domain.endpoint } });
    await users.insert(
      Array.from({ length: USERS }, (_, n) =>
        REFUSED.includes(n) ? userDocument(n, NOT_XML) : userDocument(n),
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await users.close();
    await domain.close();
  });

  const banyan = (...args: string[]) => users.banyan(args);

  it(
    'is split until only that document is left, also by whoever follows one that was killed amid the halves',
    async () => {
      const copying = users.start(['backfill', 'run', 'users-to-search']);
      let refused = 0;
      domain.whenAnswering((isTaken) => {
        if (!isTaken) refused += 1;
        // A half was taken, and nobody hears of it.
        else if (refused > 0) copying.child.kill('SIGKILL');
      });
      expect(await copying.ended).toMatchObject({ signal: 'SIGKILL' });
      domain.whenAnswering(() => {});
      const resumed = await banyan('backfill', 'resume', 'users-to-search');
      expect(resumed).toMatchObject({ code: 4, stderr: expect.stringContaining('retry-rejects') });
      expect(resultOf(resumed)).toMatchObject({ read: USERS, rejected: REFUSED.length });
      const alone = domain.batches.filter(({ documents, isTaken }) => documents === 1 && !isTaken);
      expect(alone.length).toBeGreaterThanOrEqual(REFUSED.length);
      expect(domain.batches.some(({ documents, isTaken }) => documents > 1 && !isTaken)).toBe(true);
    },
    COPY_WITHIN_MS,
  );

  it(
    'leaves both sides equal but for those, which are in quarantine, each for itself',
    async () => {
      const verified = await banyan('verify', 'users-to-search', '--settle-ms', '500', '--show-values');
      expect(verified.code).toBe(4);
      expect(resultOf(verified)).toMatchObject({
        ...{ verdict: 'rejects', compared: USERS, mismatches: 0, rejected: REFUSED.length },
        firstRejected: expect.arrayContaining(
          REFUSED.map((n) => ({
            ...{ key: userId(n), id: expect.any(String) },
            reason: expect.stringContaining('not valid in XML'),
          })),
        ),
      });
    },
    COPY_WITHIN_MS,
  );

  it(
    'leaves both sides equal once they were mended and retried',
    async () => {
      for (const n of REFUSED) await users.rename(userId(n), `mended${n}`, 5_000 + n);
      expect((await banyan('backfill', 'retry-rejects', 'users-to-search')).code).toBe(0);
      const verified = await banyan('verify', 'users-to-search', '--checksum', '--settle-ms', '500');
      expect(verified.code).toBe(0);
      expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS, scanned: USERS });
    },
    COPY_WITHIN_MS,
  );
});
