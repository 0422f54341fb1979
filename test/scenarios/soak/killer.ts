import type { ChildProcess } from 'node:child_process';
import { type Random, whole } from '../simulation/random.ts';

/** When a process is killed, counted in what its like have sent to the table since the soak began. */
interface Kill {
  readonly afterRecords: number;
  /** As a write of it arrives, once the table has one and it was not told, or some time later, whatever it does. */
  readonly when: 'arrived' | 'stored' | 'later';
  readonly laterMs: number;
}

/** The last kills leave something to copy. */
const KILLED_UP_TO = 0.9;
const LATEST_MS = 2_000;

export interface KillerOptions {
  readonly random: Random;
  readonly kills: number;
  /** Required. Records that the process and its heirs send at least. */
  readonly records: number;
}

/** Kills the process that copies, again and again, at moments that a seed draws. */
export class Killer {
  readonly #plan: Kill[];
  #victim: ChildProcess | undefined;
  #records = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ random, kills, records }: KillerOptions) {
    this.#plan = Array.from({ length: kills }, () => ({
      afterRecords: whole(random, Math.ceil(records * KILLED_UP_TO)),
      when: (['arrived', 'stored', 'later'] as const)[whole(random, 3)] ?? 'later',
      laterMs: whole(random, LATEST_MS),
    })).sort((a, b) => a.afterRecords - b.afterRecords);
  }

  /** Kills that have not happened. */
  get left(): number {
    return this.#plan.length;
  }

  /** From now on this one is meant. */
  aimAt(victim: ChildProcess): void {
    this.#victim = victim;
    if (this.#isDue('later')) this.#killLater();
  }

  /** Nobody is meant any more. */
  rest(): void {
    this.#victim = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  arrived(records: number): void {
    this.#records += records;
    if (this.#isDue('arrived')) this.#kill();
    else if (this.#isDue('later')) this.#killLater();
  }

  stored(): void {
    if (this.#isDue('stored')) this.#kill();
  }

  #isDue(when: Kill['when']): boolean {
    const [next] = this.#plan;
    return this.#victim !== undefined && next?.when === when && this.#records >= next.afterRecords;
  }

  #killLater(): void {
    this.#timer ??= setTimeout(() => this.#kill(), this.#plan[0]?.laterMs);
  }

  #kill(): void {
    const victim = this.#victim;
    this.rest();
    if (!victim?.kill('SIGKILL')) return;
    this.#plan.shift();
  }
}
