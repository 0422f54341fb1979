import type { State, Transform, Version, VersionedRecord } from '../../services/core/index.ts';
import type { RawDocument } from './source.ts';

/**
 * A record whose state is decoded when somebody first looks at it. It is the record's own property, so that who
 * spreads, clones or prints the record has it too.
 */
export class RawRecord<S extends State = State> implements VersionedRecord<S> {
  readonly key: string;
  readonly version: Version;
  declare readonly state: S | null;
  readonly #transform: Transform<S>;
  #document: RawDocument | undefined;
  #state: S | null = null;

  constructor(document: RawDocument, { slice, transform }: { slice: string; transform: Transform<S> }) {
    this.key = document.key();
    this.version = document.version(slice);
    this.#document = document;
    this.#transform = transform;
    Object.defineProperty(this, 'state', STATE);
  }

  static stateOf<S extends State>(record: RawRecord<S>): S | null {
    const document = record.#document;
    if (document) {
      record.#state = record.#transform(document.decode());
      record.#document = undefined;
    }
    return record.#state;
  }
}

/** One for all records: with a function for each, defining the property takes three times as long. */
const STATE: PropertyDescriptor & ThisType<RawRecord> = {
  enumerable: true,
  get() {
    return RawRecord.stateOf(this);
  },
};
