import {
  type SourceDocument,
  type State,
  type Transform,
  VERSIONS_FIELD,
} from '../../services/core/index.ts';
import type { Quarantine, QuarantineEntry } from '../../services/stream/quarantine.ts';
import { writeUnitsOf } from './prepare-batch.ts';

/** What becomes of one top-level field of the source's documents. */
export interface FieldReport {
  readonly field: string;
  /** Documents that have it. */
  readonly documents: number;
  /** Whether the transform looks at it; what it never looks at is dropped. */
  readonly read: boolean;
}

/** Documents that were rejected for one reason. */
export interface RejectReport {
  /** The field at fault, where the reason names one. */
  readonly field?: string;
  readonly reason: string;
  readonly documents: number;
  /** Some of their keys. */
  readonly keys: readonly string[];
}

export interface TransformReport {
  readonly fields: readonly FieldReport[];
  readonly rejects: readonly RejectReport[];
  /** Documents of which the sink holds nothing: the transform answered `null`. */
  readonly tombstones: number;
  readonly bytes: number;
  readonly largestBytes: number;
  /** DynamoDB's, were it the sink. */
  readonly writeUnits: number;
}

/** So many documents are watched while the transform reads them: that takes time, and tells enough. */
const WATCHED = 2_000;
/** By the copy itself. */
const ALWAYS_READ = ['_id', VERSIONS_FIELD];
const KEYS_SHOWN = 3;
const REASONS = 100;
const OTHERS = 'other reasons';
const AT_FIELD = /→ at ([\w.[\]]+)/;

/** Watches a transform at work, and what is rejected: the report of a copy that writes nothing. */
export class TransformWatch<S extends State = State> {
  readonly #transform: Transform<S>;
  readonly #seen = new Map<string, number>();
  readonly #read = new Set<string>();
  readonly #rejects = new Map<string, { documents: number; keys: string[]; field?: string }>();
  readonly #sizes = { tombstones: 0, bytes: 0, largestBytes: 0, writeUnits: 0 };
  #watched = 0;

  constructor(transform: Transform<S>) {
    this.#transform = transform;
  }

  /** The transform itself, watched. */
  readonly transform: Transform<S> = (document) => {
    this.#watch(document);
    const state = this.#transform(document);
    if (state === null) this.#sizes.tombstones += 1;
    else this.#measure(state);
    return state;
  };

  /** Takes what is rejected, and keeps of it only the reason. */
  readonly quarantine: Quarantine = {
    put: async (entry) => this.#rejected(entry),
    list: async function* () {},
    remove: async () => {},
  };

  report(): TransformReport {
    const fields = [...this.#seen].map(([field, documents]) => ({
      field,
      documents,
      read: this.#read.has(field),
    }));
    const rejects = [...this.#rejects].map(([reason, reject]) => ({ reason, ...reject }));
    return {
      fields: fields.toSorted((a, b) => b.documents - a.documents),
      rejects: rejects.toSorted((a, b) => b.documents - a.documents),
      ...this.#sizes,
    };
  }

  /** On a copy behind a proxy: what the transform answers, or throws, is that of the document itself. */
  #watch(document: SourceDocument): void {
    for (const field of Object.keys(document)) {
      if (!ALWAYS_READ.includes(field)) this.#seen.set(field, (this.#seen.get(field) ?? 0) + 1);
    }
    if (this.#watched >= WATCHED) return;
    this.#watched += 1;
    const watched = new Proxy(document, {
      get: (target, field) => {
        if (typeof field === 'string') this.#read.add(field);
        return Reflect.get(target, field);
      },
    });
    try {
      this.#transform(watched);
    } catch {
      // The document itself is transformed next, and fails likewise if it is to blame.
    }
  }

  #measure(state: S): void {
    const bytes = Buffer.byteLength(jsonOf(state));
    this.#sizes.bytes += bytes;
    this.#sizes.largestBytes = Math.max(this.#sizes.largestBytes, bytes);
    this.#sizes.writeUnits += writeUnitsOf(bytes);
  }

  #rejected({ key = '', reason }: QuarantineEntry): void {
    // The same reason of many keys is one line.
    const general = reason.replaceAll(key, '…').replaceAll(/\s*\n\s*/g, ' ');
    const name = this.#rejects.has(general) || this.#rejects.size < REASONS ? general : OTHERS;
    const [, field] = AT_FIELD.exec(reason) ?? [];
    const reject = this.#rejects.get(name) ?? { documents: 0, keys: [], ...(field ? { field } : {}) };
    reject.documents += 1;
    if (reject.keys.length < KEYS_SHOWN) reject.keys.push(key);
    this.#rejects.set(name, reject);
  }
}

/** A state that is no JSON is the sink's to reject. */
const jsonOf = (state: State): string => {
  try {
    return JSON.stringify(state);
  } catch {
    return '';
  }
};
