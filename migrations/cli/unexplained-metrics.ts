import { Counter, Gauge, Registry } from 'prom-client';
import type { WatchEvent } from '../../services/outbox/unexplained/index.ts';

/** What a watch for unexplained writes counts, for Prometheus. */
export class UnexplainedMetrics {
  readonly registry = new Registry();
  readonly #found: Counter<'collection' | 'operation' | 'reason'>;
  readonly #checked: Counter;
  readonly #healed: Counter;
  readonly #failed: Counter;
  readonly #saved: Gauge;

  constructor() {
    const registers = [this.registry];
    this.#found = new Counter({
      name: 'banyan_unexplained_writes_total',
      help: 'Writes that bypassed the outbox; after a restart some may be counted again',
      labelNames: ['collection', 'operation', 'reason'],
      registers,
    });
    this.#checked = counter('checked_writes', 'Writes that were looked at', registers);
    this.#healed = counter(
      'healed_writes',
      'Unexplained writes whose keys were published after all',
      registers,
    );
    this.#failed = counter(
      'failed_healings',
      'Unexplained writes that could not be healed, per attempt',
      registers,
    );
    this.#saved = new Gauge({
      name: 'banyan_unexplained_saved_timestamp_seconds',
      help: 'When the watch last saved its position; it is silent when this gets old',
      registers,
    });
  }

  count(event: WatchEvent): void {
    if (event.type === 'found') {
      for (const { collection, operation, reason } of event.writes) {
        this.#found.inc({ collection, operation, reason });
      }
    } else if (event.type === 'saved') {
      this.#checked.inc(event.checked);
      this.#saved.set(event.position.savedAtMs / 1000);
    }
  }

  countHealing({ healed, failed }: { healed: number; failed: readonly unknown[] }): void {
    this.#healed.inc(healed);
    this.#failed.inc(failed.length);
  }
}

const counter = (name: string, help: string, registers: Registry[]): Counter =>
  new Counter({ name: `banyan_unexplained_${name}_total`, help, registers });
