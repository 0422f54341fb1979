import { MongoClient } from 'mongodb';
import { systemClock } from '../../../services/core/index.ts';
import { MongoLease, MongoOutboxFeed, Relay, relaySettings } from '../../../services/outbox/index.ts';
import { KinesisEventStream } from '../../../services/outbox/kinesis-event-stream.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { serveParent } from '../child.ts';
import { type Contended, cpuMsSince } from './contended.ts';
import { monotonicMs } from './monotonic.ts';
import { kinesisClientOf, type PublishingInput } from './publishing-input.ts';

/** How much memory a relay took when it had acknowledged so many events. */
export interface MemoryAt {
  readonly events: number;
  readonly rssMib: number;
}

export interface RelayResult extends Contended {
  readonly memory: readonly MemoryAt[];
}

export interface RelayInput extends PublishingInput {
  readonly settings?: Parameters<typeof relaySettings>[0];
}

const MIB = 1024 * 1024;
const SAMPLE_EVERY_EVENTS = 1_000;

/** The shipped relay, as its command puts it together, until every event is acknowledged or the parent says stop. */
await serveParent<RelayInput, null, RelayResult>(async (input, parent) => {
  const client = await new MongoClient(input.mongoUri).connect();
  const db = client.db(input.database);
  const settings = relaySettings(input.settings);
  const done = new AbortController();
  const memory: MemoryAt[] = [];
  let acknowledged = 0;
  const relay = new Relay({
    feed: new MongoOutboxFeed({ db, clock: systemClock }),
    lease: new MongoLease({ db, ttlMs: settings.leaseTtlMs }),
    stream: new KinesisEventStream({
      client: kinesisClientOf(input.kinesis),
      names: { users: input.kinesis.streamName },
    }),
    quarantine: new MemoryQuarantine(),
    clock: systemClock,
    random: Math.random,
    settings,
    holder: 'bench',
    observe: (event) => {
      if ('error' in event) process.stderr.write(`relay: ${event.type} ${String(event.error)}\n`);
      if (event.type !== 'acknowledged') return;
      acknowledged += event.rows;
      if (acknowledged >= Math.min(memory.length * SAMPLE_EVERY_EVENTS, input.events)) {
        memory.push({ events: acknowledged, rssMib: process.memoryUsage.rss() / MIB });
      }
      if (acknowledged >= input.events) done.abort();
    },
  });
  await parent.ready(null);
  const startedCpu = process.cpuUsage();
  const startedAtMs = monotonicMs();
  let elapsedMs = Number.POSITIVE_INFINITY;
  done.signal.addEventListener('abort', () => {
    elapsedMs = monotonicMs() - startedAtMs;
  });
  await relay.run(AbortSignal.any([done.signal, parent.stop]));
  return { elapsedMs, cpuMs: cpuMsSince(startedCpu), memory };
});
