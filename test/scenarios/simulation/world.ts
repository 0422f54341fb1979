import { EventSourceMapping } from '../../../infra/local/event-source-mapping/index.ts';
import { recordOfDocument, type VersionedRecord } from '../../../services/core/index.ts';
import { CaptureFeed } from '../../../services/outbox/capture/capture-feed.ts';
import { plainEventType } from '../../../services/outbox/entity-change.ts';
import { MemoryLease } from '../../../services/outbox/memory-lease.ts';
import type { OutboxFeed, PendingRow } from '../../../services/outbox/outbox-feed.ts';
import type { RelayLease } from '../../../services/outbox/relay-lease.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { History } from './history.ts';
import type { MutantName } from './mutant.ts';
import {
  acknowledgedByRange,
  followedById,
  savedAsRead,
  tokenPerChange,
  unfenced,
  unswept,
  withoutKeys,
} from './mutated-parts.ts';
import { PROJECTIONS, type Projection, simulatedLambda, transformOf } from './projection.ts';
import { type Random, randomFor, whole } from './random.ts';
import { replay } from './replay.ts';
import type { Action, Schedule } from './schedule.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { relic, SimulatedDatabase, thing } from './simulated-database.ts';
import { SimulatedKinesis } from './simulated-kinesis.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedRelay } from './simulated-relay.ts';
import { ConditionalSink, GuardedSink, type Sink } from './sinks.ts';

export interface WorldOptions {
  /** A known-bad variant of one part. */
  readonly mutant?: MutantName | undefined;
  /** Without the sweeper, the relay has but its tokens. */
  readonly withoutSweeper?: boolean | undefined;
  /** Told of everything that happens, a line each. */
  readonly note?: (line: string) => void;
}

const BEGIN_MS = Date.UTC(2026, 0, 1);
const RETENTION_MS = 10 * 60_000;
const LEASE_TTL_MS = 2_500;
/** How long a healthy world may take until everything is where it belongs. */
const PATIENCE_MS = 60_000;
/** What is late arrives within this. */
const ECHO_MS = 5_000;

/** One way from a stream into a sink, at work. */
interface Flow {
  readonly projection: Projection;
  readonly sink: Sink;
  readonly mapping: EventSourceMapping;
}

/**
 * Runs a schedule: the shipped relay, capture, consumers and event source mapping over memory, under faults. Then
 * everything heals, and once it is quiet the invariants are looked at. Answers what was broken: nothing, as a rule.
 */
export const runSchedule = async (schedule: Schedule, options: WorldOptions = {}): Promise<string[]> => {
  const world = new World(schedule, options);
  return world.run();
};

class World {
  readonly #schedule: Schedule;
  readonly #options: WorldOptions;
  readonly #clock = new SimulatedClock(BEGIN_MS);
  readonly #random: Random;
  readonly #history: History;
  readonly #database: SimulatedDatabase;
  readonly #kinesis: SimulatedKinesis;
  readonly #quarantine = new MemoryQuarantine();
  readonly #monoliths: SimulatedProcess[];
  readonly #relays: SimulatedRelay[];
  readonly #flows: Flow[];
  #isCalm = false;
  #isMended = false;
  #mongoAwayUntilMs = 0;
  /** Transactions and replays under way. */
  #underWay = 0;

