import type { State, Version, VersionedRecord } from '../../services/core/index.ts';

/** A key that is wrong in the sink. */
export interface WrongKey<S extends State = State> {
  readonly key: string;
  /** What the source says it should be; `undefined`: it is not there. */
  readonly expected: VersionedRecord<S> | undefined;
  readonly stored: VersionedRecord<S> | undefined;
  /** The version at which the source deleted it, of a key that is not there. */
  readonly deletedAt: Version | undefined;
}

/** `mended`, or why this way of mending cannot help. */
export type MendOutcome = 'mended' | { readonly left: string };

/** Mends one key; doing it twice is harmless. */
export type Mend<S extends State = State> = (wrong: WrongKey<S>) => Promise<MendOutcome>;
