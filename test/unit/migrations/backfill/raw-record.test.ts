import { describe, expect, it } from '@jest/globals';
import { RawRecord } from '../../../../migrations/backfill/raw-record.ts';
import { pick } from '../../../../services/core/index.ts';

const makeRecord = () => {
  let decodings = 0;
  const document = {
    bytes: 10,
    key: () => 'ada',
    version: () => 5,
    decode: () => {
      decodings += 1;
      return { _id: 'ada', name: 'Ada' };
    },
  };
  const record = new RawRecord(document, { slice: 'entity', transform: pick('name') });
  return { record, decodings: () => decodings };
};

describe('a record of a raw document', () => {
  it('decodes nothing before somebody looks at its state, and once then', () => {
    const { record, decodings } = makeRecord();
    expect({ key: record.key, version: record.version }).toEqual({ key: 'ada', version: 5 });
    expect(decodings()).toBe(0);
    expect(record.state).toEqual({ name: 'Ada' });
    expect(record.state).toBe(record.state);
    expect(decodings()).toBe(1);
  });

  it.each([
    ['spread', (record: object) => ({ ...record })],
    ['cloned', (record: object) => structuredClone(record)],
    ['written as JSON', (record: object) => JSON.parse(JSON.stringify(record))],
    ['assigned', (record: object) => Object.assign({}, record)],
  ])('keeps its state when it is %s', (_, copy) => {
    expect(copy(makeRecord().record)).toEqual({ key: 'ada', version: 5, state: { name: 'Ada' } });
  });
});
