import type { VirtualClock } from '../../../services/core/index.ts';
import type { Schedule } from './schedule.ts';

/** What fails, and how often, until everything heals. */
export class Conditions {
  readonly #schedule: Schedule;
  readonly #clock: VirtualClock;
  #isHealed = false;
  #isMended = false;
  #mongoAwayUntilMs = 0;

  constructor(options: { schedule: Schedule; clock: VirtualClock }) {
    this.#schedule = options.schedule;
    this.#clock = options.clock;
  }

  /** Whether the consumers' transforms take poison. */
  get isMended(): boolean {
    return this.#isMended;
  }

  /** The part of calls that fail. */
  failures(): number {
    return this.#isHealed ? 0 : this.#schedule.failures;
  }

  mongoFailures(): number {
    return this.#clock.nowMs() < this.#mongoAwayUntilMs ? 1 : this.failures();
  }

  /** The part of invocations that die. */
  deadlyInvocations(): number {
    return this.#isHealed ? 0 : this.#schedule.deadlyInvocations;
  }

  takeMongoAway(ms: number): void {
    this.#mongoAwayUntilMs = this.#clock.nowMs() + ms;
  }

  heal(): void {
    this.#isHealed = true;
    this.#mongoAwayUntilMs = 0;
  }

  mendTransforms(): void {
    this.#isMended = true;
  }
}
