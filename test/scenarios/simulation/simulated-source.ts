import type { Partition, Position, Source, SourceBatch } from '../../../migrations/backfill/source.ts';
import { evenParts } from '../../../migrations/backfill/sources/divide.ts';
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
  /** Told of each document that is handed out. */
  readonly onRead?: (partition: Partition, id: string) => void;
}

/** The things, as a backfill's process reads them. */
export class SimulatedSource implements Source {
  readonly #options: SimulatedSourceOptions;

  constructor(options: SimulatedSourceOptions) {
    this.#options = options;
  }

  partition(count: number): Promise<Partition[]> {
    return this.#options.process.call(() => partitionsOf(this.#documents(), count));
  }

  async *read(partition: Partition, after: Position | null, batchSize: number): AsyncIterable<SourceBatch> {
    const { process, stampsAfterRead, onRead } = this.#options;
    let position = after;
    for (;;) {
      const documents = await process.call(() =>
        this.#documents()
          .filter(
            ({ _id }) =>
              isWithin(partition, jsonOfId(_id)) && (position === null || jsonOfId(_id) > position),
          )
          .slice(0, batchSize),
      );
      const last = documents.at(-1);
      if (!last) return;
      position = jsonOfId(last._id);
      for (const { _id } of documents) onRead?.(partition, jsonOfId(_id));
      if (stampsAfterRead) await process.call(() => undefined);
      yield { documents: stampsAfterRead ? documents.map((one) => this.#stamped(one)) : documents, position };
    }
  }

  get(keys: readonly string[]): Promise<(SourceDocument | undefined)[]> {
    const { database, process } = this.#options;
    return process.call(() => keys.map((key) => database.latest(key).document));
  }

  async now(): Promise<string> {
    return `${Math.floor(this.#options.process.nowMs() / 1000)}.1`;
  }

  #documents(): SourceDocument[] {
    const { database, readsUncommitted } = this.#options;
    return database
      .keysOf(thing)
      .sort()
      .flatMap((key) => (readsUncommitted ? database.uncommitted(key) : database.latest(key)).document ?? []);
  }

  #stamped(document: SourceDocument): SourceDocument {
    const version = microsOf(this.#options.process.nowMs());
    return { ...document, [VERSIONS_FIELD]: { [ENTITY_SLICE]: version, part: version } };
  }
}

const partitionsOf = (documents: readonly SourceDocument[], count: number): Partition[] => {
  const sizes = evenParts(documents.length, Math.max(1, Math.min(count, documents.length)));
  const starts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
  const boundAt = (at: number | undefined): string | null => {
    const document = at === undefined || at === 0 ? undefined : documents[at];
    return document ? jsonOfId(document._id) : null;
  };
  return sizes.map((estimated, at) => ({
    id: `string-${at}`,
    bsonType: 'string',
    from: boundAt(starts[at]),
    to: boundAt(starts[at + 1]),
    estimated,
  }));
};

const isWithin = ({ from, to }: Partition, id: string): boolean =>
  (from === null || id >= from) && (to === null || id < to);
