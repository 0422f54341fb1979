import { UploadDocumentsCommand } from '@aws-sdk/client-cloudsearch-domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RejectError } from '../../../services/core/index.ts';
import { type CloudSearchField, domainFields } from '../../../services/search/cloudsearch-field.ts';
import { CloudSearchIndex } from '../../../services/search/cloudsearch-index.ts';
import { describeSearchIndex } from '../../contract/search-index-contract.ts';
import { type Person, personRanking } from '../../contract/searches-contract.ts';
import { freshCloudSearch } from '../../support/cloudsearch.ts';

const fields: CloudSearchField[] = [
  { name: 'nick', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'fans', type: 'int' },
  { name: 'tags', type: 'literal-array' },
];

let domain: Awaited<ReturnType<typeof freshCloudSearch>>;
let index: CloudSearchIndex<Person>;
let batches: { documents: number; bytes: number }[];

beforeAll(async () => {
  domain = await freshCloudSearch(domainFields(fields));
  domain.client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'UploadDocumentsCommand') {
        const { documents } = args.input as { documents: Buffer };
        batches.push({ documents: JSON.parse(String(documents)).length, bytes: documents.byteLength });
      }
      return next(args);
    },
    { step: 'initialize', name: 'countBatches' },
  );
  index = new CloudSearchIndex<Person>({
    documents: domain,
    searches: domain,
    fields,
    ranking: personRanking,
  });
});
beforeEach(() => {
  batches = [];
});
afterAll(() => domain.stop());

const empty = async () => {
  const keys: string[] = [];
  for await (const page of index.scan()) keys.push(...page.map(({ key }) => key));
  await index.write(keys.map((key) => ({ key, version: 1, state: null })));
  batches = [];
  return index;
};
const person = (name: string): Person => ({ nick: 'nick', name, fans: 0, tags: ['x'] });
const record = (key: string, name: string) => ({ key, version: 1, state: person(name) });

describeSearchIndex('CloudSearch', empty);

describe('CloudSearchIndex', () => {
  beforeEach(empty);

  it('sends many records as one batch', async () => {
    await index.write(Array.from({ length: 1_000 }, (_, n) => record(`k${n}`, 'Ann')));
    expect(batches).toMatchObject([{ documents: 1_000 }]);
  });

  it('keeps every batch at 5 MB or less', async () => {
    const outcomes = await index.write(
      Array.from({ length: 14 }, (_, n) => record(`k${n}`, 'x'.repeat(900_000))),
    );
    expect(outcomes).toEqual(outcomes.map(() => undefined));
    expect(batches.map((batch) => batch.documents)).toEqual([5, 5, 4]);
    expect(Math.max(...batches.map((batch) => batch.bytes))).toBeLessThanOrEqual(5 * 1024 * 1024);
  });

  it('halves a refused batch until the records at fault stand alone, and stores all others', async () => {
    const records = Array.from({ length: 64 }, (_, n) =>
      record(`k${n}`, n === 40 || n === 41 ? 'bad\u0001' : 'Ann'),
    );
    const outcomes = await index.write(records);
    expect(outcomes.flatMap((one, n) => (one instanceof RejectError ? [n] : []))).toEqual([40, 41]);
    expect(outcomes[40]?.message).toMatch(/refuses the document.*not valid in XML/);
    expect((await index.get(records.map(({ key }) => key))).filter(Boolean)).toHaveLength(62);
    expect(batches.length).toBeLessThanOrEqual(1 + 2 * 6);
  });

  it.each([
    ['a document over 1 MB', { state: person('x'.repeat(1_100_000)) }, /at most 1048576/],
    ['a key too long for an id', { key: 'k'.repeat(129) }, /makes no CloudSearch id/],
    ['an empty key', { key: '' }, /makes no CloudSearch id/],
    ['null, which the domain cannot hold', { state: { ...person('a'), name: null } }, /name is null/],
    ['an empty list', { state: { ...person('a'), tags: [] } }, /tags is an empty list/],
    ['a field that the domain does not have', { state: { ...person('a'), x: 1 } }, /no field x/],
    ['a number that is none', { state: { ...person('a'), fans: 'many' } }, /takes integers/],
  ])('rejects %s without holding up the others', async (_, change, why) => {
    const outcomes = await index.write([
      record('good', 'Ann'),
      { ...record('bad', 'Ann'), ...change } as ReturnType<typeof record>,
    ]);
    expect(outcomes).toMatchObject([undefined, { code: 'rejected', message: expect.stringMatching(why) }]);
    expect(await index.get(['good'])).toEqual([record('good', 'Ann')]);
  });

  it('answers undefined for a key that no document can have', async () => {
    expect(await index.get(['k'.repeat(129)])).toEqual([undefined]);
  });

  it('does not take a document of somebody else for its own', async () => {
    const foreign = [{ type: 'add', id: 'foreign', fields: { nick: 'x' } }];
    await domain.client.send(
      new UploadDocumentsCommand({
        contentType: 'application/json',
        documents: Buffer.from(JSON.stringify(foreign)),
      }),
    );
    await expect(index.get(['foreign'])).rejects.toMatchObject({ code: 'not-ours' });
    await index.write([{ key: 'foreign', version: 1, state: null }]);
  });

  it('gives an upload up when it is told to, and says that trying again may help', async () => {
    const signal = AbortSignal.timeout(1);
    const records = Array.from({ length: 2_000 }, (_, n) => record(`k${n}`, 'Ann'));
    await expect(index.write(records, signal)).rejects.toMatchObject({
      code: 'cloudsearch-busy',
      retryable: true,
    });
  });

  it('refuses fields under the names that it needs itself', () => {
    const taken = { documents: domain, searches: domain, ranking: personRanking };
    expect(() => new CloudSearchIndex({ ...taken, fields: [{ name: 'version', type: 'int' }] })).toThrow(
      'version is taken',
    );
  });
});
