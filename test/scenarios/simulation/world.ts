import type { EventSourceMapping } from '../../../infra/local/event-source-mapping/index.ts';
import { VirtualClock } from '../../../services/core/index.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { Conditions } from './conditions.ts';
import { differences } from './differences.ts';
import { createFlow, type Flow } from './flow.ts';
import { History } from './history.ts';
import { PROJECTIONS, transformOf } from './projection.ts';
import { type Random, randomFor, whole } from './random.ts';
import { readThrough } from './read-through.ts';
import { replay } from './replay.ts';
import type { Action, Schedule } from './schedule.ts';
import { type SimulatedBackfill, startBackfills } from './simulated-backfill.ts';
import { relic, SimulatedDatabase, thing } from './simulated-database.ts';
import { SimulatedKinesis } from './simulated-kinesis.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedRelay } from './simulated-relay.ts';
import { startRelays } from './start-relays.ts';
import { keyOfThing } from './thing-ids.ts';
import { BEGIN_MS, type WorldOptions, type WorldParts } from './world-parts.ts';

const RETENTION_MS = 10 * 60_000;
/** How long a healthy world may take until everything is where it belongs. */
const PATIENCE_MS = 60_000;
/** What is late arrives within this. */
const ECHO_MS = 5_000;

/**
 * Runs a schedule: the shipped relay, capture, consumers, mapping and backfill over memory, under faults. Then
 * everything heals, and once it is quiet the invariants are looked at. Answers what was broken: nothing, as a rule.
 */
export const runSchedule = async (
  schedule: Schedule,
  options: WorldOptions = {},
): Promise<readonly string[]> => {
  const parts = partsOf(schedule, options);
  const relays = await startRelays(parts);
  return new World(parts, relays).run();
};

const partsOf = (schedule: Schedule, { mutant, withoutSweeper, note }: WorldOptions): WorldParts => {
  const clock = new VirtualClock(BEGIN_MS);
  const history = new History((line) => note?.(`${clock.nowMs() - BEGIN_MS} ${line}`));
  const kinesis = new SimulatedKinesis({
    ...{ clock, history, shards: schedule.shards, retentionMs: RETENTION_MS, weather: schedule.streams },
    random: randomFor(schedule.noise, 'kinesis'),
    streams: [thing.stream, relic.stream],
  });
  return {
    ...{ schedule, mutant, withoutSweeper, clock, history, kinesis },
    conditions: new Conditions({ schedule, clock }),
    database: new SimulatedDatabase({
      ...{ clock, history, mutant, oldThings: schedule.oldThings, oldPoison: schedule.oldPoison },
      random: randomFor(schedule.noise, 'database'),
    }),
    quarantine: new MemoryQuarantine(),
  };
};

class World {
  readonly #parts: WorldParts;
  readonly #random: Random;
  readonly #relays: readonly SimulatedRelay[];
  readonly #flows: readonly Flow[];
  readonly #backfills: readonly SimulatedBackfill[];
  readonly #monoliths: SimulatedProcess[];
  /** Transactions and replays. */
  #underWay = 0;

  constructor(parts: WorldParts, relays: readonly SimulatedRelay[]) {
    const { schedule } = parts;
    this.#parts = parts;
    this.#random = randomFor(schedule.noise, 'world');
    this.#relays = relays;
    this.#flows = PROJECTIONS.map((projection) => createFlow(projection, parts));
    this.#backfills = this.#flows.flatMap((flow) => startBackfills(flow, parts));
    this.#monoliths = schedule.skewsMs.map((_, at) => this.#monolith(at));
  }

