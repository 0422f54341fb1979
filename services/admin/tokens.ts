import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { UsageError } from '../core/index.ts';
import { type Person, ROLES, type Role } from './person.ts';

/** Makes a secret scanner recognise one that leaked. */
const PREFIX = 'banyan_';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const HASH = /^[0-9a-f]{64}$/;

/** A token of 256 random bits: nobody guesses it, so a plain hash of it may be stored. */
export const freshToken = (): string => `${PREFIX}${randomBytes(32).toString('base64url')}`;

/** What is stored of a token, `operator:ada:<SHA-256>`: enough to know it again, and of no use to a thief. */
export const tokenEntry = ({ role, name }: Person, token: string): string => {
  if (!NAME.test(name))
    throw new UsageError(`a name is of letters, digits and . _ @ -, at most 64; not "${name}"`);
  return `${role}:${name}:${hashOf(token).toString('hex')}`;
};

/** The tokens that are let in, by their hashes. */
export class Tokens {
  readonly #known: readonly { readonly hash: Buffer; readonly person: Person }[];

  /**
   * Reads entries that stand apart by white space or commas; what follows a # on a line is a remark.
   * @throws UsageError that says which entry is none, and repeats nothing of it.
   */
  constructor(text: string) {
    const entries = text
      .replaceAll(/#.*/g, '')
      .split(/[\s,]+/)
      .filter((entry) => entry !== '');
    this.#known = entries.map(entryOf);
  }

  get size(): number {
    return this.#known.length;
  }

  /** Whose token it is; takes as long whoever's it is, or nobody's. */
  personOf(token: string): Person | undefined {
    const hash = hashOf(token);
    let found: Person | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.hash, hash)) found = known.person;
    return found;
  }
}

const entryOf = (entry: string, index: number): { hash: Buffer; person: Person } => {
  const [role = '', name = '', hash = '', ...rest] = entry.split(':');
  if (!isRole(role) || !NAME.test(name) || !HASH.test(hash) || rest.length > 0)
    throw new UsageError(
      `admin token ${index + 1} is not ROLE:NAME:SHA-256: \`banyan admin token NAME --role operator\` makes one`,
    );
  return { hash: Buffer.from(hash, 'hex'), person: { role, name } };
};

const isRole = (role: string): role is Role => (ROLES as readonly string[]).includes(role);

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
