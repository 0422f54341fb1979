import { Gauge, Registry } from 'prom-client';
import type { Progress } from '../backfill/progress.ts';

/** The progress of a run, for Prometheus: of everybody who works on it, as this process knows it. */
export class BackfillMetrics {
  readonly registry = new Registry();
  readonly #documents = this.#gauge('documents', 'Documents of the run by what became of them', ['outcome']);
  readonly #expected = this.#gauge('expected_documents', 'Documents that the run expects in all');
  readonly #rate = this.#gauge('documents_per_second', 'Over the last ten seconds');
  readonly #workers = this.#gauge('workers', 'Processes that work on the run');
  readonly #partitions = this.#gauge('partitions', 'Partitions of the run by their state', ['state']);
  readonly #throttled = this.#gauge('throttled', '1 while something slows the copy down', ['reason']);

  show(progress: Progress): void {
    this.#documents.set({ outcome: 'read' }, progress.done);
    for (const [outcome, count] of Object.entries(progress.counts)) this.#documents.set({ outcome }, count);
    this.#expected.set(progress.total);
    this.#rate.set(progress.perSecond);
    this.#workers.set(progress.workers ?? 1);
    for (const state of ['waiting', 'copying', 'done'] as const) {
      const partitions = progress.partitions?.filter((partition) => partition.state === state) ?? [];
      this.#partitions.set({ state }, partitions.length);
    }
    this.#throttled.reset();
    if (progress.throttle !== undefined) this.#throttled.set({ reason: kindOf(progress.throttle) }, 1);
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `banyan_backfill_${name}`, help, labelNames, registers: [this.registry] });
  }
}

/** Without moments and numbers, which would make a new series each second. */
const kindOf = (reason: string): string =>
  reason.replace(/ since \d.*$/, '').replaceAll(/\d[\d.,:TZ-]*/g, 'n');
