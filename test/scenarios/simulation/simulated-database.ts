import {
  clusterTimeVersion,
  ENTITY_SLICE,
  type EntityDefinition,
  entityEvent,
  microsOf,
  nextVersion,
  type SourceDocument,
  sliceNames,
  VERSIONS_FIELD,
  type VirtualClock,
  versionOf,
} from '../../../services/core/index.ts';
import type { CapturedChange } from '../../../services/outbox/capture/captured-change.ts';
import { MemoryChangeFeed } from '../../../services/outbox/changes/memory-change-feed.ts';
import { firstVersions, floorsLeftBy, type Versions } from '../../../services/outbox/floors.ts';
import { MemoryOutboxFeed } from '../../../services/outbox/memory-outbox-feed.ts';
import type { PendingRow } from '../../../services/outbox/outbox-feed.ts';
import type { History } from './history.ts';
import type { MutantName } from './mutant.ts';
import type { Random } from './random.ts';
import type { Step } from './schedule.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { idOfRelic, idOfThing, keyOfThing } from './thing-ids.ts';

/** What the monolith publishes through its outbox. */
export const thing: EntityDefinition = {
  name: 'thing',
  collection: 'things',
  stream: 'things',
  slices: { part: ['part'] },
};

/** What is captured, since nobody may touch the code that writes it. */
export const relic: EntityDefinition = {
  name: 'relic',
  collection: 'relics',
  stream: 'relics',
  slices: {},
};

/** No stream takes a document with this in it. */
const BIG = 'x'.repeat(3_000);

/** The part of transactions that a primary loses before a majority has them. */
const ROLLED_BACK = 0.05;
const FAILOVER_MS = 1_000;

/** What a key is now: its document, or after a deletion the versions that it left. */
export interface Latest {
  readonly document?: SourceDocument;
  readonly floors?: Versions;
}

interface Written {
  readonly rows: readonly PendingRow[];
  readonly latest: Map<string, Latest>;
}

export interface SimulatedDatabaseOptions {
  readonly clock: VirtualClock;
  readonly history: History;
  readonly mutant: MutantName | undefined;
  /** How many things are older than the outbox, and whether the last of them is poison. */
  readonly oldThings: number;
  readonly oldPoison: boolean;
  readonly random: Random;
}

/**
 * MongoDB with the monolith's data: transactions over documents, floors and the outbox, with snapshots and write
 * conflicts, by the shipped rules of versions and floors; and a collection that legacy code writes.
 */
export class SimulatedDatabase {
  readonly outbox: MemoryOutboxFeed;
  readonly relicChanges: MemoryChangeFeed<CapturedChange>;
  /** Every row that was committed. */
  readonly rows: PendingRow[] = [];
  readonly #options: SimulatedDatabaseOptions;
  #things = new Map<string, Latest>();
  /** Written to a primary that fails before anybody has it from there: gone, for everybody who reads by majority. */
  #doomed = new Map<string, Latest>();
  readonly #relics = new Map<string, Latest>();
  /** By key: the commit that wrote it last. */
  readonly #commits = new Map<string, number>();
  #commit = 0;
  #ids = 0;
  #values = 0;
  #second = 0;
  #increment = 0;

  constructor(options: SimulatedDatabaseOptions) {
    this.#options = options;
    this.outbox = new MemoryOutboxFeed({ clock: options.clock });
    this.relicChanges = new MemoryChangeFeed({ clock: options.clock });
    for (let key = 0; key < options.oldThings; key += 1) {
      const isLast = key === options.oldThings - 1;
      const part = isLast && options.oldPoison ? 'poison of old' : `old ${key}`;
      this.#things.set(keyOfThing(key), { document: { _id: idOfThing(key), part, rest: '' } });
    }
  }

  /** Of things and relics, by key. */
  latest(key: string): Latest {
    return this.#things.get(key) ?? this.#relics.get(key) ?? {};
  }

  /** As `latest`, with what a primary shows that has not reached a majority, and never will. */
  uncommitted(key: string): Latest {
    return this.#doomed.get(key) ?? this.latest(key);
  }

