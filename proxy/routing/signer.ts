import { createHmac, timingSafeEqual } from 'node:crypto';

/** 128 bits in base64url. */
const MARK_CHARS = 22;

/** Signs what a client is given to carry, so that nobody else can have made it (HMAC-SHA-256, cut to 128 bits). */
export class Signer {
  readonly #secrets: readonly string[];

  /** The first secret signs; all are believed, so that one can follow another. Without any, nothing is. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  get canSign(): boolean {
    return this.#secrets.length > 0;
  }

  /** @throws Error without a secret. */
  sign(text: string): string {
    const [secret] = this.#secrets;
    if (secret === undefined) throw new Error('there is no secret to sign with');
    return markOf(secret, text);
  }

  verifies(text: string, mark: string): boolean {
    if (mark.length !== MARK_CHARS) return false;
    const given = Buffer.from(mark, 'latin1');
    return this.#secrets.some((secret) =>
      timingSafeEqual(given, Buffer.from(markOf(secret, text), 'latin1')),
    );
  }
}

const markOf = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url').slice(0, MARK_CHARS);
