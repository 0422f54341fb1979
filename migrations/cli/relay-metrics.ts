import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Relay, RelayEvent } from '../../services/outbox/index.ts';

/** A relay's metrics for Prometheus. */
export class RelayMetrics {
  readonly registry = new Registry();
  readonly #published = this.#counter('published_rows', 'Rows that the streams have');
  readonly #acknowledged = this.#counter('acknowledged_rows', 'Rows marked as published');
  readonly #quarantined = this.#counter('quarantined_rows', 'Rows that no stream takes');
  readonly #swept = this.#counter('swept_rows', 'Rows that the change stream missed');
  readonly #failed = this.#counter('failed_records', 'Records that were not taken, per attempt');
  readonly #leading = this.#gauge('leading', '1 while this relay leads');
  readonly #buffered = this.#gauge('buffered_rows', 'Rows read and not acknowledged');
  readonly #rows = this.#gauge('lag_rows', 'Rows that nobody acknowledged');
  readonly #seconds = this.#gauge('lag_seconds', 'Since when the oldest of them waits');
  readonly #publishLag = new Histogram({
    name: 'banyan_relay_publish_lag_seconds',
    help: 'From the creation of a row until a stream has it',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30, 120, 600, 3600],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  count(event: RelayEvent): void {
    if (event.type === 'published') {
      this.#published.inc(event.rows.length);
      for (const row of event.rows)
        this.#publishLag.observe(Math.max(0, event.atMs - row.createdAtMs) / 1000);
    } else if (event.type === 'acknowledged') this.#acknowledged.inc(event.rows);
    else if (event.type === 'quarantined') this.#quarantined.inc();
    else if (event.type === 'swept') this.#swept.inc();
    else if (event.type === 'send-failed') this.#failed.inc(event.records);
  }

  /** The exposition text, with what is true of `relay` at this moment. */
  async text(relay: Relay): Promise<string> {
    const { state, bufferedRows } = relay.progress;
    this.#leading.set(state === 'leading' ? 1 : 0);
    this.#buffered.set(bufferedRows);
    // While MongoDB does not answer, the lag is not a number, and the other figures still are.
    const lag = await relay.lag().catch(() => ({ rows: Number.NaN, seconds: Number.NaN }));
    this.#rows.set(lag.rows);
    this.#seconds.set(lag.seconds);
    return this.registry.metrics();
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name: `banyan_relay_${name}_total`, help, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `banyan_relay_${name}`, help, registers: [this.registry] });
  }
}
