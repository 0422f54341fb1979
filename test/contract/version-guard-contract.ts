import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim, ClaimOutcome, HeldClaim, VersionGuard } from '../../services/store/version-guard.ts';

const NOW = 1_700_000_000_000;
const later = (ms: number) => NOW + ms;
const claimOf = (key: string, version: number, deleted = false): Claim => ({ key, version, deleted });
const times = (busyForMs = 11_000, nowMs = NOW) => ({ nowMs, busyUntilMs: nowMs + busyForMs });

const heldOf = (outcome: ClaimOutcome | undefined): HeldClaim => {
  if (outcome?.outcome !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(outcome)}`);
  return outcome.held;
};

/** Law 1 for a sink without conditions: what every version guard keeps to. */
export const describeVersionGuard = (name: string, makeGuard: () => Promise<VersionGuard>): void => {
  describe(`${name} as a version guard`, () => {
    let guard: VersionGuard;
    beforeEach(async () => {
      guard = await makeGuard();
    });
    const claim = async (key: string, version: number, when = times()) =>
      (await guard.claim([claimOf(key, version)], when))[0];
    const write = async (key: string, version: number, when = times(), acknowledged = true) => {
      const held = heldOf(await claim(key, version, when));
      await guard.release([{ held, acknowledged }], when.nowMs + 1_000);
    };

    it('grants the first claim of a key, version 0 included', async () => {
      expect(await claim('a', 0)).toMatchObject({ outcome: 'claimed' });
    });

    it('answers stale to a lower version', async () => {
      await claim('a', 5);
      expect(await claim('a', 4, times(11_000, later(60_000)))).toEqual({ outcome: 'stale' });
    });

    it('keeps a higher version waiting until the write under way can no longer take effect', async () => {
      await claim('a', 5);
      expect(await claim('a', 6, times(11_000, later(10_999)))).toEqual({
        outcome: 'busy',
        busyUntilMs: later(11_000),
      });
      expect(await claim('a', 6, times(11_000, later(11_000)))).toMatchObject({ outcome: 'claimed' });
    });

    it('frees a key a second after its write was answered', async () => {
      await write('a', 5);
      expect(await claim('a', 6, times(11_000, later(999)))).toEqual({
        outcome: 'busy',
        busyUntilMs: later(1_000),
      });
      expect(await claim('a', 6, times(11_000, later(1_000)))).toMatchObject({ outcome: 'claimed' });
    });

    it('lets an equal version be sent again while it is not known to be stored', async () => {
      await claim('a', 5);
      expect(await claim('a', 5)).toMatchObject({ outcome: 'claimed' });
    });

    it('lets a refused version be sent again', async () => {
      await write('a', 5, times(), false);
      expect(await claim('a', 5)).toMatchObject({ outcome: 'claimed' });
    });

    it('answers stale to an equal version that is stored', async () => {
      await write('a', 5);
      expect(await claim('a', 5)).toEqual({ outcome: 'stale' });
    });

    it('does not shorten the busy time below that of somebody else who sends the same version', async () => {
      await claim('a', 5, times(11_000, NOW));
      const second = heldOf(await claim('a', 5, times(11_000, later(10))));
      await guard.release([{ held: second, acknowledged: true }], later(1_010));
      expect(await claim('a', 6, times(11_000, later(2_000)))).toEqual({
        outcome: 'busy',
        busyUntilMs: later(11_000),
      });
    });

    it('ignores the release of a claim that somebody took over', async () => {
      const first = heldOf(await claim('a', 5));
      await claim('a', 5, times(11_000, later(10)));
      await guard.release([{ held: first, acknowledged: true }], later(1_000));
      expect(await guard.read(['a'])).toMatchObject([{ acknowledged: false, busyUntilMs: later(11_010) }]);
    });

    it('ignores a late release of a version that was replaced', async () => {
      const first = heldOf(await claim('a', 5));
      await claim('a', 6, times(11_000, later(11_000)));
      await guard.release([{ held: first, acknowledged: true }], later(12_000));
      expect(await guard.read(['a'])).toMatchObject([{ version: 6, busyUntilMs: later(22_000) }]);
    });

    it('never keeps a key busy for less than an earlier claim of the same version did', async () => {
      await claim('a', 5, times(60_000));
      await claim('a', 5, times(1_000));
      expect(await claim('a', 6, times(1_000, later(59_999)))).toEqual({
        outcome: 'busy',
        busyUntilMs: later(60_000),
      });
    });

    it('remembers tombstones', async () => {
      await guard.claim([claimOf('a', 5, true)], times());
      expect(await guard.read(['a', 'unknown'])).toMatchObject([{ version: 5, deleted: true }, undefined]);
      expect(await claim('a', 4)).toEqual({ outcome: 'stale' });
    });

    it('grants a version to everybody, but different versions of a key to one', async () => {
      const claims = [1, 2, 3, 4, 5, 6, 7, 8].map((version) => claim('a', version));
      const granted = (await Promise.all(claims)).filter((answer) => answer?.outcome === 'claimed');
      expect(granted).toHaveLength(1);
    });

    it('decides hundreds of claims in one call, each by itself, in their order', async () => {
      const keys = Array.from({ length: 260 }, (_, n) => `key-${n}`);
      await guard.claim(
        keys.filter((_, n) => n % 3 === 0).map((key) => claimOf(key, 5)),
        times(),
      );
      const outcomes = await guard.claim(
        keys.map((key, n) => claimOf(key, n % 2 === 0 ? 4 : 6)),
        times(11_000, later(1)),
      );
      expect(outcomes.map((answer) => answer.outcome)).toEqual(
        keys.map((_, n) => (n % 3 !== 0 ? 'claimed' : n % 2 === 0 ? 'stale' : 'busy')),
      );
      const held = outcomes.flatMap((answer) => (answer.outcome === 'claimed' ? [answer.held] : []));
      await guard.release(
        held.map((one) => ({ held: one, acknowledged: true })),
        later(1_001),
      );
      const entries = await guard.read(keys);
      expect(entries.filter((entry) => entry?.acknowledged)).toHaveLength(held.length);
    });

    it('claims nothing for nobody', async () => {
      expect(await guard.claim([], times())).toEqual([]);
      await guard.release([], NOW);
      expect(await guard.read([])).toEqual([]);
    });
  });
};
