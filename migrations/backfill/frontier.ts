import type { Position } from './source.ts';

/** One batch under way: what it counts for, once everything before it and itself was acknowledged. */
export interface Ticket<Counts> {
  readonly position: Position;
  counts?: Counts;
}

/**
 * How far a partition's work is acknowledged without a gap (law 7): batches begin in key order and may be
 * acknowledged in any order, but the frontier passes a batch only after all batches before it.
 */
export class Frontier<Counts> {
  readonly #underWay: Ticket<Counts>[] = [];

  /** A batch that ends at `position` is about to be written; call in key order. */
  begin(position: Position): Ticket<Counts> {
    const ticket: Ticket<Counts> = { position };
    this.#underWay.push(ticket);
    return ticket;
  }

  /** The sink took the batch. Answers the tickets that the frontier passed thereby, in key order. */
  acknowledge(ticket: Ticket<Counts>, counts: Counts): { position: Position; counts: Counts }[] {
    ticket.counts = counts;
    const passed: { position: Position; counts: Counts }[] = [];
    for (let next = this.#underWay[0]; next?.counts !== undefined; next = this.#underWay[0]) {
      passed.push({ position: next.position, counts: next.counts });
      this.#underWay.shift();
    }
    return passed;
  }
}
