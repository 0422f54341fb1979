import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RejectError } from '../../services/core/index.ts';
import type { ClaimStore } from '../../services/stream/claim-store.ts';

export interface ClaimStoreWorld {
  readonly claims: ClaimStore;
  /** As time does. */
  expire(reference: string): Promise<void>;
  close(): Promise<void>;
}

/** What every `ClaimStore` promises. */
export const describeClaimStore = (name: string, open: () => Promise<ClaimStoreWorld>): void => {
  describe(`${name} as a claim store`, () => {
    let world: ClaimStoreWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    it('gives back what was put, as it was', async () => {
      const { claims } = world;
      const body = '{"note":"naïve – ✓"}';
      expect(await claims.get(await claims.put('users/1.json', body))).toBe(body);
    });

    it('gives one name one reference, and each name its own', async () => {
      const { claims } = world;
      const first = await claims.put('users/1.json', 'one');
      const other = await claims.put('users/../1.json', 'other');
      expect(await claims.put('users/1.json', 'again')).toBe(first);
      expect([await claims.get(first), await claims.get(other)]).toEqual(['again', 'other']);
    });

    it('keeps names of any length and letters', async () => {
      const { claims } = world;
      const names = [`users/${'x'.repeat(3_000)}a`, `users/${'x'.repeat(3_000)}b`, 'users/a:1:ü {"id":1}'];
      const references: string[] = [];
      for (const one of names) references.push(await claims.put(one, one));
      for (const [n, reference] of references.entries()) expect(await claims.get(reference)).toBe(names[n]);
    });

    it('says when what it kept is gone', async () => {
      const { claims, expire } = world;
      const reference = await claims.put('users/1.json', 'one');
      await expire(reference);
      expect(await claims.get(reference)).toBeUndefined();
    });

    it('refuses references that it never gave', async () => {
      for (const reference of [
        's3://somebody-elses/claims/x',
        'http://169.254.169.254/',
        'file:///etc/passwd',
      ]) {
        await expect(world.claims.get(reference)).rejects.toBeInstanceOf(RejectError);
      }
    });
  });
};