  constructor(schedule: Schedule, options: WorldOptions) {
    const { noise, shards, streams: weather } = schedule;
    const clock = this.#clock;
    this.#schedule = schedule;
    this.#options = options;
    this.#random = randomFor(noise, 'world');
    this.#history = new History((line) => options.note?.(`${clock.nowMs() - BEGIN_MS} ${line}`));
    this.#database = new SimulatedDatabase({ clock, history: this.#history, mutant: options.mutant });
    this.#kinesis = new SimulatedKinesis({
      ...{ clock, history: this.#history, shards, weather, retentionMs: RETENTION_MS },
      random: randomFor(noise, 'kinesis'),
      streams: [thing.stream, relic.stream],
    });
    this.#monoliths = schedule.skewsMs.map((skewMs, at) => this.#monolith(at, skewMs));
    this.#relays = [];
    this.#flows = PROJECTIONS.map((projection) => this.#flow(projection));
  }

  async run(): Promise<string[]> {
    await this.#startRelays();
    for (const { mapping } of this.#flows) void this.#startMapping(mapping, this.#schedule.mappedAfterMs);
    for (const action of this.#schedule.actions) {
      this.#act(action);
      await this.#clock.run(action.do === 'wait' ? action.ms : whole(this.#random, 60));
    }
    this.#heal();
    await this.#settle();
    if (this.#schedule.epilogue && this.#history.violations.length === 0) await this.#epilogue();
    if (this.#history.violations.length === 0) this.#nothingIsLost();
    return this.#history.violations;
  }

  #nothingIsLost(): void {
    for (const event of this.#history.lost()) this.#history.violate(`${event} never came anywhere`);
  }

  async #startRelays(): Promise<void> {
    const { clock, ...outbox } = { clock: this.#clock, ...this.#outboxParts() };
    await beginAt(outbox.lease, '0');
    for (let at = 0; at < this.#schedule.relays; at += 1) {
      this.#relays.push(this.#relay(`outbox-${at}`, outbox.feed, outbox.lease));
    }
    const lease = new MemoryLease({ clock, ttlMs: LEASE_TTL_MS });
    await beginAt(lease, '0');
    for (const at of [0, 1]) this.#relays.push(this.#relay(`capture-${at}`, this.#captureFeed(), lease));
  }

  #outboxParts(): { feed: OutboxFeed; lease: RelayLease } {
    const { mutant, withoutSweeper } = this.#options;
    const { outbox, rows } = this.#database;
    const lease = new MemoryLease({ clock: this.#clock, ttlMs: LEASE_TTL_MS });
    const feed = withoutSweeper ? unswept(outbox) : outbox;
    switch (mutant) {
      case 'cursor-by-id':
        return { feed: followedById(feed, rows, this.#clock), lease };
      case 'acknowledge-by-range':
        return { feed: acknowledgedByRange(feed, rows), lease };
      case 'token-before-acknowledgement':
        return savedAsRead(feed, lease);
      case 'token-without-lease':
        return { feed, lease: unfenced(lease, (token) => this.#history.saved('outbox', Number(token))) };
      default:
        return { feed, lease };
    }
  }

  #captureFeed(): OutboxFeed {
    const changes = this.#database.relicChanges;
    const parts = { clock: this.#clock, entity: relic, typeOf: plainEventType(relic), source: '/simulation' };
    if (this.#options.mutant !== 'token-inside-transaction') return new CaptureFeed({ changes, ...parts });
    return tokenPerChange(changes, (watched) => new CaptureFeed({ changes: watched, ...parts }));
  }

  #relay(name: string, feed: OutboxFeed, lease: RelayLease): SimulatedRelay {
    const laneOf = (row: PendingRow) => `${row.key}/${row.id}`;
    return new SimulatedRelay({
      ...{ name, feed, lease, stream: this.#kinesis, quarantine: this.#quarantine },
      ...{ clock: this.#clock, history: this.#history },
      random: randomFor(this.#schedule.noise, name),
      failures: () => this.#mongoFailures(),
      onFollowedFromNow: () => {
        for (const { id } of this.#database.rows) this.#history.outOfTurn(id);
      },
      ...(this.#options.mutant === 'resend-only-failed' ? { laneOf } : {}),
    });
  }

  #monolith(at: number, skewMs: number): SimulatedProcess {
    return new SimulatedProcess({
      ...{ name: `monolith-${at}`, clock: this.#clock, skewMs },
      random: randomFor(this.#schedule.noise, `monolith-${at}`),
      failures: () => this.#mongoFailures(),
    });
  }

  #flow(projection: Projection): Flow {
    const { noise, batchSize, parallelizationFactor, bisect } = this.#schedule;
    const { mutant } = this.#options;
    const random = randomFor(noise, projection.name);
    const shared = {
      ...{ clock: this.#clock, random, history: this.#history, mutant },
      failures: () => this.#failures(),
    };
    const Sinks = { conditional: ConditionalSink, guarded: GuardedSink };
    const sink = new Sinks[projection.sink]({ name: projection.name, ...shared });
    const invoker = simulatedLambda({
      ...{ projection, sink, quarantine: this.#quarantine, ...shared },
      transform: transformOf(projection, () => this.#isMended),
      deadly: () => (this.#isCalm ? 0 : this.#schedule.deadlyInvocations),
    });
    const reader = this.#kinesis.reader(projection.entity.stream);
    const mapping = new EventSourceMapping({
      ...{ invoker, clock: this.#clock, pollMs: 500, backoff: { firstMs: 200, mostMs: 2_000 } },
      stream: mutant === 'no-key-order' ? withoutKeys(reader) : reader,
      configuration: {
        UUID: projection.name,
        ...(mutant === 'latest'
          ? { StartingPosition: 'LATEST' }
          : { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date(BEGIN_MS) }),
        BatchSize: batchSize,
        ParallelizationFactor: parallelizationFactor,
        BisectBatchOnFunctionError: bisect,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    });
    return { projection, sink, mapping };
  }

  /** Until the stream answers. */
  async #startMapping(mapping: EventSourceMapping, afterMs: number): Promise<void> {
    await this.#clock.sleep(afterMs);
    for (;;) {
      try {
        return await mapping.start();
      } catch {
        await this.#clock.sleep(300);
      }
    }
  }

  readonly #acts: { readonly [A in Action as A['do']]: (action: A) => void } = {
    wait: () => {},
    write: (action) => this.#write(action),
    'legacy-write': ({ steps }) => this.#database.writeRelics(steps),
    crash: ({ process, at }) => this.#processAt(process)?.crashAt(at),
    pause: ({ process, ms }) => this.#processAt(process)?.pause(ms),
    'stop-relay': ({ relay }) => this.#relays[relay]?.stop(),
    'lose-history': () => this.#database.outbox.forgetHistory(),
    away: ({ what, ms }) => this.#takeAway(what, ms),
    split: () => this.#kinesis.split(),
    merge: () => this.#kinesis.merge(),
    'restart-mappings': () => this.#restartMappings(),
    replay: () => this.#replay(),
  };

  #act<A extends Action>(action: A): void {
    this.#history.note(JSON.stringify(action));
    (this.#acts[action.do] as (action: A) => void)(action);
  }

  #write({ instance, steps, holdMs }: Extract<Action, { do: 'write' }>): void {
    const process = this.#monoliths[instance];
    if (!process || process.isDead) return;
    const written = this.#database.write(process, steps, holdMs).then(async (rows) => {
      if (this.#options.mutant !== 'dual-write') return;
      // As somebody would who publishes after the commit, and logs what goes wrong.
      for (const row of rows) {
        await process.call(() => this.#kinesis.send(row.stream, [{ key: row.key, data: row.event }]));
      }
    });
    const died = new Promise<void>((resolve) => process.onDeath(resolve));
    this.#begin(Promise.race([written, died]));
  }

  /** Something whose end the world waits for, whatever comes of it. */
  #begin(work: Promise<void>): void {
    this.#underWay += 1;
    void work
      .catch(() => undefined)
      .then(() => {
        this.#underWay -= 1;
      });
  }

  /** The monolith's instances, and the relays' processes of this moment. */
  #processAt(at: number): SimulatedProcess | undefined {
    const processes = [...this.#monoliths, ...this.#relays.map((relay) => relay.process)];
    const process = processes[at];
    const instance = process ? this.#monoliths.indexOf(process) : -1;
    const skewMs = this.#schedule.skewsMs[instance];
    // An instance that dies is replaced by another one.
    if (skewMs !== undefined) {
      process?.onDeath(() => {
        this.#monoliths[instance] = this.#monolith(instance, skewMs);
      });
    }
    return process;
  }

  #takeAway(what: 'kinesis' | 'mongodb', ms: number): void {
    if (what === 'kinesis') this.#kinesis.away(ms);
    else this.#mongoAwayUntilMs = this.#clock.nowMs() + ms;
  }

  #restartMappings(): void {
    for (const { mapping } of this.#flows) void this.#restart(mapping);
  }

  async #restart(mapping: EventSourceMapping): Promise<void> {
    if (mapping.status().state === 'stopped') return;
    await mapping.stop();
    await this.#startMapping(mapping, whole(this.#random, 1_000));
  }

  #replay(): void {
    const process = new SimulatedProcess({ name: 'operator', clock: this.#clock, random: this.#random });
    const projections = this.#flows.map(({ projection, sink }) => ({
      projection,
      store: sink.as(process),
      transform: transformOf(projection, () => this.#isMended),
    }));
    const { mutant } = this.#options;
    const parts = { quarantine: this.#quarantine, database: this.#database, mutant };
    // Where it fails, the operator tries again another time.
    this.#begin(replay(projections, parts));
  }

  #heal(): void {
    this.#history.note('everything heals');
    this.#isCalm = true;
    this.#mongoAwayUntilMs = 0;
    this.#kinesis.calm();
  }

  /** A long time passes, tombstones expire, the transform is mended, and the quarantine is replayed. */
  async #epilogue(): Promise<void> {
    this.#history.note('a long time passes');
    this.#clock.jump(2 * RETENTION_MS);
    for (const { sink } of this.#flows) sink.expireTombstones();
    this.#isMended = true;
    await this.#clock.run(ECHO_MS);
    this.#replay();
    await this.#settle();
    for (const source of ['relay', ...PROJECTIONS.map(({ name }) => name)]) {
      for await (const { id } of this.#quarantine.list(source)) {
        this.#history.violate(`${id} of ${source} is in quarantine for good`);
      }
    }
  }

  /** Waits until everything is where it belongs, and stays there. */
  async #settle(): Promise<void> {
    const giveUpAtMs = this.#clock.nowMs() + PATIENCE_MS;
    for (;;) {
      await this.#clock.run(500);
      if (this.#history.violations.length > 0) return;
      const why = (await this.#unrest()) ?? (await this.#differences())[0];
      if (!why) break;
      if (this.#clock.nowMs() < giveUpAtMs) continue;
      this.#history.violate(`not at rest: ${why}`);
      return;
    }
    await this.#clock.run(ECHO_MS);
    for (const difference of await this.#differences()) this.#history.violate(difference);
  }

  /** What is still under way. */
  async #unrest(): Promise<string | undefined> {
    if (this.#underWay > 0) return 'a transaction is open';
    const { rows } = await this.#database.outbox.backlog();
    if (rows > 0) return `${rows} rows wait in the outbox`;
    if (this.#relays.some((relay) => relay.isBusy)) return 'a relay holds rows';
    const behind = this.#flows.find(({ mapping }) => {
      const { state, iteratorAgeMs } = mapping.status();
      return state === 'stopped' || iteratorAgeMs > 0;
    });
    if (behind) return `${behind.projection.name} is behind`;
    return this.#flows.some(({ sink }) => sink.isBusy) ? 'a sink is busy' : undefined;
  }

  /** Keys whose projection is not what the source says, and not in quarantine either. */
  async #differences(): Promise<string[]> {
    const differences: string[] = [];
    for (const { projection, sink } of this.#flows) {
      for (const key of this.#database.keysOf(projection.entity)) {
        const wanted = this.#wanted(projection, key);
        const held = await sink.peek(key);
        if (isSame(wanted, held) || (await this.#isQuarantined(projection, key))) continue;
        differences.push(`${projection.name} has ${shown(held)} of ${key} instead of ${shown(wanted)}`);
      }
    }
    return differences;
  }

  #wanted(projection: Projection, key: string): VersionedRecord | undefined {
    const { document, floors } = this.#database.latest(key);
    if (document)
      return recordOfDocument(
        document,
        projection.slice,
        transformOf(projection, () => true),
      );
    const version = floors?.[projection.slice];
    return version === undefined ? undefined : { key, version, state: null };
  }

  /** Whether what the key is now can be nowhere else. */
  async #isQuarantined(projection: Projection, key: string): Promise<boolean> {
    const { document } = this.#database.latest(key);
    const isPoison = !this.#isMended && String(document?.part).startsWith('poison');
    const sources = [...(isPoison ? [projection.name] : []), ...(document?.big ? ['relay'] : [])];
    for (const source of sources) {
      for await (const entry of this.#quarantine.list(source)) if (entry.key === key) return true;
    }
    return false;
  }

  #failures(): number {
    return this.#isCalm ? 0 : this.#schedule.failures;
  }

  #mongoFailures(): number {
    return this.#clock.nowMs() < this.#mongoAwayUntilMs ? 1 : this.#failures();
  }
}

/** A lease whose first leader begins here, before anything was written. */
const beginAt = async (lease: RelayLease, token: string): Promise<void> => {
  const grant = await lease.acquire('nobody');
  if (grant) await lease.release(grant, token);
};

/** A tombstone that is not there any more is one all the same. */
const isSame = (wanted: VersionedRecord | undefined, held: VersionedRecord | undefined): boolean => {
  if (!wanted || wanted.state === null) return !held || held.state === null;
  return held?.version === wanted.version && JSON.stringify(held.state) === JSON.stringify(wanted.state);
};

const shown = (record: VersionedRecord | undefined): string =>
  record ? `${JSON.stringify(record.state)} at ${record.version}` : 'nothing';
