import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const COST = 2 ** 14;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const HASH_BYTES = 32;

/** Of no password: checked when there is no such user, so that both refusals take the same time. */
const NOBODYS_HASH = `scrypt:${COST}:${BLOCK_SIZE}:${PARALLELISM}:${'A'.repeat(22)}:${'A'.repeat(43)}`;

/** `scrypt:N:r:p:SALT:HASH`, the last two in base64url; the cost is about 40 ms of one core. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, { N: COST, r: BLOCK_SIZE, p: PARALLELISM });
  return [
    'scrypt',
    COST,
    BLOCK_SIZE,
    PARALLELISM,
    salt.toString('base64url'),
    hash.toString('base64url'),
  ].join(':');
};

/** Whether `password` is what `stored` was made from; without `stored` it takes as long and says no. */
export const verifyPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  const [, N, r, p, salt = '', hash = ''] = (stored ?? NOBODYS_HASH).split(':');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost);
  const expected = Buffer.from(hash, 'base64url');
  const same = expected.length === derived.length && timingSafeEqual(expected, derived);
  return same && stored !== undefined;
};

const derive = (password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
