import { describe, expect, it, jest } from '@jest/globals';
import { RejectError, systemClock } from '../../../../services/core/index.ts';
import type { BulkAnswerItem } from '../../../../services/search/opensearch-bulk.ts';
import type { OpenSearchClient } from '../../../../services/search/opensearch-requests.ts';
import { OpenSearchWriter } from '../../../../services/search/opensearch-writer.ts';

type Answer = (keys: string[]) => BulkAnswerItem[];

const written = { status: 201 };
const busy = { status: 429, error: { type: 'rejected_execution_exception', reason: 'queue is full' } };

/** A writer whose cluster gives one answer after the other, the last one for ever; and the keys of each bulk. */
const writerTo = (...answers: (Answer | Error)[]) => {
  const onBusy = jest.fn();
  const bulks: string[][] = [];
  const request = async ({ bulkBody }: { bulkBody: string }) => {
    const lines = bulkBody.trim().split('\n');
    const keys = lines.filter((_, n) => n % 2 === 0).map((line) => JSON.parse(line).index._id as string);
    bulks.push(keys);
    const answer = answers[Math.min(bulks.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return { body: { items: answer?.(keys).map((index) => ({ index })) } };
  };
  const writer = new OpenSearchWriter({
    client: { transport: { request } } as unknown as OpenSearchClient,
    endpoint: 'http://search.example',
    index: 'people',
    clock: systemClock,
    onBusy,
    patience: { maxRetries: 2, initialDelayMs: 1, maxDelayMs: 1 },
  });
  return { writer, bulks, onBusy };
};
const all =
  (answer: BulkAnswerItem): Answer =>
  (keys) =>
    keys.map(() => answer);
const records = (...keys: string[]) => keys.map((key) => ({ key, version: 1, state: {} }));
const answered = (statusCode: number, error: object) =>
  Object.assign(new Error('Response Error'), {
    name: 'ResponseError',
    statusCode,
    meta: { body: { error } },
  });

describe('a writer to OpenSearch', () => {
  it('sends again what was busy, and that alone', async () => {
    const { writer, bulks, onBusy } = writerTo(
      (keys) => keys.map((key) => (key === 'b' || key === 'c' ? busy : written)),
      (keys) => keys.map((key) => (key === 'c' ? busy : { status: 409 })),
      all(written),
    );
    expect(await writer.putIfNewer(records('a', 'b', 'c', 'd'))).toEqual([
      'written',
      'stale',
      'written',
      'written',
    ]);
    expect(bulks).toEqual([['a', 'b', 'c', 'd'], ['b', 'c'], ['c']]);
    expect(onBusy).toHaveBeenCalledTimes(2);
  });

  it('gives up on what stays busy, and says that trying again may help', async () => {
    const { writer, bulks } = writerTo(all(busy));
    await expect(writer.putIfNewer(records('a'))).rejects.toMatchObject({
      code: 'opensearch-busy',
      retryable: true,
      message: 'OpenSearch at http://search.example: 429: rejected_execution_exception: queue is full',
    });
    expect(bulks).toHaveLength(3);
  });

  it('sends a bulk again that was refused as a whole for now', async () => {
    const { writer, bulks, onBusy } = writerTo(
      answered(429, { type: 'circuit_breaking_exception', reason: 'too much' }),
      all(written),
    );
    expect(await writer.putIfNewer(records('a', 'b'))).toEqual(['written', 'written']);
    expect(bulks).toHaveLength(2);
    expect(onBusy).toHaveBeenCalledTimes(1);
  });

  it('stops at a fault that is none of the record, instead of rejecting it', async () => {
    const error = { type: 'cluster_block_exception', reason: 'index [people] blocked: read-only' };
    const { writer, bulks } = writerTo((keys) =>
      keys.map((_, n) => (n === 1 ? { status: 403, error } : written)),
    );
    await expect(writer.putIfNewer(records('a', 'b'))).rejects.toMatchObject({
      code: 'opensearch-failed',
      retryable: false,
      message: expect.stringContaining('read-only'),
    });
    expect(bulks).toHaveLength(1);
  });

  it('halves a bulk that is too large, until a document that is too large stands alone', async () => {
    const tooLarge = Object.assign(new Error('Response Error'), { name: 'ResponseError', statusCode: 413 });
    const { writer, bulks } = writerTo((keys) => {
      if (keys.includes('huge')) throw tooLarge;
      return keys.map(() => written);
    });
    const outcomes = await writer.putIfNewer(records('a', 'b', 'huge', 'c', 'd'));
    expect(outcomes).toEqual(['written', 'written', expect.any(RejectError), 'written', 'written']);
    expect(bulks).toEqual([
      ['a', 'b', 'huge', 'c', 'd'],
      ['a', 'b', 'huge'],
      ['a', 'b'],
      ['huge'],
      ['c', 'd'],
    ]);
  });

  it('never takes a missing answer for an outcome', async () => {
    const { writer } = writerTo((keys) => keys.slice(1).map(() => written));
    await expect(writer.putIfNewer(records('a', 'b'))).rejects.toMatchObject({ code: 'no-outcome' });
  });

  it('tells a person that the credentials do not allow it', async () => {
    const error = { type: 'security_exception', reason: 'no permissions for [indices:data/write/bulk]' };
    const { writer } = writerTo(answered(403, error));
    await expect(writer.putIfNewer(records('a'))).rejects.toMatchObject({
      code: 'not-allowed',
      name: 'UsageError',
      message: expect.stringContaining('no permissions for [indices:data/write/bulk]'),
    });
  });

  it('quotes a proxy in front of the cluster that answers with text', async () => {
    const gateway = Object.assign(new Error('Response Error'), {
      name: 'ResponseError',
      statusCode: 502,
      meta: { body: '<html>Bad Gateway</html>' },
    });
    const { writer } = writerTo(gateway);
    await expect(writer.putIfNewer(records('a'))).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('502: error: <html>Bad Gateway'),
    });
  });
});