  async run(): Promise<readonly string[]> {
    const { schedule, clock, history, conditions, kinesis } = this.#parts;
    for (const { mapping } of this.#flows) void this.#startMapping(mapping, schedule.mappedAfterMs);
    for (const action of schedule.actions) {
      this.#act(action);
      await clock.advance(action.do === 'wait' ? action.ms : whole(this.#random, 60));
    }
    history.note('everything heals');
    conditions.heal();
    kinesis.heal();
    await this.#settle();
    if (schedule.epilogue && history.violations.length === 0) await this.#epilogue();
    return history.violations;
  }

  readonly #acts: { readonly [A in Action as A['do']]: (action: A) => void } = {
    wait: () => {},
    write: (action) => this.#write(action),
    'legacy-write': ({ steps }) => this.#parts.database.writeRelics(steps),
    crash: ({ process, at }) => this.#processAt(process)?.crashAt(at),
    pause: ({ process, ms }) => this.#processAt(process)?.pause(ms),
    'stop-relay': ({ relay }) => this.#relays[relay]?.stop(),
    'lose-history': () => this.#parts.database.outbox.forgetHistory(),
    away: ({ what, ms }) =>
      what === 'kinesis' ? this.#parts.kinesis.away(ms) : this.#parts.conditions.takeMongoAway(ms),
    split: () => this.#parts.kinesis.split(),
    merge: () => this.#parts.kinesis.merge(),
    'restart-mappings': () => {
      for (const { mapping } of this.#flows) void this.#restart(mapping);
    },
    'read-through': ({ key }) =>
      this.#begin(readThrough(keyOfThing(key), this.#flows, this.#parts, this.#random)),
    replay: () => this.#replay(),
  };

  #act<A extends Action>(action: A): void {
    this.#parts.history.note(JSON.stringify(action));
    (this.#acts[action.do] as (action: A) => void)(action);
  }

  #write({ instance, steps, holdMs }: Extract<Action, { do: 'write' }>): void {
    const process = this.#monoliths[instance];
    if (!process) return;
    const written = this.#parts.database.write(process, steps, holdMs).then(async (rows) => {
      if (this.#parts.mutant !== 'dual-write') return;
      // As somebody would who publishes after the commit, and logs what goes wrong.
      for (const row of rows) {
        await process.call(() => this.#parts.kinesis.send(row.stream, [{ key: row.key, data: row.event }]));
      }
    });
    const died = new Promise<void>((resolve) => process.onDeath(resolve));
    this.#begin(Promise.race([written, died]));
  }

  /** Something whose end the world waits for, whatever comes of it. */
  #begin(work: Promise<unknown>): void {
    this.#underWay += 1;
    void work
      .catch(() => undefined)
      .then(() => {
        this.#underWay -= 1;
      });
  }

  /** One that dies is replaced by another. */
  #monolith(at: number): SimulatedProcess {
    const { schedule, clock, conditions } = this.#parts;
    const process = new SimulatedProcess({
      ...{ name: `monolith-${at}`, clock, skewMs: schedule.skewsMs[at] ?? 0 },
      random: randomFor(schedule.noise, `monolith-${at}`),
      failures: () => conditions.mongoFailures(),
    });
    process.onDeath(() => {
      this.#monoliths[at] = this.#monolith(at);
    });
    return process;
  }

  /** The monolith's instances, and the processes of relays and backfills of this moment. */
  #processAt(at: number): SimulatedProcess | undefined {
    return [...this.#monoliths, ...[...this.#relays, ...this.#backfills].map(({ process }) => process)][at];
  }

  /** Until the stream answers. */
  async #startMapping(mapping: EventSourceMapping, afterMs: number): Promise<void> {
    await this.#parts.clock.sleep(afterMs);
    for (;;) {
      try {
        return await mapping.start();
      } catch {
        await this.#parts.clock.sleep(300);
      }
    }
  }

  async #restart(mapping: EventSourceMapping): Promise<void> {
    if (mapping.status().state === 'stopped') return;
    await mapping.stop();
    await this.#startMapping(mapping, whole(this.#random, 1_000));
  }

  #replay(): void {
    const { clock, conditions } = this.#parts;
    const process = new SimulatedProcess({ name: 'operator', clock, random: this.#random });
    const projections = this.#flows.map(({ projection, sink }) => ({
      projection,
      store: sink.as(process),
      transform: transformOf(projection, () => conditions.isMended),
    }));
    // Where it fails, the operator tries again another time.
    this.#begin(replay(projections, this.#parts));
  }

  /** A long time passes, tombstones expire, the transform is mended, and the quarantine is replayed. */
  async #epilogue(): Promise<void> {
    const { clock, conditions, history, quarantine } = this.#parts;
    history.note('a long time passes');
    clock.jump(2 * RETENTION_MS);
    for (const { sink } of this.#flows) sink.expireTombstones();
    conditions.mendTransforms();
    await clock.advance(ECHO_MS);
    this.#replay();
    await this.#settle();
    for (const source of ['relay', ...PROJECTIONS.map(({ name }) => name)]) {
      for await (const { id } of quarantine.list(source)) {
        history.violate(`${id} of ${source} is in quarantine for good`);
      }
    }
  }

  /** Waits until everything is where it belongs, and stays there. */
  async #settle(): Promise<void> {
    const { clock, history } = this.#parts;
    const giveUpAtMs = clock.nowMs() + PATIENCE_MS;
    for (;;) {
      await clock.advance(500);
      if (history.violations.length > 0) return;
      const why = (await this.#unrest()) ?? (await differences(this.#flows, this.#parts))[0];
      if (!why) break;
      if (clock.nowMs() < giveUpAtMs) continue;
      return history.violate(`not at rest: ${why}`);
    }
    await clock.advance(ECHO_MS);
    for (const difference of await differences(this.#flows, this.#parts)) history.violate(difference);
  }

  /** What is still under way. */
  async #unrest(): Promise<string | undefined> {
    if (this.#underWay > 0) return 'a transaction is open';
    if (this.#backfills.some(({ isDone }) => !isDone)) return 'a backfill is not done';
    const missing = this.#parts.history.missing();
    if (missing) return `${missing} has come nowhere`;
    const { rows } = await this.#parts.database.outbox.backlog();
    if (rows > 0) return `${rows} rows are not acknowledged`;
    if (this.#relays.some((relay) => relay.isBusy)) return 'a relay holds rows';
    const behind = this.#flows.find(({ mapping }) => {
      const { state, iteratorAgeMs } = mapping.status();
      return state === 'stopped' || iteratorAgeMs > 0;
    });
    if (behind) return `${behind.projection.name} is behind`;
    return this.#flows.some(({ sink }) => sink.isBusy) ? 'a sink is busy' : undefined;
  }
}
