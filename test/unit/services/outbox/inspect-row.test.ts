import { describe, expect, it } from '@jest/globals';
import { inspectRow } from '../../../../services/outbox/inspect-row.ts';

const inspect = (event: string, maxRecordBytes = 1_000) =>
  inspectRow({ id: '1', stream: 's', key: 'ké', event, createdAtMs: 0 }, maxRecordBytes);

describe('inspectRow', () => {
  it('lets a CloudEvent pass, and measures it in UTF-8', () => {
    const event = '{"specversion":"1.0","note":"é"}';
    expect(inspect(event)).toMatchObject({ bytes: 33, reject: undefined });
  });

  it('counts the key into the limit of a record', () => {
    const event = '{"specversion":"1.0"}';
    expect(inspect(event, event.length + 3).reject).toBeUndefined();
    expect(inspect(event, event.length + 2).reject).toBe(
      "the record takes 24 bytes with its key, and the stream's limit is 23",
    );
  });

  it.each(['', 'k'.repeat(257)])('lets no key pass that no stream takes: %j', (key) => {
    const row = { id: '1', stream: 's', key, event: '{"specversion":"1.0"}', createdAtMs: 0 };
    expect(inspectRow(row, 1_000).reject).toBe(
      `the key has ${key.length} characters, and a stream takes 1 to 256`,
    );
    expect(inspectRow({ ...row, key: 'k'.repeat(256) }, 1_000).reject).toBeUndefined();
  });

  it.each([
    ['{', 'the event is not JSON'],
    ['[]', 'the event is JSON, but not a CloudEvent'],
    ['null', 'the event is JSON, but not a CloudEvent'],
    ['"specversion"', 'the event is JSON, but not a CloudEvent'],
  ])('says what is wrong with %s', (event, reason) => {
    expect(inspect(event).reject).toContain(reason);
  });
});
