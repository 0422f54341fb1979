import { BanyanError, messageOf, pause, type State } from '../../services/core/index.ts';
import { Allowance } from './allowance.ts';
import type { BackfillOptions, BackfillParts } from './backfill.ts';
import { endRun } from './change-run.ts';
import type { BackfillRun, Worker } from './checkpoint-store.ts';
import { copyBatch } from './copy-batch.ts';
import { copyPartition } from './copy-partition.ts';
import { type HeldPartition, PartitionLostError } from './held-partition.ts';
import { isTooMany, TooManyRejectsError } from './max-rejects.ts';
import { PartitionClaims } from './partition-claims.ts';
import { RecentRate } from './recent-rate.ts';
import type { Retry } from './retry.ts';
import { countsOf, type RunView, workersOf } from './run-view.ts';
import type { AdaptiveConcurrency } from './throttle/adaptive-concurrency.ts';
import { Gate } from './throttle/gate.ts';
import { OperatorThrottle } from './throttle/operator.ts';

/** How often partitions are saved and orders are read: a living worker's checkpoint is never two seconds old. */
const TICK_MS = 1_000;
/** How often a busy worker looks what the others do. */
const LOOK_EVERY_TICKS = 5;

/** One process at work on a run: `backfill` says what it promises. */
export class BackfillWorker<S extends State> {
  readonly #parts: BackfillParts<S>;
  readonly #options: BackfillOptions;
  readonly #claims: PartitionClaims;
  readonly #operator = new OperatorThrottle();
  readonly #gate: Gate;
  readonly #allowance: Allowance;
  readonly #rate: RecentRate;
  readonly #startedAtMs: number;
  readonly #stop = new AbortController();
  readonly #stopping: AbortSignal;
  readonly #lost = new Map<HeldPartition, AbortController>();
  readonly #ownRange: AdaptiveConcurrency['range'];
  #run: BackfillRun;
  #looking: Promise<void> | undefined;
  #ticks = 0;
  #failure: { readonly thrown: unknown; unsaved?: unknown } | undefined;

  constructor(parts: BackfillParts<S>, run: BackfillRun, options: BackfillOptions) {
    const { clock, concurrency, checkpoints } = parts;
    this.#parts = parts;
    this.#run = run;
    this.#options = options;
    this.#claims = new PartitionClaims({ checkpoints, run, clock, only: options.partition });
    this.#gate = new Gate({ throttles: [this.#operator, ...parts.throttles], concurrency, clock });
    this.#allowance = new Allowance(options.limit ?? Number.POSITIVE_INFINITY);
    this.#startedAtMs = clock.nowMs();
    this.#rate = new RecentRate(this.#startedAtMs);
    this.#stopping = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#ownRange = concurrency.range;
  }

