import {
  SearchCommand,
  type SearchRequest,
  UploadDocumentsCommand,
} from '@aws-sdk/client-cloudsearch-domain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshCloudSearch } from '../../support/cloudsearch.ts';

let domain: Awaited<ReturnType<typeof freshCloudSearch>>;
beforeAll(async () => {
  domain = await freshCloudSearch([
    { name: 'title', type: 'text' },
    { name: 'year', type: 'int' },
  ]);
});
afterAll(() => domain.stop());

const upload = (batch: unknown, contentType: 'application/json' | 'application/xml' = 'application/json') =>
  domain.client.send(
    new UploadDocumentsCommand({ contentType, documents: Buffer.from(JSON.stringify(batch)) }),
  );
const search = (request: SearchRequest) => domain.client.send(new SearchCommand(request));
const add = (id: string, title: string, year: number) => ({ type: 'add', id, fields: { title, year } });

describe("the local CloudSearch endpoint, through AWS's SDK", () => {
  it('takes a batch and finds its documents', async () => {
    expect(
      await upload([
        add('tt1', 'Star Wars', 1977),
        add('tt2', 'Star Trek', 1979),
        { type: 'delete', id: 'tt9' },
      ]),
    ).toMatchObject({
      status: 'success',
      adds: 2,
      deletes: 1,
    });
    const found = await search({
      query: 'star',
      expr: '{"age":"2000-year"}',
      sort: 'age desc',
      return: 'title,age',
      size: 1,
    });
    expect(found).toMatchObject({
      status: { rid: expect.any(String), timems: expect.any(Number) },
      hits: {
        found: 2,
        start: 0,
        hit: [{ id: 'tt1', fields: { title: ['Star Wars'] }, exprs: { age: '23' } }],
      },
    });
  });

  it('takes the structured parser, weights and a cursor', async () => {
    const request: SearchRequest = {
      query: "(and (prefix 'tre') year:[1970,})",
      queryParser: 'structured',
      queryOptions: '{"fields":["title^2"]}',
      filterQuery: 'matchall',
      sort: '_id asc',
      cursor: 'initial',
    };
    const { hits } = await search(request);
    expect(hits?.hit?.map(({ id }) => id)).toEqual(['tt2']);
    expect((await search({ ...request, cursor: hits?.cursor })).hits).toMatchObject({ found: 1, hit: [] });
  });

  it('refuses a batch whole', async () => {
    await expect(upload([add('good', 'Fine', 2000), add('b d', 'Bad', 2000)])).rejects.toMatchObject({
      name: 'DocumentServiceException',
      status: 'error',
      message: expect.stringContaining('index 2; document_id b d'),
      $metadata: { httpStatusCode: 400 },
    });
    expect((await search({ query: 'fine' })).hits?.found).toBe(0);
  });

  it('refuses a batch over 5 MB with 413, and other formats than JSON with 415', async () => {
    const large = Array.from({ length: 6 }, (_, n) => add(`large${n}`, 'x'.repeat(1_000_000), 1));
    await expect(upload(large)).rejects.toMatchObject({
      name: 'DocumentServiceException',
      $metadata: { httpStatusCode: 413 },
    });
    await expect(upload([], 'application/xml')).rejects.toMatchObject({ $metadata: { httpStatusCode: 415 } });
  });

  it('refuses a search that it does not understand', async () => {
    await expect(search({ query: "(or 'a", queryParser: 'structured' })).rejects.toMatchObject({
      name: 'SearchException',
      message: expect.stringContaining('Syntax error'),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('takes a search as a form, as clients send one that is too long for an address', async () => {
    const answer = await fetch(`${domain.endpoint}/2013-01-01/search`, {
      method: 'POST',
      body: new URLSearchParams({ q: 'star', size: '1' }),
    });
    expect(await answer.json()).toMatchObject({ hits: { found: 2 } });
  });

  it('knows nothing else', async () => {
    expect((await fetch(`${domain.endpoint}/2013-01-01/suggest?q=x`)).status).toBe(404);
  });
});
