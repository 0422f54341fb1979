import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entityKeyOf, messageOf } from '../../../services/core/index.ts';
import { outboxOf } from '../../../services/outbox/index.ts';
import { type BusyWriters, startWriters } from '../../support/busy-writers.ts';
import { eventually } from '../../support/eventually.ts';
import { type Ended, resultOf, startBanyan } from '../../support/run-banyan.ts';
import { thingEntity } from '../../support/things.config.ts';
import { randomFor, whole } from '../simulation/random.ts';
import { Killer } from './killer.ts';
import type { WantedVersion } from './recording-endpoint.ts';
import { ShadowLog } from './shadow-log.ts';
import { openSoakWorld, SOAK_CONFIG, type SoakWorld } from './soak-world.ts';
import { idOfDocument, soakWrites } from './soak-writes.ts';

export interface SoakOptions {
  /** Required. How many there are before anybody writes. */
  readonly documents: number;
  readonly writesPerSecond: number;
  /** Required. How often the copying process is killed. */
  readonly kills: number;
  /** Required. Of what is written, of the moments of the kills, and of the overtakings. */
  readonly seed: number;
  /** Required. An empty folder, for what a failure is explained by. */
  readonly folder: string;
  /** Required. Told what goes on. */
  readonly say: (line: string) => void;
  /** Optional: defaults to the tests' own. The AWS whose Kinesis has the stream. */
  readonly kinesisEndpoint?: string | undefined;
  /** Optional. How the copy's sink is spoilt, which has to be found out. */
  readonly mutant?: 'unconditional' | 'forgetful';
}

export interface SoakResult {
  readonly documents: number;
  readonly seed: number;
  readonly kills: number;
  /** Keys whose copy was held back until the stream had stored something newer. */
  readonly overtaken: number;
  readonly committedWrites: number;
  readonly writesPerSecond: number;
  /** Versions that the table came to hold, by who wrote them. */
  readonly stored: { readonly [by: string]: number };
  readonly regressions: readonly string[];
  /** What the shadow log could not read, or has missed. */
  readonly holes: readonly string[];
  /** What `banyan verify` answered. */
  readonly verify: { readonly code: number | null; readonly compared: number; readonly mismatches: number };
  readonly copySeconds: number;
  readonly seconds: number;
  /** Why it did not hold, in sentences; nothing when it did. */
  readonly failures: readonly string[];
}

const OVERTAKEN_OF = 2_000;
const PROGRESS_EVERY_MS = 5_000;
const PATIENCE_MS = 120_000;

/**
 * Copies a collection that applications write to, with a process that is killed again and again, beside the relay
 * and the stream's consumer; then lets everything arrive, and compares. Answers what did not hold.
 */
export const runSoak = async (options: SoakOptions): Promise<SoakResult> => {
  await mkdir(options.folder, { recursive: true });
  const log = new ShadowLog({ file: join(options.folder, 'stored-versions.jsonl') });
  const { documents, kills, seed } = options;
  const killer = new Killer({ random: randomFor(seed, 'kills'), kills, records: documents });
  const overtaking = new Overtaking(options, log);
  const world = await openSoakWorld({
    ...options,
    log,
    arrived: async (wanted) => {
      killer.arrived(wanted.length);
      await overtaking.of(wanted);
    },
    stored: () => killer.stored(),
  });
  overtaking.world = world;
  try {
    return await new Soak(options, { log, killer, overtaking, world }).run();
  } finally {
    killer.rest();
    await world.close();
    await log.close();
  }
};

interface SoakParts {
  readonly log: ShadowLog;
  readonly killer: Killer;
  readonly overtaking: Overtaking;
  readonly world: SoakWorld;
}

/** Holds the copy of some keys back until the stream has stored a newer version: without conditions it would win. */
class Overtaking {
  readonly #log: ShadowLog;
  readonly #keys: Map<string, number | string>;
  world: SoakWorld | undefined;
  done = 0;

  constructor({ documents, seed }: SoakOptions, log: ShadowLog) {
    const random = randomFor(seed, 'overtaken');
    this.#log = log;
    const ids = Array.from({ length: Math.max(2, Math.round(documents / OVERTAKEN_OF)) }, () =>
      idOfDocument(whole(random, documents)),
    );
    this.#keys = new Map(ids.map((id) => [entityKeyOf(id), id]));
  }

  async of(wanted: readonly WantedVersion[]): Promise<void> {
    for (const { key } of wanted) {
      const id = this.#keys.get(key);
      if (id === undefined || !this.world) continue;
      this.#keys.delete(key);
      const { outbox } = this.world;
      const set = { name: 'overtakes the copy' };
      const changed = await outbox.transaction((tx) => tx.update(thingEntity, id, { set }, 'thing.changed'));
      if (!changed) continue;
      await isStored(this.#log, { key, version: Number(changed._banyan.entity) });
      this.done += 1;
    }
  }
}

const isStored = (log: ShadowLog, { key, version }: WantedVersion): Promise<void> =>
  eventually(() => {
    if (!log.hasStored(key, version)) throw new Error(`version ${version} of ${key} has not arrived`);
  }, PATIENCE_MS);

class Soak {
  readonly #options: SoakOptions;
  readonly #parts: SoakParts;
  readonly #failures: string[] = [];

