import { BanyanError } from '../core/index.ts';

/** A value with the revision that a compare-and-set has to name. Revisions start at 1. */
export interface Revisioned<T> {
  readonly value: T;
  readonly revision: number;
}

/** One entry of an append-only log. */
export interface LogEntry<T = unknown> {
  readonly atMs: number;
  readonly entry: T;
}

/** Small shared state: weights, runs, checkpoints, leases, and append-only logs beside them. Values are JSON. */
export interface ControlStore {
  get<T>(key: string): Promise<Revisioned<T> | undefined>;
  /**
   * Writes `value` if the key is at `expectedRevision` (0: does not exist; `'any'`: whatever it is) and answers
   * the new revision. `undefined` forgets the key, which then is at 0; what is not there is forgotten already.
   * @throws RevisionConflictError when somebody else wrote first; nothing was changed.
   */
  put<T>(key: string, value: T | undefined, expectedRevision: number | 'any'): Promise<number>;
  /** Appends to the log; entries are never changed. */
  append<T>(log: string, entry: T): Promise<void>;
  /** The newest `limit` entries of the log, newest first. */
  history<T>(log: string, limit: number): Promise<LogEntry<T>[]>;
}

/** Somebody else wrote the key since the caller read it: read again and decide again. */
export class RevisionConflictError extends BanyanError {
  readonly key: string;
  readonly expectedRevision: number;

  constructor(key: string, expectedRevision: number) {
    super(
      'revision-conflict',
      `${key} is no longer at revision ${expectedRevision}: it was changed meanwhile`,
    );
    this.key = key;
    this.expectedRevision = expectedRevision;
  }
}
