import { messageOf } from '../core/index.ts';
import type { RelayEvent } from './relay-event.ts';

/** What keeps a relay from its work at this moment. */
export interface Trouble {
  /** Of the newest failure. */
  readonly message: string;
  /** Since the first failure that no success followed. */
  readonly sinceMs: number;
}

type Work = 'lead' | 'publish' | 'acknowledge';

const SUCCESSES: { readonly [type: string]: Work } = { published: 'publish', acknowledged: 'acknowledge' };
const FAILURES: { readonly [type: string]: Work } = {
  'send-failed': 'publish',
  'acknowledge-failed': 'acknowledge',
  interrupted: 'lead',
};
/** A term begins, or ends: what was in its way is in nobody's way any more. */
const TURNS = new Set(['leading', 'standing-by', 'interrupted', 'stopped']);

/** Remembers of each kind of work what it failed by, until it succeeds. */
export class RelayTrouble {
  readonly #troubles = new Map<Work, Trouble>();

  note(event: RelayEvent, nowMs: number): void {
    const failed = FAILURES[event.type];
    const sinceMs = (failed && this.#troubles.get(failed)?.sinceMs) ?? nowMs;
    if (TURNS.has(event.type)) this.#troubles.clear();
    const succeeded = SUCCESSES[event.type];
    if (succeeded) this.#troubles.delete(succeeded);
    if (failed && 'error' in event) this.#troubles.set(failed, { message: messageOf(event.error), sinceMs });
  }

  /** The oldest. */
  get current(): Trouble | undefined {
    return [...this.#troubles.values()].sort((a, b) => a.sinceMs - b.sinceMs)[0];
  }
}
