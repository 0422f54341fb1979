import { hash } from 'node:crypto';
import {
  entityKeyOf,
  RejectError,
  type SourceDocument,
  type State,
  type Version,
  type VersionedRecord,
  versionOf,
} from '../../services/core/index.ts';
import { type Reading, recordOrReject } from '../backfill/record-or-reject.ts';
import { essenceOf, type VersionsFrom } from './compare.ts';

/** A document of the source that stands for no record: its transform refuses it, or its version is none. */
export class RejectedDocument {
  readonly key: string;
  /** Absent: it has none that can be used. */
  readonly version: Version | undefined;
  readonly reason: string;

  constructor(key: string, version: Version | undefined, reason: string) {
    this.key = key;
    this.version = version;
    this.reason = reason;
  }
}

/** What the source says of a key; `undefined`: it does not have it. */
export type Expectation<S extends State = State> = VersionedRecord<S> | RejectedDocument | undefined;

/** What a document means for the sink. */
export const readDocument = <S extends State>(
  document: SourceDocument,
  reading: Reading<S>,
): VersionedRecord<S> | RejectedDocument => {
  const record = recordOrReject(document, reading);
  if (!(record instanceof RejectError)) return record;
  return new RejectedDocument(entityKeyOf(document._id), usableVersion(document, reading), record.message);
};

const usableVersion = (document: SourceDocument, { slice }: Pick<Reading, 'slice'>): Version | undefined => {
  try {
    return versionOf(document, slice);
  } catch {
    return undefined;
  }
};

/** Two expectations of a key have the same digest if they are the same, as far as versions are compared. */
export const digestOf = (expected: Expectation, versionsFrom: VersionsFrom): string =>
  hash('sha256', textOf(expected, versionsFrom), 'base64');

/** The state of a record is an object: no reason is taken for one. */
const textOf = (expected: Expectation, versionsFrom: VersionsFrom): string => {
  if (!(expected instanceof RejectedDocument)) return essenceOf(expected, versionsFrom);
  const version = versionsFrom === 'document' ? expected.version : '';
  return `${version} rejected: ${expected.reason}`;
};
