import type { CheckpointStore } from '../../migrations/backfill/checkpoint-store.ts';
import type { Source } from '../../migrations/backfill/source.ts';
import type { Clock } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';

/** Where a copy is, between its calls to what is outside of it. */
export type Step =
  | 'the batch is read'
  | 'the batch is transformed'
  | 'the batch is written'
  | 'the write is acknowledged'
  | 'the checkpoint is sent'
  | 'the checkpoint is stored'
  | 'the end of a partition is sent'
  | 'the end of a partition is stored'
  | 'the end of the run is sent'
  | 'the end of the run is stored';

export interface CopyPorts {
  readonly source: Source;
  readonly store: VersionedStore;
  readonly checkpoints: CheckpointStore;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
}

/**
 * A process within this one, by its calls to what is outside of it: paused or killed, none of them ends, though what
 * is on its way arrives.
 */
export class MortalProcess {
  readonly #onStep: (step: Step) => Promise<void> | void;
  #here: Promise<unknown> = Promise.resolve();

  /** `onStep`: Optional. Called at every step, which waits for it. */
  constructor(onStep: (step: Step) => Promise<void> | void = () => {}) {
    this.#onStep = onStep;
  }

  kill(): void {
    this.#here = new Promise(() => {});
  }

  /** Until the answer is called, it does nothing, and knows nothing of it. */
  pause(): () => void {
    const paused = Promise.withResolvers<void>();
    this.#here = paused.promise;
    return paused.resolve;
  }

  /** The ports as this process sees them. */
  ports({ source, store, checkpoints, quarantine, clock }: CopyPorts): CopyPorts {
    const call = <T>(ask: () => Promise<T>, before?: Step, after?: Step) => this.#call(ask, before, after);
    return {
      clock: {
        nowMs: () => clock.nowMs(),
        sleep: (ms, signal) => call(() => clock.sleep(ms, signal)),
      },
      source: this.#source(source),
      store: {
        get: (keys) => call(() => store.get(keys)),
        scan: () => store.scan(),
        putIfNewer: (records) =>
          call(() => store.putIfNewer(records), 'the batch is transformed', 'the batch is written').then(
            async (outcomes) => {
              await this.#step('the write is acknowledged');
              return outcomes;
            },
          ),
      },
      checkpoints: {
        load: (plan) => call(() => checkpoints.load(plan)),
        partitions: (run) => call(() => checkpoints.partitions(run)),
        save: (run, revision) => {
          const steps: Step[] = run.ended
            ? ['the end of the run is sent', 'the end of the run is stored']
            : [];
          return call(() => checkpoints.save(run, revision), ...steps);
        },
        savePartition: (run, progress, revision) => {
          const steps: Step[] = progress.done
            ? ['the end of a partition is sent', 'the end of a partition is stored']
            : progress.position === null
              ? []
              : ['the checkpoint is sent', 'the checkpoint is stored'];
          return call(() => checkpoints.savePartition(run, progress, revision), ...steps);
        },
      },
      quarantine: {
        put: (entry) => call(() => quarantine.put(entry)),
        list: (origin) => quarantine.list(origin),
        remove: (entry) => call(() => quarantine.remove(entry)),
      },
    };
  }

  #source(source: Source): Source {
    const step = () => this.#step('the batch is read');
    const call = <T>(ask: () => Promise<T>) => this.#call(ask);
    return {
      partition: (count) => call(() => source.partition(count)),
      get: (keys) => call(() => source.get(keys)),
      now: () => call(() => source.now()),
      async *read(...args) {
        for await (const batch of source.read(...args)) {
          await step();
          yield batch;
        }
      },
    };
  }

  async #call<T>(ask: () => Promise<T>, before?: Step, after?: Step): Promise<T> {
    await this.#here;
    if (before) await this.#step(before);
    const answer = ask();
    // Whoever is killed meanwhile hears nothing of it.
    answer.catch(() => undefined);
    await Promise.allSettled([answer]);
    await this.#here;
    if (after) await this.#step(after);
    return answer;
  }

  async #step(step: Step): Promise<void> {
    await this.#onStep(step);
    await this.#here;
  }
}
