import { BanyanError, type Clock } from '../../../services/core/index.ts';
import type { Random } from './random.ts';

/** Where a process dies: at the n-th call from now, before or after the call has had its effect. */
export interface CrashPoint {
  readonly calls: number;
  readonly phase: 'before' | 'after';
}

export interface SimulatedProcessOptions {
  readonly name: string;
  /** Required. The world's. */
  readonly clock: Clock;
  readonly random: Random;
  /** How far this process's own clock is off. */
  readonly skewMs?: number;
  /** The part of its calls that fail before they had an effect, or after it, half of them each. */
  readonly failures?: () => number;
}

/**
 * A process as the world sees it: by its calls to what is outside of it, the clock included. Between two calls
 * nobody can tell whether it lives, so that a crash before or after a call is a crash at any await.
 */
export class SimulatedProcess implements Clock {
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #skewMs: number;
  readonly #failures: () => number;
  readonly #deaths: (() => void)[] = [];
  #crashPoint: CrashPoint | undefined;
  #pausedUntilMs = 0;
  #isDead = false;

  constructor(options: SimulatedProcessOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#skewMs = options.skewMs ?? 0;
    this.#failures = options.failures ?? (() => 0);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#skewMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#isDead) return never();
    try {
      await this.#clock.sleep(ms, signal);
    } finally {
      await this.#resume();
    }
  }

  /** Something outside is asked: it may take a while, the process may be paused, or die, before or after. */
  async call<T>(ask: () => T | Promise<T>): Promise<T> {
    await this.#pass('before');
    const fails = this.#random() < this.#failures();
    if (fails && this.#random() < 0.5) throw unanswered();
    let answer: T;
    try {
      answer = await ask();
    } finally {
      await this.#pass('after');
    }
    if (fails) throw unanswered();
    return answer;
  }

  /** Its calls end nowhere from now on; what is on its way arrives. */
  crash(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const tell of this.#deaths) tell();
  }

  crashAt(point: CrashPoint): void {
    this.#crashPoint = point;
  }

  /** Tells when it dies; at once when it has. */
  onDeath(tell: () => void): void {
    if (this.#isDead) tell();
    else this.#deaths.push(tell);
  }

  /** As by a garbage collection, or a laptop's lid: it goes on later, and knows nothing of it. */
  pause(ms: number): void {
    this.#pausedUntilMs = this.#clock.nowMs() + ms;
  }

  async #pass(phase: CrashPoint['phase']): Promise<void> {
    this.#count(phase);
    if (this.#isDead) return never();
    const latencyMs = this.#latencyMs();
    if (latencyMs > 0) await this.#clock.sleep(latencyMs);
    await this.#resume();
  }

  async #resume(): Promise<void> {
    while (!this.#isDead && this.#clock.nowMs() < this.#pausedUntilMs) {
      await this.#clock.sleep(this.#pausedUntilMs - this.#clock.nowMs());
    }
    if (this.#isDead) return never();
  }

  #count(phase: CrashPoint['phase']): void {
    const point = this.#crashPoint;
    if (point?.phase !== phase) return;
    this.#crashPoint = point.calls > 0 ? { ...point, calls: point.calls - 1 } : undefined;
    if (!this.#crashPoint) this.crash();
  }

  #latencyMs(): number {
    const luck = this.#random();
    if (luck < 0.7) return 0;
    return luck < 0.95 ? Math.ceil(this.#random() * 15) : Math.ceil(this.#random() * 600);
  }
}

const never = (): Promise<never> => new Promise(() => {});

const unanswered = (): Error => new BanyanError('unanswered', 'nobody answered', { retryable: true });
