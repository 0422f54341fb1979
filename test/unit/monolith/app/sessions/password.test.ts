import { describe, expect, it } from '@jest/globals';
import { hashPassword, verifyPassword } from '../../../../../monolith/app/sessions/password.ts';
import { KNOWN_PASSWORD, KNOWN_PASSWORD_HASH } from '../../../../../monolith/seed/known-password.ts';

describe('passwords', () => {
  it('are verified by their hash, and only by theirs', async () => {
    const hash = await hashPassword('pässword 1');
    expect(hash).toMatch(/^scrypt:16384:8:1:[\w-]{22}:[\w-]{43}$/);
    expect(await verifyPassword('pässword 1', hash)).toBe(true);
    expect(await verifyPassword('pässword 2', hash)).toBe(false);
  });

  it('have a salt each', async () => {
    expect(await hashPassword('the same one')).not.toBe(await hashPassword('the same one'));
  });

  it('are the same however their letters were composed', async () => {
    const hash = await hashPassword('caf\u00e9 au lait');
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
  });

  it('are never right for nobody', async () => {
    expect(await verifyPassword('anything', undefined)).toBe(false);
    expect(await verifyPassword('', undefined)).toBe(false);
  });

  it('of seeded users are the known one', async () => {
    expect(await verifyPassword(KNOWN_PASSWORD, KNOWN_PASSWORD_HASH)).toBe(true);
  });
});