  async work(): Promise<RunView> {
    const { retry } = this.#parts;
    await retry(() => this.#look(), this.#stopping);
    this.#obey(this.#run);
    await this.#refresh();
    const ended = new AbortController();
    const loops = [() => this.#tick(ended.signal), () => this.#refresh()].map((body) =>
      this.#eachTick(body, ended.signal),
    );
    const readers = Array.from({ length: this.#options.readers }, () => this.#copyPartitions());
    await Promise.all(readers.map((reader) => reader.catch((thrown) => this.#fail(thrown))));
    ended.abort();
    await Promise.all(loops);
    return this.#end();
  }

  /** Goes on while there is something to take, or somebody who may die before it is done. */
  async #copyPartitions(): Promise<void> {
    const { clock, retry } = this.#parts;
    while (!this.#stopping.aborted && !this.#allowance.isUsedUp) {
      const held = await retry(() => this.#claims.take(this.#self()), this.#stopping);
      if (held) await this.#copyPartition(held);
      else if (!this.#claims.othersAtWork) return;
      else {
        await pause(clock, TICK_MS, this.#stopping);
        if (!this.#stopping.aborted) await retry(() => this.#look(), this.#stopping);
      }
    }
  }

  async #copyPartition(held: HeldPartition): Promise<void> {
    const { clock, retry } = this.#parts;
    const lost = new AbortController();
    this.#lost.set(held, lost);
    const signal = AbortSignal.any([this.#stopping, lost.signal]);
    const copying = copyPartition(
      {
        ...this.#parts,
        ...this.#options,
        gate: this.#gate,
        allowance: this.#allowance,
        signal,
        nowMs: () => clock.nowMs(),
        copy: (batch) => copyBatch({ run: this.#run, ...this.#parts, retry: this.#retryBusy }, batch, signal),
        onAdvance: (position, counts) => {
          held.advance(position, counts);
          this.#rate.note(counts.read, clock.nowMs());
          this.#judgeRejects();
        },
        onRead: (tookMs) => this.#options.onRead?.(tookMs),
      },
      held.progress,
    );
    // Once told to stop, what fails is only not acknowledged: it is done again by whoever goes on.
    const done = await copying.catch((thrown) => {
      if (!signal.aborted) this.#fail(thrown);
      return false;
    });
    if (!lost.signal.aborted) {
      await retry(() => held.release({ done })).catch((thrown) => this.#unsaved(thrown));
    }
    this.#lost.delete(held);
    this.#claims.drop(held);
  }

  /** A sink that fails for a while is one that is asked for too much. */
  readonly #retryBusy: Retry = (work, signal) =>
    this.#parts.retry(async () => {
      try {
        return await work();
      } catch (thrown) {
        this.#parts.concurrency.busy();
        throw thrown;
      }
    }, signal);

  async #eachTick(body: () => Promise<void>, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await pause(this.#parts.clock, TICK_MS, ended);
      if (ended.aborted) return;
      await body().catch((thrown) => {
        if (!ended.aborted) this.#fail(thrown);
      });
    }
  }

  async #tick(ended: AbortSignal): Promise<void> {
    const { retry } = this.#parts;
    this.#ticks += 1;
    const self = this.#self();
    await Promise.all([
      retry(() => this.#readOrders(), ended),
      this.#ticks % LOOK_EVERY_TICKS === 0 && retry(() => this.#look(), ended),
      ...this.#claims.held.map((held) =>
        retry(() => held.save(self), ended).catch((thrown) => this.#lose(held, thrown)),
      ),
    ]);
    this.#options.onTick(this.#view());
  }

  async #readOrders(): Promise<void> {
    const { plan, id } = this.#run;
    const found = (await this.#parts.checkpoints.load(plan))?.value;
    if (found?.id !== id) {
      throw new BanyanError(
        'run-replaced',
        `the backfill of ${plan} was begun anew elsewhere: this worker stops`,
      );
    }
    this.#obey(found);
  }

  #obey(run: BackfillRun): void {
    this.#run = run;
    const others = workersOf({ partitions: this.#claims.progress }).filter(
      ({ name }) => name !== this.#options.worker,
    );
    this.#operator.obey(run.orders, others.length + 1);
    this.#parts.concurrency.setRange(run.orders.concurrency ?? this.#ownRange);
    if (run.ended?.as === 'cancelled') this.#stop.abort(new Error('cancelled'));
  }

  async #refresh(): Promise<void> {
    await Promise.all(this.#parts.throttles.map((throttle) => throttle.refresh?.()));
  }

  /** However many ask at once, one look. */
  #look(): Promise<void> {
    this.#looking ??= this.#claims.look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  #lose(held: HeldPartition, thrown: unknown): void {
    if (!(thrown instanceof PartitionLostError)) throw thrown;
    this.#lost.get(held)?.abort(thrown);
  }

  #judgeRejects(): void {
    const { maxRejects } = this.#options;
    const counts = maxRejects && countsOf({ partitions: this.#claims.progress });
    if (counts && isTooMany(counts, maxRejects)) this.#fail(new TooManyRejectsError(counts, maxRejects));
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#stop.abort(thrown);
  }

  #unsaved(thrown: unknown): void {
    if (thrown instanceof PartitionLostError) return;
    if (this.#failure) this.#failure.unsaved ??= thrown;
    else this.#fail(thrown);
  }

  async #end(): Promise<RunView> {
    if (this.#failure) throw failureOf(this.#failure);
    const { retry, checkpoints, clock } = this.#parts;
    await retry(() => this.#look());
    if (this.#claims.progress.every(({ done }) => done)) {
      this.#run = await retry(() =>
        endRun({ checkpoints, run: this.#run, as: 'copied', atMs: clock.nowMs() }),
      );
    }
    this.#options.onTick(this.#view());
    return this.#view();
  }

  #view(): RunView {
    return { run: this.#run, partitions: this.#claims.progress };
  }

  #self(): Worker {
    const nowMs = this.#parts.clock.nowMs();
    const { throttle } = this.#gate;
    return {
      name: this.#options.worker,
      sinceMs: this.#startedAtMs,
      savedAtMs: nowMs,
      perSecond: this.#rate.perSecond(nowMs),
      ...(throttle === undefined ? {} : { throttle }),
    };
  }
}

const failureOf = ({ thrown, unsaved }: { thrown: unknown; unsaved?: unknown }): unknown =>
  unsaved === undefined
    ? thrown
    : new BanyanError(
        'backfill-failed',
        `${messageOf(thrown)}; and the last checkpoint was not saved: ${messageOf(unsaved)}`,
        { retryable: thrown instanceof BanyanError && thrown.retryable, cause: thrown },
      );
