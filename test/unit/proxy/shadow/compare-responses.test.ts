import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shadowSchema } from '../../../../proxy/routing/shadow-config.ts';
import { compareResponses, type ReadAnswer } from '../../../../proxy/shadow/compare-responses.ts';
import { compareRules } from '../../../../proxy/shadow/compare-rules.ts';

type Rules = Partial<Parameters<typeof shadowSchema.parse>[0] & object>;
const rulesOf = (rules: Rules = {}) => compareRules(shadowSchema.parse({ percent: 100, ...rules }));
const json = (value: unknown, status = 200): ReadAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: Buffer.from(JSON.stringify(value)),
});
const plain = (body: string): ReadAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from(body),
});
/** The differences as `field kind`. */
const found = (control: ReadAnswer, candidate: ReadAnswer, rules: Rules = {}): string[] =>
  compareResponses(control, candidate, rulesOf(rules)).map(({ field, kind }) => `${field} ${kind}`);
const between = (control: unknown, candidate: unknown, rules: Rules = {}) =>
  found(json(control), json(candidate), rules);

const ann = { id: '1', name: 'Ann', followers: 3 };
const bob = { id: '2', name: 'Bob', followers: 5 };
const cid = { id: '3', name: 'Cid', followers: 8 };

describe('comparing answers', () => {
  it.each([
    ['nothing', { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, []],
    [
      'a value',
      { users: [ann, bob] },
      { users: [ann, { ...bob, name: 'Rob' }] },
      ['body.users[].name value'],
    ],
    ['a type', { a: 1 }, { a: '1' }, ['body.a type']],
    ['null and nothing', { a: null }, {}, ['body.a missing']],
    ['a field that came', {}, { a: { b: 1 } }, ['body.a extra']],
    ['a list that grew', [1, 2], [1, 2, 3], ['body length']],
    ['an order', [1, 2], [2, 1], ['body[] value', 'body[] value']],
    ['a list for an object', { a: [] }, { a: {} }, ['body.a type']],
    ['an odd name', { 'a.b': 1 }, { 'a.b': 2 }, ['body."a.b" value']],
    ['the whole body', 1, 2, ['body value']],
  ])('finds %s', (_, control, candidate, differences) => {
    expect(between(control, candidate)).toEqual(differences);
  });

  it('finds a status and the chosen headers, and no others', () => {
    const answer = json({});
    const other = { ...json({}, 404), headers: { ...answer.headers, etag: '"2"', 'x-cache': 'hit' } };
    expect(found(answer, other)).toEqual(['status value']);
    expect(found(answer, other, { headers: ['ETag'] })).toEqual(['status value', 'header.etag extra']);
    expect(found(other, answer, { headers: ['ETag'] })).toEqual(['status value', 'header.etag missing']);
  });

  it('compares what is not JSON as it is, and so what only says that it is', () => {
    expect(found(plain('same'), plain('same'))).toEqual([]);
    expect(found(plain('one'), plain('other'))).toEqual(['body value']);
    const broken = { ...json({}), body: Buffer.from('{"a":') };
    expect(found(broken, broken)).toEqual([]);
    expect(found(broken, json({}))).toEqual(['body value']);
  });

  it.each([
    [['body.now'], ['body.users[].at value']],
    [['body.users[].at'], ['body.now value']],
    [['**.at', 'body.*'], []],
    [['body.users'], ['body.now value']],
    [['body'], []],
    [['body.users[]'], ['body.now value']],
  ])('ignores what it is told to: %j', (ignore, differences) => {
    const answer = (at: number) => ({ users: [{ id: 1, at }], now: at });
    expect(between(answer(1), answer(2), { ignore })).toEqual(differences);
  });

  it('ignores a field that only one side has', () => {
    expect(between({ a: 1 }, {}, { ignore: ['body.a'] })).toEqual([]);
  });

  it('takes unordered lists as bags', () => {
    const unordered = ['body.users'];
    expect(between({ users: [ann, bob, bob] }, { users: [bob, ann, bob] }, { unordered })).toEqual([]);
    expect(between({ users: [ann, ann, bob] }, { users: [bob, ann, bob] }, { unordered })).not.toEqual([]);
    expect(between({ users: [ann, bob] }, { users: [bob] }, { unordered })).toEqual(['body.users length']);
  });

  it('pairs those elements of a bag that are nearest', () => {
    const changed = { ...ann, followers: 4 };
    expect(between([ann, bob, cid], [cid, changed, bob], { unordered: ['body'] })).toEqual([
      'body[].followers value',
    ]);
    const many = Array.from({ length: 200 }, (_, id) => ({ id, at: 1 }));
    const later = many.map(({ id }) => ({ id, at: 2 })).reverse();
    expect(new Set(between(many, later, { unordered: ['body'] }))).toEqual(new Set(['body[].at value']));
  });

  it.each([
    [{ absolute: 2 }, 10, 12, []],
    [{ absolute: 2 }, 10, 12.5, ['body.score value']],
    [{ relativePercent: 10 }, 100, 90, []],
    [{ relativePercent: 10 }, 100, 89, ['body.score value']],
    [{ relativePercent: 10 }, 100, '100', ['body.score type']],
  ])('tolerates numbers that are near: %j', (tolerance, control, candidate, differences) => {
    const rules = { tolerance: [{ path: 'body.score', ...tolerance }] };
    expect(between({ score: control }, { score: candidate }, rules)).toEqual(differences);
    expect(between({ other: 1 }, { other: 1.0001 }, rules)).toEqual(['body.other value']);
  });

  describe('by rank', () => {
    const ranked = (more: object = {}) => ({
      ranked: [{ path: 'body', key: 'id', top: 3, minOverlapPercent: 60, ...more }],
    });
    const dan = { id: '4', name: 'Dan', followers: 1 };

    it('takes another order and a little difference as the same', () => {
      expect(between([ann, bob, cid], [cid, ann, bob], ranked())).toEqual([]);
      expect(between([ann, bob, cid], [ann, bob, dan], ranked())).toEqual([]);
    });

    it('finds too little overlap, and looks no deeper than it should', () => {
      expect(between([ann, bob, cid], [ann, dan], ranked())).toEqual(['body overlap']);
      expect(between([ann, bob, cid, dan], [ann, bob, cid], ranked())).toEqual([]);
      expect(between([], [ann], ranked())).toEqual(['body overlap']);
      expect(between([], [], ranked())).toEqual([]);
    });

    it('compares what both have', () => {
      expect(between([ann, bob], [{ ...bob, name: 'Rob' }, ann], ranked())).toEqual(['body[].name value']);
      expect(between([ann, bob], [{ ...bob, name: 'Rob' }, ann], ranked({ key: undefined }))).toEqual([
        'body overlap',
      ]);
    });
  });

  it('bears what is as deep as it gets', () => {
    const deep = (inner: unknown, levels: number): unknown =>
      levels === 0 ? inner : { a: deep(inner, levels - 1) };
    expect(between(deep(1, 2_000), deep(1, 2_000))).toEqual([]);
    expect(between(deep(1, 2_000), deep(2, 2_000))).toHaveLength(1);
  });
});

describe('comparing any answers', () => {
  const RULES = rulesOf({ unordered: ['**.bag'], ranked: [{ path: '**.ranked' }] });
  const names = fc.constantFrom('a', 'b', 'bag', 'ranked', 'c d');
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.integer({ min: -3, max: 3 }),
      fc.boolean(),
      fc.constant(null),
      fc.string({ maxLength: 3 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const fields = (control: unknown, candidate: unknown, rules = RULES): string[] =>
    compareResponses(json(control), json(candidate), rules)
      .map(({ field }) => field)
      .sort();

  it('finds that an answer equals itself', () => {
    fc.assert(fc.property(value, (any) => expect(fields(any, structuredClone(any))).toEqual([])));
  });

  it('finds the same the other way round', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(fields(one, other).length > 0).toBe(fields(other, one).length > 0);
        const ordered = rulesOf();
        expect(fields(one, other, ordered)).toEqual(fields(other, one, ordered));
      }),
    );
  });

  it('finds the one field that was changed, wherever it is', () => {
    fc.assert(
      fc.property(value, value, fc.nat(), (any, inner, pick) => {
        const document = { head: any, list: [{ left: inner }, { left: inner }], tail: inner };
        const changed = structuredClone(document) as typeof document;
        const places = [
          () => Object.assign(changed, { tail: 'changed' }),
          () => Object.assign(changed.list[1] ?? {}, { left: 'changed' }),
          () => Object.assign(changed, { head: { changed: 'changed' } }),
        ];
        const names = ['body.tail', 'body.list[].left', 'body.head'];
        const at = pick % places.length;
        places[at]?.();
        const differing = fields(document, changed);
        expect(differing.length).toBeGreaterThan(0);
        expect(differing.every((field) => field.startsWith(names[at] ?? ''))).toBe(true);
      }),
    );
  });

  it('finds no difference in a bag that was shuffled', () => {
    fc.assert(
      fc.property(
        fc
          .array(value, { maxLength: 6 })
          .chain((bag) => fc.tuple(fc.constant(bag), fc.shuffledSubarray(bag, { minLength: bag.length }))),
        ([bag, shuffled]) => expect(fields({ bag }, { bag: shuffled })).toEqual([]),
      ),
    );
  });
});
