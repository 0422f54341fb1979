/** The profile fields that the writers change. */
export interface WrittenProfile {
  readonly firstName: string;
  readonly lastName: string;
  readonly bio: string;
}

/** What must be true of a user, since its last write was acknowledged. */
export interface ExpectedUser {
  readonly id: string;
  /** The entity version of the last acknowledged write that told one. */
  readonly version: number;
  readonly deleted: boolean;
  /** The profile fields that an acknowledged write set; a seeded user's others are not known here. */
  readonly profile: Partial<WrittenProfile>;
}

/** Every acknowledged write of the demo, so that none can go missing unnoticed. */
export class Ledger {
  readonly users = new Map<string, ExpectedUser>();
  /** Yubl → its author. */
  readonly yubls = new Map<string, string>();
  readonly #follows = new Map<string, readonly [string, string]>();
  acknowledged = 0;

  written(id: string, version: number, profile: Partial<WrittenProfile>): void {
    const before = this.users.get(id);
    this.users.set(id, { id, version, deleted: false, profile: { ...before?.profile, ...profile } });
    this.acknowledged += 1;
  }

  deleted(id: string, version: number): void {
    this.users.set(id, { id, version, deleted: true, profile: {} });
    this.acknowledged += 1;
  }

  followed(follower: string, followee: string): void {
    this.#follows.set(`${follower} ${followee}`, [follower, followee]);
    this.acknowledged += 1;
  }

  posted(yubl: string, author: string): void {
    this.yubls.set(yubl, author);
    this.acknowledged += 1;
  }

  /** Acknowledged follows between users that were not deleted since. */
  follows(): (readonly [string, string])[] {
    return [...this.#follows.values()].filter((pair) => !pair.some((id) => this.users.get(id)?.deleted));
  }
}
