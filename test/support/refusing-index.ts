import { RejectError, type State, type VersionedRecord } from '../../services/core/index.ts';
import type { SearchIndex } from '../../services/search/search-index.ts';

/** The index, but for the states that `isBad` points at: it refuses them for good. */
export const refusing = <S extends State>(
  index: SearchIndex<S>,
  isBad: (state: S) => boolean,
): SearchIndex<S> => ({
  get: (keys) => index.get(keys),
  scan: () => index.scan(),
  search: (query) => index.search(query),
  write: async (records, signal) => {
    const bad = (record: VersionedRecord<S>) => record.state !== null && isBad(record.state);
    const good = records.filter((record) => !bad(record));
    const outcomes = await index.write(good, signal);
    return records.map((record) => (bad(record) ? new RejectError('bad') : outcomes[good.indexOf(record)]));
  },
});
