import type { ResumeToken } from './outbox-feed.ts';

interface Outstanding {
  readonly id: string;
  /** Safe to store once this row, and everything before it, is acknowledged. */
  token: ResumeToken | null;
  before: Outstanding | undefined;
  after: Outstanding | undefined;
}

/**
 * The resume token up to which every row is acknowledged (law 7): rows may be acknowledged in any order, and
 * the token moves over the contiguous ones. Holds no more than the rows that are outstanding.
 */
export class TokenFrontier {
  readonly #outstanding = new Map<string, Outstanding>();
  #last: Outstanding | undefined;
  #token: ResumeToken | null;

  constructor(token: ResumeToken | null) {
    this.#token = token;
  }

  /** Where to resume without missing a row; `null` when nobody has stood anywhere yet. */
  get token(): ResumeToken | null {
    return this.#token;
  }

  /** Whether a row is on its way: opened or found, and not settled yet. */
  has(id: string): boolean {
    return this.#outstanding.has(id);
  }

  /** The feed gave a row. Answers whether it is new, and not on its way already. */
  opened(id: string, token: ResumeToken): boolean {
    const isNew = !this.#outstanding.has(id);
    if (isNew) this.#append(id, token);
    else this.passed(token);
    return isNew;
  }

  /** A row was found elsewhere than in the feed: the token does not move on before it is acknowledged. */
  found(id: string): void {
    if (!this.#outstanding.has(id)) this.#append(id, this.#last ? this.#last.token : this.#token);
  }

  /** The feed passed a place at which there is nothing to wait for. */
  passed(token: ResumeToken): void {
    if (this.#last) this.#last.token = token;
    else this.#token = token;
  }

  /** A row is acknowledged. */
  settled(id: string): void {
    const row = this.#outstanding.get(id);
    if (!row) return;
    this.#outstanding.delete(id);
    if (row.before) {
      row.before.after = row.after;
      row.before.token = row.token;
    } else {
      this.#token = row.token;
    }
    if (row.after) row.after.before = row.before;
    else this.#last = row.before;
  }

  #append(id: string, token: ResumeToken | null): void {
    const row: Outstanding = { id, token, before: this.#last, after: undefined };
    if (this.#last) this.#last.after = row;
    this.#last = row;
    this.#outstanding.set(id, row);
  }
}
