import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseBatch } from '../../../../../infra/local/cloudsearch/document-batch.ts';
import { Domain } from '../../../../../infra/local/cloudsearch/domain.ts';
import { Schema } from '../../../../../infra/local/cloudsearch/schema.ts';
import { parseSearchRequest } from '../../../../../infra/local/cloudsearch/search-request.ts';

const schema = new Schema([
  { name: 'name', type: 'text' },
  { name: 'plot', type: 'text' },
  { name: 'code', type: 'literal' },
  { name: 'fans', type: 'int' },
  { name: 'rating', type: 'double', default: 2.5 },
  { name: 'tags', type: 'literal-array' },
  { name: 'secret', type: 'literal', return: false },
  { name: 'hidden', type: 'text', search: false, sort: false },
]);
const people = {
  ann: {
    name: 'Ann Lee',
    plot: 'star of the sea',
    code: 'A-1',
    fans: 5,
    rating: 4.5,
    tags: ['x', 'y'],
    secret: 's',
  },
  bob: { name: 'Bob Stone', plot: 'ann is a star, a star', code: 'B-1', fans: 50 },
  cia: { name: 'Ánna Łee', plot: 'nothing', code: 'a-1', fans: 500, tags: ['y'] },
  dot: { name: 'Dot', plot: 'quiet', hidden: 'star' },
};

let domain: Domain;
const upload = (operations: unknown[]) =>
  domain.apply(parseBatch(Buffer.from(JSON.stringify(operations)), schema.fields));
const search = (params: { [name: string]: string }) =>
  domain.search(parseSearchRequest(new URLSearchParams(params), schema));
const ids = (params: { [name: string]: string }) => search(params).hit.map((hit) => hit.id);
const structured = (q: string, more: { [name: string]: string } = {}) =>
  ids({ q, 'q.parser': 'structured', sort: '_id asc', ...more });

beforeEach(() => {
  domain = new Domain(':memory:', schema);
  upload(Object.entries(people).map(([id, fields]) => ({ type: 'add', id, fields })));
});
afterEach(() => domain.close());

