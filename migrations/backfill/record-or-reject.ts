import {
  messageOf,
  RejectError,
  recordOfDocument,
  type SourceDocument,
  type State,
  type Transform,
  type VersionedRecord,
} from '../../services/core/index.ts';

/** How a plan reads documents: which slice's version orders them, and what becomes of them. */
export interface Reading<S extends State = State> {
  readonly slice: string;
  readonly transform: Transform<S>;
  /** The top-level fields that the transform reads; absent: it may read any. Only these are fetched then. */
  readonly fields?: readonly string[] | undefined;
}

/** The record a document stands for, or why it can never be one: reading is pure, so that no failure passes. */
export const recordOrReject = <S extends State>(
  document: SourceDocument,
  { slice, transform }: Reading<S>,
): VersionedRecord<S> | RejectError => {
  try {
    return recordOfDocument(document, slice, transform);
  } catch (cause) {
    return cause instanceof RejectError ? cause : new RejectError(messageOf(cause), { cause });
  }
};