  keysOf({ collection }: EntityDefinition): string[] {
    return [...(collection === thing.collection ? this.#things : this.#relics).keys()];
  }

  /** Commits a transaction of the monolith, again when it conflicts; answers the rows that it wrote. */
  async write(
    process: SimulatedProcess,
    steps: readonly Step[],
    holdMs: number,
  ): Promise<readonly PendingRow[]> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const began = this.#commit;
      const written: Written = { rows: [], latest: new Map(this.#things) };
      const rows: PendingRow[] = [];
      const keys = new Set<string>();
      for (const step of steps) {
        await process.call(() => undefined);
        const key = keyOfThing(step.key);
        const row = this.#apply(key, step, written.latest, process.nowMs());
        if (row) rows.push(row);
        if (row) keys.add(key);
      }
      if (holdMs > 0) await process.sleep(holdMs);
      const done = await process.call(() => this.#tryCommit(began, keys, written.latest, rows));
      if (done === 'rolled-back') return [];
      if (done) return rows;
    }
    return [];
  }

  /** Commits a transaction of code that knows nothing of any outbox. */
  writeRelics(steps: readonly Step[]): void {
    const clusterTime = this.#nextClusterTime();
    const transaction = steps.length > 1 ? `transaction-${clusterTime.t}.${clusterTime.i}` : undefined;
    const version = clusterTimeVersion(clusterTime);
    const changes: CapturedChange[] = [];
    for (const { key: number, change } of steps) {
      const key = idOfRelic(number);
      const before = this.#relics.get(key)?.document ?? null;
      if ((change === 'delete' || change === 'touch') && before === null) continue;
      const after = change === 'delete' ? null : this.#changed(key, before ?? undefined, change);
      const atMs = this.#options.clock.nowMs();
      changes.push({ key, id: key, before, after, atMs, clusterTime, transaction });
      const versions = { [ENTITY_SLICE]: version };
      this.#relics.set(
        key,
        after ? { document: { ...after, [VERSIONS_FIELD]: versions } } : { floors: versions },
      );
    }
    for (const key of new Set(changes.map((change) => change.key))) {
      this.#options.history.committed(`${relic.collection}:${version}:${key}`, key);
    }
    this.relicChanges.commit(...changes);
  }

  /** The rows of a commit, for one that does not go by the outbox. */
  #tryCommit(
    began: number,
    keys: ReadonlySet<string>,
    latest: Map<string, Latest>,
    rows: readonly PendingRow[],
  ): boolean | 'rolled-back' {
    for (const key of keys) if ((this.#commits.get(key) ?? 0) > began) return false;
    if (this.#options.random() < ROLLED_BACK) return this.#rollBack(keys, latest);
    this.#commit += 1;
    for (const key of keys) {
      this.#commits.set(key, this.#commit);
      this.#things.set(key, latest.get(key) ?? {});
    }
    for (const row of rows) this.#options.history.committed(row.id, row.key);
    if (this.#options.mutant === 'dual-write') return true;
    this.rows.push(...rows);
    this.outbox.commit(...rows);
    return true;
  }

  #rollBack(keys: ReadonlySet<string>, latest: Map<string, Latest>): 'rolled-back' {
    this.#doomed = new Map([...keys].map((key) => [key, latest.get(key) ?? {}]));
    void this.#options.clock.sleep(FAILOVER_MS).then(() => {
      this.#doomed = new Map();
    });
    return 'rolled-back';
  }

  /** Applies a step to what a transaction sees, and answers its outbox row. */
  #apply(
    key: string,
    { key: number, change }: Step,
    latest: Map<string, Latest>,
    nowMs: number,
  ): PendingRow | undefined {
    const id = idOfThing(number);
    const { document, floors = {} } = latest.get(key) ?? {};
    if (change === 'touch' && !document) return undefined;
    if (change === 'delete') {
      if (!document) return undefined;
      const left = this.#versioned(floorsLeftBy(thing, document, nowMs), nowMs);
      latest.set(key, { floors: left });
      return this.#row({ _id: id, [VERSIONS_FIELD]: left }, 'thing.deleted', nowMs);
    }
    const changed = this.#changed(id, document, change);
    const kept = this.#options.mutant === 'no-floor' ? {} : floors;
    const versions = document
      ? advanced(document, change === 'rest' ? [ENTITY_SLICE] : sliceNames(thing), nowMs)
      : firstVersions(thing, kept, nowMs);
    const stored = { ...changed, [VERSIONS_FIELD]: this.#versioned(versions, nowMs) };
    latest.set(key, { document: stored });
    return this.#row(stored, document ? 'thing.changed' : 'thing.created', nowMs);
  }

  #versioned(versions: Versions, nowMs: number): Versions {
    if (this.#options.mutant !== 'wall-clock-version') return versions;
    return Object.fromEntries(Object.keys(versions).map((slice) => [slice, microsOf(nowMs)]));
  }

  #changed(id: unknown, document: SourceDocument | undefined, change: Step['change']): SourceDocument {
    this.#values += 1;
    if (change === 'touch') return { ...document, _id: id };
    const value = change === 'poison' ? `poison ${this.#values}` : `value ${this.#values}`;
    const { part, rest } = { part: '', rest: '', ...document };
    const field = change === 'rest' ? 'rest' : 'part';
    return { _id: id, part, rest, [field]: value, ...(change === 'big' ? { big: BIG } : {}) };
  }

  #row(document: SourceDocument, type: string, nowMs: number): PendingRow {
    this.#ids += 1;
    const id = String(this.#ids).padStart(8, '0');
    const deleted = type === 'thing.deleted';
    const event = entityEvent({ id, source: '/simulation', type, document, deleted, atMs: nowMs });
    return { id, stream: thing.stream, key: event.subject, event: JSON.stringify(event), createdAtMs: nowMs };
  }

  /** Between two of these there is room for the times that a nudge takes. */
  #nextClusterTime(): { t: number; i: number } {
    const t = Math.floor(this.#options.clock.nowMs() / 1000);
    this.#increment = t === this.#second ? this.#increment + 1_000 : 1_000;
    this.#second = t;
    return { t, i: this.#increment };
  }
}

const advanced = (document: SourceDocument, slices: readonly string[], nowMs: number): Versions => ({
  ...(document[VERSIONS_FIELD] as Versions),
  ...Object.fromEntries(slices.map((slice) => [slice, nextVersion(versionOf(document, slice), nowMs)])),
});
