import type { Partition, Position, Source, SourceBatch } from '../../../migrations/backfill/source.ts';
import { bracketOf } from '../../../migrations/backfill/sources/bracket-of.ts';
import { evenParts, partitionsPerBracket } from '../../../migrations/backfill/sources/divide.ts';
import { jsonOfId } from '../../../migrations/backfill/sources/id-json.ts';
import { ENTITY_SLICE, microsOf, type SourceDocument, VERSIONS_FIELD } from '../../../services/core/index.ts';
import { type SimulatedDatabase, thing } from './simulated-database.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export interface SimulatedSourceOptions {
  readonly database: SimulatedDatabase;
  readonly process: SimulatedProcess;
  /** As a mutant reads: what is not committed by a majority yet, too. */
  readonly readsUncommitted: boolean;
  /** As a mutant stamps: with the time after the read. */
  readonly stampsAfterRead: boolean;
  /** As a mutant reads: each partition by bounds alone, whatever the types of its ids. */
  readonly rangesAcrossTypes: boolean;
  /** Told of each document that is handed out. */
  readonly onRead?: (partition: Partition, id: string) => void;
}

/** The brackets that ids of things are in, in MongoDB's order. */
const BRACKETS = ['number', 'string'];
const EVERY_BRACKET = 'every';

/** An `_id` as far as MongoDB compares it: only with those of its bracket. */
interface Id {
  readonly bracket: string;
  readonly json: string;
}

interface Entry extends Id {
  readonly document: SourceDocument;
}

/** The things, as a backfill's process reads them. */
export class SimulatedSource implements Source {
  readonly #options: SimulatedSourceOptions;

  constructor(options: SimulatedSourceOptions) {
    this.#options = options;
  }

  partition(count: number): Promise<Partition[]> {
    const { process, rangesAcrossTypes } = this.#options;
    return process.call(() => {
      const entries = this.#entries();
      if (rangesAcrossTypes) return divide(EVERY_BRACKET, entries, count);
      const brackets = BRACKETS.map((name) => entries.filter(({ bracket }) => bracket === name));
      const parts = partitionsPerBracket(
        brackets.map(({ length }) => length),
        count,
      );
      return BRACKETS.flatMap((name, at) => divide(name, brackets[at] ?? [], parts[at] ?? 1));
    });
  }

  async *read(partition: Partition, after: Position | null, batchSize: number): AsyncIterable<SourceBatch> {
    const { process, stampsAfterRead, onRead } = this.#options;
    let position = after;
    for (;;) {
      const matches = rangeOf(partition, position);
      const entries = await process.call(() => this.#entries().filter(matches).slice(0, batchSize));
      const last = entries.at(-1);
      if (!last) return;
      position = last.json;
      for (const { json } of entries) onRead?.(partition, json);
      if (stampsAfterRead) await process.call(() => undefined);
      const documents = entries.map(({ document }) => (stampsAfterRead ? this.#stamped(document) : document));
      yield { documents, position };
    }
  }

  get(keys: readonly string[]): Promise<(SourceDocument | undefined)[]> {
    const { database, process } = this.#options;
    return process.call(() => keys.map((key) => database.latest(key).document));
  }

  async now(): Promise<string> {
    return `${Math.floor(this.#options.process.nowMs() / 1000)}.1`;
  }

  /** In the order of the index over `_id`. */
  #entries(): Entry[] {
    const { database, readsUncommitted } = this.#options;
    return database
      .keysOf(thing)
      .flatMap((key) => (readsUncommitted ? database.uncommitted(key) : database.latest(key)).document ?? [])
      .map((document) => ({ ...idOf(document), document }))
      .sort(byId);
  }

  #stamped(document: SourceDocument): SourceDocument {
    const version = microsOf(this.#options.process.nowMs());
    return { ...document, [VERSIONS_FIELD]: { [ENTITY_SLICE]: version, part: version } };
  }
}

/** The same few ids are asked for again and again, and extended JSON takes its time. */
const known = new Map<unknown, Id>();

const idOf = ({ _id }: SourceDocument): Id => {
  const id = known.get(_id) ?? { bracket: bracketOf(_id), json: jsonOfId(_id) };
  known.set(_id, id);
  return id;
};

const byId = (a: Id, b: Id): number => {
  if (a.bracket === b.bracket) return a.json < b.json ? -1 : 1;
  return BRACKETS.indexOf(a.bracket) - BRACKETS.indexOf(b.bracket);
};

const divide = (bracket: string, entries: readonly Entry[], count: number): Partition[] => {
  const sizes = evenParts(entries.length, Math.max(1, Math.min(count, entries.length)));
  const starts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
  const boundAt = (at: number): string | null =>
    (at === 0 ? undefined : entries[starts[at] ?? entries.length]?.json) ?? null;
  return sizes.map((estimated, at) => ({
    id: `${bracket}-${at}`,
    bsonType: bracket,
    from: boundAt(at),
    to: boundAt(at + 1),
    estimated,
  }));
};

/** As MongoDB answers a range: what is of another type than a bound does not match it, be it `$gt` or `$lt`. */
const rangeOf = ({ bsonType, from, to }: Partition, after: Position | null) => {
  const bounds: ((id: Id) => boolean)[] = [];
  if (from !== null) bounds.push(comparedWith(from, (json) => json >= from));
  if (to !== null) bounds.push(comparedWith(to, (json) => json < to));
  if (after !== null) bounds.push(comparedWith(after, (json) => json > after));
  return (id: Id): boolean =>
    (bsonType === EVERY_BRACKET || id.bracket === bsonType) && bounds.every((isWithin) => isWithin(id));
};

const comparedWith = (bound: string, compare: (json: string) => boolean) => {
  const bracket = bound.startsWith('"') ? 'string' : 'number';
  return (id: Id): boolean => id.bracket === bracket && compare(id.json);
};
