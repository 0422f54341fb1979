import { fromExtendedJson } from '../../services/core/extended-json.ts';
import { documentOf, type EntityEvent, parseEvents, type SourceDocument } from '../../services/core/index.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';

/**
 * The documents of its key that an entry holds: a backfill puts the document itself into quarantine, a consumer its
 * stream's record, with one event or several. None where the record cannot be read.
 */
export const quarantinedDocuments = ({ key, body }: QuarantineEntry): SourceDocument[] => {
  try {
    const value: unknown = JSON.parse(body);
    if (isDocument(value)) return [fromExtendedJson(value)];
    return parseEvents(body).filter(isStateOf(key)).map(documentOf);
  } catch {
    return [];
  }
};

/** Events have no `_id`, and documents always do. */
const isDocument = (value: unknown): value is SourceDocument =>
  typeof value === 'object' && value !== null && '_id' in value;

const isStateOf =
  (key: string | undefined) =>
  ({ subject, deleted }: EntityEvent): boolean =>
    subject === key && !deleted;
