import type { Db } from 'mongodb';
import { systemClock } from '../../services/core/index.ts';
import {
  type EventStream,
  MongoLease,
  MongoOutboxFeed,
  outboxOf,
  Relay,
  type RelayEvent,
  relaySettings,
} from '../../services/outbox/index.ts';
import { MemoryQuarantine } from '../../services/stream/memory-quarantine.ts';
import { eventually } from './eventually.ts';

export interface EngineRelay {
  readonly relay: Relay;
  readonly events: RelayEvent[];
  readonly quarantine: MemoryQuarantine;
  /** Resolves once the outbox has nothing left that nobody acknowledged. */
  done(withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** The shipped relay, on MongoDB's outbox and any stream, in this process. */
export const startEngineRelay = (options: { db: Db; stream: EventStream; holder?: string }): EngineRelay => {
  const { db, stream, holder = 'test' } = options;
  const events: RelayEvent[] = [];
  const quarantine = new MemoryQuarantine();
  const settings = relaySettings();
  const relay = new Relay({
    feed: new MongoOutboxFeed({ db, clock: systemClock }),
    lease: new MongoLease({ db, ttlMs: settings.leaseTtlMs }),
    stream,
    quarantine,
    clock: systemClock,
    random: Math.random,
    settings,
    holder,
    observe: (event) => events.push(event),
  });
  const stopping = new AbortController();
  const running = relay.run(stopping.signal);
  // Whoever stops it is told.
  running.catch(() => undefined);
  const done = (withinMs: number) =>
    eventually(async () => {
      const left = await outboxOf(db).countDocuments({ acknowledgedAt: null });
      if (left > 0) throw new Error(`${left} rows wait: ${JSON.stringify(relay.progress)}`);
    }, withinMs);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return { relay, events, quarantine, done, stop };
};