  constructor(options: SoakOptions, parts: SoakParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async run(): Promise<SoakResult> {
    const { documents, writesPerSecond, seed, say } = this.#options;
    const { outbox } = this.#parts.world;
    const startedMs = performance.now();
    const writers = startWriters({ outbox, seed, writesPerSecond, draw: soakWrites(documents) });
    const telling = setInterval(() => say(this.#progress(writers)), PROGRESS_EVERY_MS);
    try {
      await this.#copy();
    } finally {
      clearInterval(telling);
      await writers.stop();
    }
    const copySeconds = secondsSince(startedMs);
    say(`copied in ${copySeconds.toFixed(0)} s, ${this.#progress(writers)}; waiting for what is under way`);
    await this.#drain(writers).catch((thrown) => this.#fail(messageOf(thrown)));
    say('comparing');
    return this.#judge(writers, startedMs, copySeconds);
  }

  /** Starts the copy again whenever it was killed, until it is done. */
  async #copy(): Promise<void> {
    const { killer, log } = this.#parts;
    for (let hasRun = false; ; ) {
      const running = this.#banyan('backfill', hasRun ? 'resume' : 'run', 'things');
      killer.aimAt(running.child);
      const ended = await running.ended;
      killer.rest();
      // It may have died before there was a run; what it wrote is a sign that there was.
      hasRun ||= log.storedBy.has('copy');
      if (ended.signal === 'SIGKILL') continue;
      if (ended.code !== 0) this.#fail(`the copy ended with ${ended.code}: ${ended.stderr}`);
      return;
    }
  }

  /** Waits until the table has the newest committed version of every key that was written. */
  async #drain(writers: BusyWriters): Promise<void> {
    const { world, log } = this.#parts;
    await eventually(async () => {
      const left = await outboxOf(world.db).countDocuments({ acknowledgedAt: null }, { limit: 1 });
      if (left > 0) throw new Error('the relay has not published everything');
    }, PATIENCE_MS);
    const newest = new Map<string, number>();
    for (const { key, version } of writers.committed)
      newest.set(key, Math.max(version, newest.get(key) ?? 0));
    for (const [key, version] of newest) await isStored(log, { key, version });
  }

  async #judge(writers: BusyWriters, startedMs: number, copySeconds: number): Promise<SoakResult> {
    const { documents, seed, kills, folder } = this.#options;
    const { log, killer, overtaking, world } = this.#parts;
    const report = join(folder, 'verify.json');
    const verified = await this.#banyan('verify', 'things', '--report', report).ended;
    await writeFile(join(folder, 'verify.log'), verified.stderr);
    const { compared = 0, mismatches = 0 } = (resultOf(verified) ?? {}) as {
      compared?: number;
      mismatches?: number;
    };
    const holes = [...log.unreadable, ...log.unaccounted(await world.heldVersions())];
    if (verified.code !== 0) this.#fail(`verify ended with ${verified.code}: ${mismatches} mismatches`);
    if (log.regressions.length > 0)
      this.#fail(`${log.regressions.length} regressions: ${first(log.regressions)}`);
    if (holes.length > 0) this.#fail(`the shadow log has ${holes.length} holes: ${first(holes)}`);
    if (killer.left > 0) this.#fail(`${killer.left} of ${kills} kills did not happen`);
    if (overtaking.done === 0) this.#fail('no copy was overtaken');
    if (writers.committed.length === 0) this.#fail('nothing was written meanwhile');
    return {
      documents,
      seed,
      kills: kills - killer.left,
      overtaken: overtaking.done,
      committedWrites: writers.committed.length,
      writesPerSecond: Math.round(writers.committed.length / copySeconds),
      stored: Object.fromEntries(log.storedBy),
      regressions: log.regressions,
      holes,
      verify: { code: verified.code, compared, mismatches },
      copySeconds: Math.round(copySeconds),
      seconds: Math.round(secondsSince(startedMs)),
      failures: this.#failures,
    };
  }

  #banyan(...args: string[]): { child: ReturnType<typeof startBanyan>['child']; ended: Promise<Ended> } {
    const { mutant } = this.#options;
    const env = { ...this.#parts.world.env, ...(mutant ? { SOAK_MUTANT: mutant } : {}) };
    return startBanyan({ config: SOAK_CONFIG, args, env });
  }

  #progress({ committed }: BusyWriters): string {
    const { log, killer, overtaking } = this.#parts;
    const { documents, kills } = this.#options;
    const of = (by: string) => log.storedBy.get(by) ?? 0;
    return `${of('copy')} of ${documents} stored by the copy, ${of('stream')} by the stream, ${committed.length} writes, ${kills - killer.left} kills, ${overtaking.done} overtaken, ${log.regressions.length} regressions`;
  }

  #fail(why: string): void {
    this.#failures.push(why);
  }
}

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1_000;

const first = (sentences: readonly string[]): string => sentences.slice(0, 3).join('; ');
