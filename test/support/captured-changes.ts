import type { CapturedChange } from '../../services/outbox/capture/captured-change.ts';

/** A single update of the user `a`, as a capture sees it. */
export const capturedChange = (given: Partial<CapturedChange>): CapturedChange => {
  const key = given.key ?? 'a';
  return {
    key,
    id: key,
    before: { _id: key, username: 'before' },
    after: { _id: key, username: 'after' },
    atMs: 1_700_000_000_000,
    clusterTime: { t: 1_700_000_000, i: 1 },
    transaction: undefined,
    ...given,
  };
};
