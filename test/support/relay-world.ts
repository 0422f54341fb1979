import { VirtualClock } from '../../services/core/index.ts';
import {
  type EventStream,
  MemoryEventStream,
  MemoryLease,
  MemoryOutboxFeed,
  type PendingRow,
  Relay,
  type RelayEvent,
  type RelayParts,
  relaySettings,
} from '../../services/outbox/index.ts';
import { MemoryQuarantine } from '../../services/stream/memory-quarantine.ts';

type Given = Partial<Omit<RelayParts, 'settings'>> & { settings?: Parameters<typeof relaySettings>[0] };

/** A relay that runs, and the three ways in which it can end or be held up. */
export interface RunningRelay {
  readonly relay: Relay;
  readonly events: RelayEvent[];
  /** Resolves when `run` does. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
  /** From now on nothing that it does has an effect, and nothing it waits for happens: as after SIGKILL. */
  kill(): void;
}

/** An outbox, two streams and a lease in memory, under a clock that only moves when told to. */
export class RelayWorld {
  readonly clock = new VirtualClock();
  readonly feed = new MemoryOutboxFeed({ clock: this.clock });
  readonly lease = new MemoryLease({ clock: this.clock, ttlMs: 3_000 });
  readonly stream = new MemoryEventStream({ streams: ['users', 'yubls'] });
  readonly quarantine = new MemoryQuarantine();
  readonly #running: RunningRelay[] = [];
  #rows = 0;

  /** Commits one row per key; a row's event carries its number, which goes up. */
  commit(...keys: string[]): PendingRow[] {
    const rows = keys.map((key) => this.row(key));
    this.feed.commit(...rows);
    return rows;
  }

  row(key: string, given: Partial<PendingRow> = {}): PendingRow {
    this.#rows += 1;
    const event = JSON.stringify({ specversion: '1.0', id: String(this.#rows), key });
    return {
      id: `row-${this.#rows}`,
      stream: 'users',
      key,
      event,
      createdAtMs: this.clock.nowMs(),
      ...given,
    };
  }

  start(holder = 'a', given: Given = {}): RunningRelay {
    const { settings, ...parts } = given;
    const events: RelayEvent[] = [];
    const life = { isOver: false };
    const mortal = <T extends object>(port: T): T => mortalPort(port, life);
    const relay = new Relay({
      feed: mortal(parts.feed ?? this.feed),
      lease: mortal(parts.lease ?? this.lease),
      stream: mortal(parts.stream ?? this.stream),
      quarantine: mortal(parts.quarantine ?? this.quarantine),
      clock: mortal(parts.clock ?? this.clock),
      random: parts.random ?? (() => 0.5),
      settings: relaySettings(settings),
      observe: (event) => events.push(event),
      holder,
    });
    const stopping = new AbortController();
    const done = relay.run(stopping.signal);
    // Whoever cares awaits `done`.
    done.catch(() => undefined);
    const stop = async () => {
      stopping.abort();
      for (let turns = 0; turns < 20; turns += 1) await this.clock.advance(100);
      if (!life.isOver) await done;
    };
    const kill = () => {
      life.isOver = true;
    };
    const running = { relay, events, done, stop, kill };
    this.#running.push(running);
    return running;
  }

  /** The numbers of the events that a stream has for a key, in the order of arrival, repetitions included. */
  received(key: string, stream = 'users'): number[] {
    return this.stream
      .entries(stream)
      .filter((entry) => entry.key === key)
      .flatMap(({ data }) => [JSON.parse(data)].flat().map(({ id }: { id: string }) => Number(id)));
  }

  async end(): Promise<void> {
    for (const running of this.#running) {
      running.kill();
      await running.stop();
    }
  }
}

/** A stream that fails as `fails` says, before or after it took what it was sent. */
export const failingStream = (
  stream: EventStream,
  fails: (key: string) => 'not' | 'refused' | 'answer-lost' | 'request',
): EventStream => ({
  send: async (name, entries) => {
    const fates = entries.map((entry) => fails(entry.key));
    const arriving = entries.filter((_, at) => fates[at] === 'not' || fates[at] === 'answer-lost');
    if (fates.includes('request')) throw new Error('the stream is away');
    await stream.send(name, arriving);
    return fates.map((fate) => (fate === 'not' ? undefined : new Error(fate)));
  },
});

const never = new Promise<never>(() => undefined);

/** A port whose calls take no effect, and whose answers never come, once life is over. */
const mortalPort = <T extends object>(port: T, life: { readonly isOver: boolean }): T =>
  new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        if (life.isOver && name !== 'nowMs') return never;
        const answer: unknown = member.apply(target, given);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((value) => (life.isOver ? never : value));
      };
    },
  });
