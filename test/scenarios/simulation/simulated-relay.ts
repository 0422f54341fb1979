import { BanyanError, type VirtualClock } from '../../../services/core/index.ts';
import type { EventStream } from '../../../services/outbox/event-stream.ts';
import type { OutboxFeed, PendingRow } from '../../../services/outbox/outbox-feed.ts';
import { Relay } from '../../../services/outbox/relay.ts';
import type { RelayLease } from '../../../services/outbox/relay-lease.ts';
import { relaySettings } from '../../../services/outbox/relay-settings.ts';
import type { Quarantine } from '../../../services/stream/quarantine.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import { SimulatedProcess } from './simulated-process.ts';

export interface SimulatedRelayOptions {
  readonly name: string;
  /** The parts as they are; the relay's processes see them through their calls. */
  readonly feed: OutboxFeed;
  readonly lease: RelayLease;
  readonly stream: EventStream;
  readonly quarantine: Quarantine;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly failures: () => number;
  /** Told when a feed is followed from now, since there is no token: what was committed before is swept. */
  readonly onFollowedFromNow: () => void;
  /** What of a row is in the way of its neighbours; a mutant has its own idea. */
  readonly laneOf?: (row: PendingRow) => string;
}

const SETTINGS = relaySettings({
  maxRecordBytes: 2_000,
  maxJoinedBytes: 4_000,
  maxJoinedRows: 3,
  maxBatchRecords: 3,
  maxRequests: 2,
  maxBufferedRows: 12,
  backoff: { baseMs: 50, capMs: 1_000 },
  maxAcknowledged: 5,
  sweepEveryMs: 2_000,
  sweepAfterMs: 3_000,
  leaseTtlMs: 2_500,
  renewEveryMs: 700,
});

/** The shipped relay under a supervisor, which starts it again whenever its process has ended. */
export class SimulatedRelay {
  readonly #options: SimulatedRelayOptions;
  #process: SimulatedProcess | undefined;
  #relay: Relay | undefined;
  #stopping = new AbortController();
  #starts = 0;

  constructor(options: SimulatedRelayOptions) {
    this.#options = options;
    this.#start();
  }

  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /** Whether it holds anything that it may still publish. */
  get isBusy(): boolean {
    const progress = this.#relay?.progress;
    return progress !== undefined && (progress.bufferedRows > 0 || progress.requests > 0);
  }

  /** As by SIGTERM. */
  stop(): void {
    this.#stopping.abort();
  }

  #start(): void {
    const { name, clock, random, history, failures, ...parts } = this.#options;
    this.#starts += 1;
    const holder = `${name}.${this.#starts}`;
    const process = new SimulatedProcess({ name: holder, clock, random, failures });
    const relay = new Relay({
      holder,
      feed: feedAs(process, parts.feed, history, parts),
      lease: leaseAs(process, parts.lease, name, history),
      stream: streamAs(process, parts.stream, parts.laneOf !== undefined),
      quarantine: quarantineAs(process, parts.quarantine, history),
      clock: process,
      random,
      settings: SETTINGS,
      observe: (event) => {
        if (event.type === 'swept') history.outOfTurn(event.row.id);
        else if (event.type === 'leading' || event.type === 'interrupted')
          history.note(`${holder} ${event.type}`);
      },
    });
    this.#process = process;
    this.#relay = relay;
    this.#stopping = new AbortController();
    process.onDeath(() => this.#startLater(`${holder} died`));
    relay.run(this.#stopping.signal).then(
      () => this.#startLater(`${holder} stopped`),
      (thrown: unknown) => {
        history.violate(`${holder} gave up: ${String(thrown)}`);
        this.#startLater(`${holder} gave up`);
      },
    );
  }

  #startLater(why: string): void {
    this.#options.history.note(why);
    this.#process = undefined;
    this.#relay = undefined;
    void this.#options.clock.sleep(200 + this.#options.random() * 1_500).then(() => this.#start());
  }
}

const feedAs = (
  process: SimulatedProcess,
  feed: OutboxFeed,
  history: History,
  { laneOf, onFollowedFromNow }: Pick<SimulatedRelayOptions, 'laneOf' | 'onFollowedFromNow'>,
): OutboxFeed => {
  const laned = (row: PendingRow): PendingRow => (laneOf ? { ...row, key: laneOf(row) } : row);
  return {
    async *follow(after, signal) {
      const items = feed.follow(after, signal)[Symbol.asyncIterator]();
      let isNew = true;
      try {
        for (;;) {
          const { done, value: item } = await process.call(() => {
            if (isNew && after === null) onFollowedFromNow();
            isNew = false;
            return items.next();
          });
          if (done) return;
          yield item.row ? { ...item, row: laned(item.row) } : item;
        }
      } finally {
        await items.return?.();
      }
    },
    async *pending(query) {
      for await (const row of feed.pending(query)) yield laned(await process.call(() => row));
    },
    acknowledge: (ids) =>
      process.call(() => {
        history.acknowledged(ids);
        return feed.acknowledge(ids);
      }),
    backlog: () => process.call(() => feed.backlog()),
  };
};

const leaseAs = (
  process: SimulatedProcess,
  lease: RelayLease,
  name: string,
  history: History,
): RelayLease => {
  // All relays of a name's first word share a lease.
  const [kind = name] = name.split('-');
  return {
    acquire: (holder) => process.call(() => lease.acquire(holder)),
    renew: (grant, token) =>
      process.call(async () => {
        await lease.renew(grant, token);
        if (token !== null) history.saved(kind, Number(token));
      }),
    release: (grant, token) =>
      process.call(async () => {
        await lease.release(grant, token);
        if (token !== null) history.saved(kind, Number(token));
      }),
  };
};

const streamAs = (process: SimulatedProcess, stream: EventStream, isLaned: boolean): EventStream => ({
  send: (name, entries) =>
    process.call(() =>
      stream.send(
        name,
        isLaned ? entries.map((entry) => ({ ...entry, key: entry.key.split('/')[0] ?? '' })) : entries,
      ),
    ),
});

const quarantineAs = (process: SimulatedProcess, quarantine: Quarantine, history: History): Quarantine => ({
  put: (entry) =>
    process.call(async () => {
      await quarantine.put(entry);
      history.quarantined((JSON.parse(entry.body) as { id: string }).id);
    }),
  list: () => {
    throw new BanyanError('not-asked', 'a relay reads no quarantine');
  },
  remove: (entry) => quarantine.remove(entry),
});
