import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../services/core/index.ts';
import { GuardedSearchIndex } from '../../../services/search/guarded-search-index.ts';
import { GuardedWriter } from '../../../services/search/guarded-writer.ts';
import { MemoryIndex } from '../../../services/search/memory-index.ts';
import { MemoryVersionGuard } from '../../../services/store/memory-version-guard.ts';
import type { PutOutcome } from '../../../services/store/versioned-store.ts';
import { HeldIndex, type HeldUpload } from '../../support/held-index.ts';

type Name = { readonly name: string };
const RANKING = { exactField: 'name', weights: { name: 1 }, popularityField: 'fans' };
const record = (version: number, name: string | null = `v${version}`) => ({
  key: 'ann',
  version,
  state: name === null ? null : { name },
});

describe('writes of one key behind a guard', () => {
  let clock: VirtualClock;
  let index: MemoryIndex<Name>;
  let guard: MemoryVersionGuard;
  let held: HeldIndex<Name>;
  let writer: GuardedWriter<Name>;
  beforeEach(() => {
    clock = new VirtualClock();
    index = new MemoryIndex({ ranking: RANKING });
    guard = new MemoryVersionGuard();
    held = new HeldIndex(index);
    writer = writerOf(60_000);
  });

  const writerOf = (maxWaitMs: number) =>
    new GuardedWriter({ index: held, guard, clock, uploadTimeoutMs: 10_000, maxWaitMs });
  /** Starts a put, and answers how it stands once everything that can happen has happened. */
  const put = (...records: ReturnType<typeof record>[]) => {
    const put: { outcomes?: PutOutcome[]; error?: unknown } = {};
    writer.putIfNewer(records).then(
      (outcomes) => Object.assign(put, { outcomes }),
      (error: unknown) => Object.assign(put, { error }),
    );
    return put;
  };
  const settle = () => clock.advance(0);
  const upload = (n: number): HeldUpload<Name> => {
    const found = held.uploads[n];
    if (!found) throw new Error(`there is no upload ${n}, only ${held.uploads.length}`);
    return found;
  };
  const stored = async () => (await index.get(['ann']))[0];

  it('slow-upload-of-v1-is-not-overtaken-by-v2: v2 is sent only when v1 can no longer take effect', async () => {
    const first = put(record(1));
    await settle();
    const second = put(record(2));
    await clock.advance(10_999);
    expect(held.uploads).toHaveLength(1);
    expect(first.error).toMatchObject({ code: 'deadline', retryable: true });

    await upload(0).takeEffect();
    await clock.advance(1);
    await upload(1).takeEffect();
    upload(1).answer();
    await settle();
    expect(second.outcomes).toEqual(['written']);
    expect(await stored()).toEqual(record(2));
  });

  it('v2-follows-an-answered-v1: it waits one second, not until the deadline', async () => {
    put(record(1));
    await settle();
    upload(0).answer();
    put(record(2));
    await clock.advance(999);
    expect(held.uploads).toHaveLength(1);
    await clock.advance(1);
    expect(upload(1).records).toEqual([record(2)]);
  });

  it('v1-comes-after-v2: it is stale, and nothing is sent', async () => {
    put(record(2));
    await settle();
    upload(0).answer();
    const late = put(record(1));
    await settle();
    expect(late.outcomes).toEqual(['stale']);
    expect(held.uploads).toHaveLength(1);
  });

  it('acknowledgement-lost: the same version is sent again at once, and is written', async () => {
    const first = put(record(1));
    await settle();
    await upload(0).takeEffect();
    upload(0).fail(new Error('the connection broke'));
    await settle();
    expect(first.error).toEqual(new Error('the connection broke'));

    const again = put(record(1));
    await settle();
    upload(1).answer();
    await settle();
    expect(again.outcomes).toEqual(['written']);
  });

  it('acknowledgement-lost-then-v2: v2 waits for the lost upload as well as for the one that was answered', async () => {
    put(record(1));
    await settle();
    upload(0).fail(new Error('the connection broke'));
    await clock.advance(500);
    put(record(1));
    await settle();
    upload(1).answer();
    put(record(2));
    await clock.advance(10_499);
    expect(held.uploads).toHaveLength(2);
    await clock.advance(1);
    expect(upload(2).records).toEqual([record(2)]);
  });

  it('crash-between-claim-and-write: whoever has the record next writes it', async () => {
    await guard.claim([{ key: 'ann', version: 1, deleted: false }], {
      nowMs: clock.nowMs(),
      busyUntilMs: clock.nowMs() + 11_000,
    });
    const again = put(record(1));
    await settle();
    upload(0).answer();
    await settle();
    expect(again.outcomes).toEqual(['written']);
  });

  it('crash-between-claim-and-write-then-v2: v2 is written, and v1 is stale for ever', async () => {
    await guard.claim([{ key: 'ann', version: 1, deleted: false }], {
      nowMs: clock.nowMs(),
      busyUntilMs: clock.nowMs() + 11_000,
    });
    put(record(2));
    await clock.advance(11_000);
    upload(0).answer();
    const late = put(record(1));
    await settle();
    expect(late.outcomes).toEqual(['stale']);
  });

  it('crash-between-write-and-release: the key is free after the deadline and a second', async () => {
    const broken = Object.assign(new MemoryVersionGuard(), {
      release: () => Promise.reject(new Error('crashed')),
    });
    guard = broken;
    writer = writerOf(60_000);
    const first = put(record(1));
    await settle();
    upload(0).answer();
    await settle();
    expect(first.error).toEqual(new Error('crashed'));
    put(record(2));
    await clock.advance(10_999);
    expect(held.uploads).toHaveLength(1);
    await clock.advance(1);
    expect(held.uploads).toHaveLength(2);
  });

  it('delete-overtakes-create: a late create does not bring the document back', async () => {
    put(record(2, null));
    await settle();
    await upload(0).takeEffect();
    upload(0).answer();
    const late = put(record(1));
    await clock.advance(60_000);
    expect(late.outcomes).toEqual(['stale']);
    expect(await stored()).toBeUndefined();
  });

  it('two-writers-of-one-version: both send the same, and neither frees the key under the other', async () => {
    const first = put(record(1));
    await settle();
    const second = put(record(1));
    await settle();
    upload(1).answer();
    await clock.advance(1_000);
    put(record(2));
    await clock.advance(5_000);
    expect(held.uploads).toHaveLength(2);
    upload(0).answer();
    await clock.advance(5_000);
    expect([first.outcomes, second.outcomes]).toEqual([['written'], ['written']]);
    expect(upload(2).records).toEqual([record(2)]);
  });

  it('process-paused-between-claim-and-write: what wakes up after its deadline sends nothing', async () => {
    const pausing = Object.assign(new MemoryVersionGuard(), {});
    const claim = pausing.claim.bind(pausing);
    pausing.claim = async (claims, times) => {
      const answers = await claim(claims, times);
      await clock.sleep(30_000);
      return answers;
    };
    guard = pausing;
    writer = writerOf(60_000);
    const paused = put(record(1));
    await clock.advance(30_000);
    expect(paused.error).toMatchObject({ code: 'deadline', retryable: true });
    expect(held.uploads).toHaveLength(0);
  });

  it('upload-outlives-its-deadline: it is told to stop', async () => {
    put(record(1));
    await clock.advance(9_999);
    expect(upload(0).signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(upload(0).signal?.aborted).toBe(true);
  });

  it('key-stays-busy-for-longer-than-anybody-waits: the call fails, to be tried again', async () => {
    writer = writerOf(5_000);
    put(record(1));
    await settle();
    const second = put(record(2), { ...record(3), key: 'bob' });
    await settle();
    expect(second.error).toBeUndefined();
    expect(upload(1).records).toEqual([{ ...record(3), key: 'bob' }]);
    upload(1).answer();
    await clock.advance(4_999);
    expect(second.error).toBeUndefined();
    await clock.advance(1);
    expect(second.error).toMatchObject({ code: 'keys-busy', retryable: true });
  });

  it('v1-and-v2-in-one-call: v2 alone is sent', async () => {
    const both = put(record(1), record(2), record(1));
    await settle();
    upload(0).answer();
    await settle();
    expect(upload(0).records).toEqual([record(2)]);
    expect(both.outcomes).toEqual(['stale', 'written', 'stale']);
  });

  it('v2-is-refused: that is its outcome, and the same version may be sent again once it is mended', async () => {
    const refused = put(record(2));
    await settle();
    upload(0).refuse();
    await settle();
    expect(refused.outcomes).toMatchObject([{ code: 'rejected' }]);
    const mended = put(record(2, 'mended'));
    await settle();
    upload(1).answer();
    await settle();
    expect(mended.outcomes).toEqual(['written']);
  });

  it('get-after-a-delete: the tombstone comes from the guard, which outlives the document', async () => {
    const store = new GuardedSearchIndex({ index, guard, clock });
    await store.putIfNewer([record(2, null)]);
    expect(await store.get(['ann', 'nobody'])).toEqual([record(2, null), undefined]);
  });
});
