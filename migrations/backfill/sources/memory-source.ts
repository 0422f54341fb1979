import { entityKeyOf, type SourceDocument } from '../../../services/core/index.ts';
import type { Partition, Position, Source, SourceBatch } from '../source.ts';
import { bracketOf } from './bracket-of.ts';
import { evenParts, partitionsPerBracket } from './divide.ts';
import { ID_BRACKETS } from './id-brackets.ts';
import { jsonOfId } from './id-json.ts';

interface Entry {
  readonly id: string;
  readonly bracket: string;
  readonly document: SourceDocument;
}

/** A source in memory, for tests; within a bracket its key order is that of the ids' extended JSON. */
export class MemorySource implements Source {
  readonly #byKey = new Map<string, Entry>();
  #ticks = 0;

  constructor(documents: readonly SourceDocument[] = []) {
    for (const document of documents) this.put(document);
  }

  put(document: SourceDocument): void {
    const { _id } = document;
    this.#byKey.set(entityKeyOf(_id), { id: jsonOfId(_id), bracket: bracketOf(_id), document });
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  async partition(count: number): Promise<Partition[]> {
    const brackets = ID_BRACKETS.map(({ name }) => ({ name, ids: this.#entries(name).map(({ id }) => id) }));
    const parts = partitionsPerBracket(
      brackets.map(({ ids }) => ids.length),
      count,
    );
    return brackets.flatMap(({ name, ids }, i) => divide(name, ids, parts[i] ?? 1));
  }

  async *read(partition: Partition, after: Position | null, batchSize: number): AsyncIterable<SourceBatch> {
    let position = after;
    for (;;) {
      const batch = this.#entries(partition.bsonType)
        .filter(({ id }) => isWithin(partition, id) && (position === null || id > position))
        .slice(0, batchSize);
      const last = batch.at(-1);
      if (!last) return;
      position = last.id;
      yield { documents: batch.map(({ document }) => document), position };
    }
  }

  async get(keys: readonly string[]): Promise<(SourceDocument | undefined)[]> {
    return keys.map((key) => this.#byKey.get(key)?.document);
  }

  async now(): Promise<string> {
    this.#ticks += 1;
    return `${this.#ticks}.0`;
  }

  #entries(bracket: string): Entry[] {
    return [...this.#byKey.values()]
      .filter((entry) => entry.bracket === bracket)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

const isWithin = ({ from, to }: Partition, id: string): boolean =>
  (from === null || id >= from) && (to === null || id < to);

const divide = (bracket: string, ids: readonly string[], parts: number): Partition[] => {
  const sizes = evenParts(ids.length, parts);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  return sizes.map((estimated, i) => ({
    id: `${bracket}-${i}`,
    bsonType: bracket,
    from: i === 0 ? null : (ids[starts[i] ?? 0] ?? null),
    to: ids[starts[i + 1] ?? ids.length] ?? null,
    estimated,
  }));
};