describe('a domain', () => {
  it.each([
    ['lee', ['ann']],
    ['ann', ['ann', 'bob']],
    ['an*', ['ann', 'bob', 'cia']],
    ['ANNA', ['cia']],
    ['star -sea', ['bob']],
    ['"of the sea"', ['ann']],
    ['"sea the of"', []],
    ['lee | quiet', ['ann', 'dot']],
    ['', []],
  ])('finds %s simply', (q, expected) => {
    expect(ids({ q, sort: '_id asc' })).toEqual(expected);
  });

  it.each([
    ['matchall', ['ann', 'bob', 'cia', 'dot']],
    ["(not 'ann')", ['cia', 'dot']],
    ["(and 'star' (not name:'bob'))", ['ann']],
    ["(or name:'bob' plot:'quiet')", ['bob', 'dot']],
    ["(and (not 'ann') (not 'quiet'))", ['cia']],
    ["name:'stone bob'", ['bob']],
    ["(phrase field=name 'stone bob')", []],
    ["code:'A-1'", ['ann']],
    ["(prefix field=code 'a')", ['cia']],
    ["(prefix field=_id 'd')", ['dot']],
    ["tags:'y'", ['ann', 'cia']],
    ["(prefix field=tags 'x')", ['ann']],
    ['fans:50', ['bob']],
    ['fans:[5,500}', ['ann', 'bob']],
    ['fans:{5,}', ['bob', 'cia']],
    ['rating:2.5', ['bob', 'cia', 'dot']],
    ["secret:'s'", ['ann']],
    ["(or (term field=_id 'ann') (term field=_id 'dot') (term field=_id 'none'))", ['ann', 'dot']],
  ])('finds %s', (q, expected) => {
    expect(structured(q)).toEqual(expected);
  });

  it.each(["nope:'x'", "hidden:'star'", 'name:[1,2]', "fans:'many'"])('refuses the query %s', (q) => {
    expect(() => structured(q)).toThrow(/Syntax error in query/);
  });

  it('filters without changing the scores', () => {
    const params = { q: 'star', return: '_score', fq: "code:'A-1'" };
    const { hit } = search({ q: 'star', return: '_score' });
    expect(search(params).hit).toEqual(hit.filter(({ id }) => id === 'ann'));
  });

  it('looks in the fields that the options name, by their weights', () => {
    const fields = (...names: string[]) => JSON.stringify({ fields: names });
    expect(ids({ q: 'ann', 'q.options': fields('plot') })).toEqual(['bob']);
    expect(ids({ q: 'ann', 'q.options': fields('name^5', 'plot') })).toEqual(['ann', 'bob']);
    expect(ids({ q: 'ann', 'q.options': fields('name', 'plot^5') })).toEqual(['bob', 'ann']);
  });

  it('joins words by the default operator that the options name', () => {
    expect(ids({ q: 'lee quiet', 'q.options': '{"defaultOperator":"or"}', sort: '_id asc' })).toEqual([
      'ann',
      'dot',
    ]);
  });

  it('gives a rare word a better score than a common one', () => {
    expect(ids({ q: 'star | quiet' })[0]).toBe('dot');
  });

  it('multiplies a clause by its boost', () => {
    const boosted = (boost: number) =>
      ids({ q: `(or (term field=name boost=${boost} 'dot') 'star')`, 'q.parser': 'structured' })[0];
    expect([boosted(100), boosted(0.01)]).toEqual(['dot', 'ann']);
  });

  it.each([
    ['fans desc', ['cia', 'bob', 'ann', 'dot']],
    ['fans asc', ['ann', 'bob', 'cia', 'dot']],
    ['code asc', ['ann', 'bob', 'cia', 'dot']],
    ['rating asc,fans desc', ['cia', 'bob', 'dot', 'ann']],
    ['_id desc', ['dot', 'cia', 'bob', 'ann']],
    ['twice desc,_id asc', ['cia', 'bob', 'ann', 'dot']],
  ])('sorts by %s, what has no value last', (sort, expected) => {
    expect(structured('matchall', { sort, 'expr.twice': '2*fans' })).toEqual(expected);
  });

  it('returns what is asked for, as lists of strings, and expressions apart', () => {
    const params = { q: 'lee', expr: '{"twice":"2*fans","more":"twice+1"}' };
    expect(search({ ...params, return: 'name,fans,tags,more' }).hit).toEqual([
      { id: 'ann', fields: { name: ['Ann Lee'], fans: ['5'], tags: ['x', 'y'] }, exprs: { more: '11' } },
    ]);
    expect(search({ ...params, return: '_no_fields' }).hit).toEqual([{ id: 'ann' }]);
    expect(Object.keys(search({ q: 'lee' }).hit[0]?.fields ?? {})).toEqual([
      'name',
      'plot',
      'code',
      'fans',
      'rating',
      'tags',
    ]);
  });

  it('pages by start and size, and says how many there are', () => {
    const page = (start: string, size: string) =>
      search({ q: 'matchall', 'q.parser': 'structured', sort: '_id asc', start, size });
    expect(page('1', '2')).toMatchObject({ found: 4, start: 1, hit: [{ id: 'bob' }, { id: 'cia' }] });
    expect(page('9', '2')).toMatchObject({ found: 4, hit: [] });
    expect(page('0', '0')).toMatchObject({ found: 4, hit: [] });
  });

  it.each(['_id asc', '_id desc', 'fans desc', 'code asc', '_score desc'])(
    'pages by a cursor through each document once while others are written, sorted by %s',
    (sort) => {
      const seen: string[] = [];
      let cursor = 'initial';
      for (let page = 0; page < 6; page++) {
        const found = search({ q: 'matchall', 'q.parser': 'structured', sort, size: '1', cursor });
        seen.push(...found.hit.map(({ id }) => id));
        cursor = found.cursor ?? '';
        upload([{ type: 'add', id: `a-new-${page}`, fields: { name: 'New', fans: 1_000_000, code: '!' } }]);
      }
      const old = seen.filter((id) => !id.startsWith('a-new'));
      expect(new Set(seen).size).toBe(seen.length);
      if (sort !== '_id desc' && sort !== '_score desc') expect(old.toSorted()).toEqual(Object.keys(people));
    },
  );

  it.each([
    [{ q: 'x', 'q.parser': 'lucene' }, 'parser lucene is not implemented'],
    [{ q: 'x', facet: 'y' }, 'parameter facet is not implemented'],
    [{}, 'q is a required parameter'],
    [{ q: 'x', size: '10001' }, 'at most 10000'],
    [{ q: 'x', size: '-1' }, 'size is a whole number'],
    [{ q: 'x', start: '9995' }, 'at most 10000'],
    [{ q: 'x', start: '1', cursor: 'initial' }, 'mutually exclusive'],
    [{ q: 'x', cursor: 'made-up' }, 'Invalid cursor'],
    [{ q: 'x', sort: 'fans' }, 'is not NAME asc'],
    [{ q: 'x', sort: 'tags asc' }, 'no sortable field'],
    [{ q: 'x', sort: 'hidden asc' }, 'no sortable field'],
    [{ q: 'x', return: 'secret' }, 'can be returned'],
    [{ q: 'x', expr: 'fans' }, 'not JSON'],
    [{ q: 'x', 'expr.up': '1' }, 'up names no expression'],
    [{ q: 'x', 'expr.rank': 'name' }, 'name is no sortable numeric field'],
    [{ q: 'x', 'q.options': '{"fields":["fans"]}' }, 'no searchable text field'],
    [{ q: 'x', 'q.options': '{"operators":"none"}' }, 'operators is not implemented'],
  ])('refuses the search %j: %s', (params, why) => {
    expect(() => search(params as { [name: string]: string })).toThrow(why);
  });

  it('replaces a document whole, words included', () => {
    upload([{ type: 'add', id: 'ann', fields: { name: 'Zoe' } }]);
    expect(ids({ q: 'lee' })).toEqual([]);
    expect(search({ q: 'zoe' }).hit).toEqual([{ id: 'ann', fields: { name: ['Zoe'], rating: ['2.5'] } }]);
  });

  it('counts what it adds and deletes, deletes of unknown documents included', () => {
    expect(
      upload([
        { type: 'delete', id: 'ann' },
        { type: 'delete', id: 'none' },
        { type: 'add', id: 'e', fields: { fans: 1 } },
      ]),
    ).toEqual({ adds: 1, deletes: 2 });
    expect(structured('matchall')).toEqual(['bob', 'cia', 'dot', 'e']);
    expect(ids({ q: 'lee' })).toEqual([]);
  });

  it('keeps 64-bit integers exactly', () => {
    upload([{ type: 'add', id: 'big', fields: { fans: '9007199254740993' } }]);
    expect(structured('fans:9007199254740993')).toEqual(['big']);
    expect(search({ q: 'fans:9007199254740993', 'q.parser': 'structured' }).hit[0]?.fields?.fans).toEqual([
      '9007199254740993',
    ]);
  });

  it('is still there after a restart, and refuses a file with other fields', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudsearch-'));
    const file = join(folder, 'domain.sqlite');
    const first = new Domain(file, schema);
    first.apply(parseBatch(Buffer.from('[{"type":"add","id":"a","fields":{"name":"Ann"}}]'), schema.fields));
    first.close();
    domain.close();
    domain = new Domain(file, schema);
    expect(ids({ q: 'ann' })).toEqual(['a']);
    expect(() => new Domain(file, new Schema([{ name: 'other', type: 'text' }]))).toThrow(
      'other index fields',
    );
    domain.close();
    domain = new Domain(':memory:', schema);
    rmSync(folder, { recursive: true });
  });
});

describe('Schema', () => {
  it.each(['Name', '1st', 'a-b', 'score', '', 'x'.repeat(65)])('refuses the field name %j', (name) => {
    expect(() => new Schema([{ name, type: 'text' }])).toThrow('is no CloudSearch field name');
  });

  it('refuses the same name twice, and no field at all', () => {
    expect(
      () =>
        new Schema([
          { name: 'a', type: 'text' },
          { name: 'a', type: 'int' },
        ]),
    ).toThrow('the same name');
    expect(() => new Schema([])).toThrow('at least one field');
  });
});
