import type { ResumeToken } from '../outbox-feed.ts';
import type { ChangeItem, PlacedChange } from './change-feed.ts';
import { type ClusterTime, compareClusterTimes } from './cluster-time.ts';

/** What one commit changed: a transaction's last change of each slot, or a single write, or nothing. */
export interface Commit<C extends PlacedChange> {
  readonly changes: readonly C[];
  /** Where to go on once this commit is dealt with; never inside a transaction. */
  readonly token: ResumeToken;
  readonly clusterTime: ClusterTime | undefined;
}

export interface CommitGroupsOptions<C extends PlacedChange> {
  /** Where the feed was begun. */
  readonly token: ResumeToken;
  /** Changes of one transaction in the same slot become one. */
  slotOf(change: C): string;
  /** Optional: defaults to the later one. */
  merge?(earlier: C, later: C): C;
}

/**
 * Puts the mates of a transaction together (law 2): they share a cluster time, so a transaction is complete
 * once the feed has passed that time. Holds what is open and nothing else.
 */
export class CommitGroups<C extends PlacedChange> {
  readonly #options: CommitGroupsOptions<C>;
  /** By transaction; more than one on a sharded cluster, at the same time. */
  readonly #open = new Map<string, Map<string, C>>();
  #openAt: ClusterTime | undefined;
  #safe: ResumeToken;
  #last: ResumeToken;

  constructor(options: CommitGroupsOptions<C>) {
    this.#options = options;
    this.#safe = options.token;
    this.#last = options.token;
  }

  /** Whether a transaction waits for the feed to move on. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Where to go on once everything that was given is dealt with; never inside a transaction. */
  get token(): ResumeToken {
    return this.#safe;
  }

  /** Takes the feed's next item, and answers the commits that are complete by it, in their order. */
  add({ change, token, clusterTime }: ChangeItem<C>): Commit<C>[] {
    const complete = this.#closeBefore(clusterTime);
    this.#last = token;
    if (change?.transaction !== undefined) {
      this.#join(change.transaction, change);
      return complete;
    }
    if (!this.isOpen) this.#safe = token;
    if (change || !this.isOpen) {
      complete.push({ changes: change ? [change] : [], token: this.#safe, clusterTime });
    }
    return complete;
  }

  #join(transaction: string, change: C): void {
    const { slotOf, merge } = this.#options;
    this.#openAt = change.clusterTime;
    const slots = this.#open.get(transaction) ?? new Map<string, C>();
    this.#open.set(transaction, slots);
    const slot = slotOf(change);
    const earlier = slots.get(slot);
    // To the end: the order of the slots is that of their last changes.
    slots.delete(slot);
    slots.set(slot, earlier && merge ? merge(earlier, change) : change);
  }

  #closeBefore(clusterTime: ClusterTime | undefined): Commit<C>[] {
    const openAt = this.#openAt;
    if (!openAt || !clusterTime || compareClusterTimes(clusterTime, openAt) <= 0) return [];
    const groups = [...this.#open.values()];
    this.#open.clear();
    this.#openAt = undefined;
    const before = this.#safe;
    this.#safe = this.#last;
    return groups.map((slots, n) => ({
      changes: [...slots.values()],
      token: n === groups.length - 1 ? this.#last : before,
      clusterTime: openAt,
    }));
  }
}
