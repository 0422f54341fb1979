import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Grant, LeaseLostError, type RelayLease } from '../../services/outbox/index.ts';
import { eventually } from '../support/eventually.ts';

/** What is set up for one test: leases of one outbox that last `ttlMs` without a renewal. */
export interface RelayLeaseWorld {
  open(ttlMs: number): RelayLease;
  close(): Promise<void>;
}

const LONG_MS = 60_000;
const SHORT_MS = 50;

/** What every lease keeps to that lets one relay lead. */
export const describeRelayLease = (name: string, open: () => Promise<RelayLeaseWorld>): void => {
  describe(`${name} as a relay lease`, () => {
    let world: RelayLeaseWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const acquired = async (lease: RelayLease, holder: string): Promise<Grant> => {
      const grant = await lease.acquire(holder);
      if (!grant) throw new Error(`${holder} does not lead`);
      return grant;
    };

    it('lets the first one lead, without a token yet', async () => {
      expect(await world.open(LONG_MS).acquire('a')).toEqual({ holder: 'a', epoch: 1, token: null });
    });

    it('lets nobody else lead meanwhile', async () => {
      const lease = world.open(LONG_MS);
      await lease.acquire('a');
      expect(await lease.acquire('b')).toBeUndefined();
      expect(await lease.acquire('a')).toBeUndefined();
    });

    it('lets one lead when many ask at once', async () => {
      const leases = Array.from({ length: 8 }, () => world.open(LONG_MS));
      const grants = await Promise.all(leases.map((lease, n) => lease.acquire(`r${n}`)));
      expect(grants.filter((grant) => grant !== undefined)).toHaveLength(1);
    });

    it('hands the token on to the next leader, whose epoch is higher', async () => {
      const lease = world.open(LONG_MS);
      const first = await acquired(lease, 'a');
      await lease.renew(first, 't1');
      await lease.renew(first, null);
      await lease.release(first, 't2');
      expect(await lease.acquire('b')).toEqual({ holder: 'b', epoch: first.epoch + 1, token: 't2' });
    });

    it('ends when it is not renewed, and another one leads', async () => {
      const lease = world.open(SHORT_MS);
      const first = await acquired(lease, 'a');
      const second = await eventually(() => acquired(lease, 'b'));
      expect(second.epoch).toBe(first.epoch + 1);
    });

    it('goes on while it is renewed', async () => {
      const lease = world.open(SHORT_MS);
      const grant = await acquired(lease, 'a');
      await world.open(LONG_MS).renew(grant, null);
      await new Promise((resolve) => setTimeout(resolve, SHORT_MS * 2));
      expect(await lease.acquire('b')).toBeUndefined();
    });

    it('refuses the token of a leader that was paused while another one took over', async () => {
      const lease = world.open(SHORT_MS);
      const paused = await acquired(lease, 'a');
      await lease.renew(paused, 'old');
      const next = await eventually(() => acquired(world.open(LONG_MS), 'b'));
      await lease.renew(next, 'new');
      await expect(lease.renew(paused, 'older still')).rejects.toBeInstanceOf(LeaseLostError);
      await expect(lease.release(paused, 'older still')).rejects.toBeInstanceOf(LeaseLostError);
      await lease.release(next, null);
      expect(await lease.acquire('c')).toMatchObject({ token: 'new' });
    });

    it('lets a leader that was late go on while nobody took over', async () => {
      const lease = world.open(SHORT_MS);
      const grant = await acquired(lease, 'a');
      await new Promise((resolve) => setTimeout(resolve, SHORT_MS * 2));
      await world.open(LONG_MS).renew(grant, 't1');
      expect(await lease.acquire('b')).toBeUndefined();
    });
  });
};
