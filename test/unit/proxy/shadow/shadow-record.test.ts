import { describe, expect, it } from '@jest/globals';
import type { Difference } from '../../../../proxy/shadow/difference.ts';
import { OTHER_FIELDS, ShadowRecord } from '../../../../proxy/shadow/shadow-record.ts';

const difference = (field: string, control: unknown = 'Ann', candidate: unknown = 'Bob'): Difference => ({
  field,
  path: field.split('.'),
  kind: 'value',
  control,
  candidate,
});
const record = (show = 'none') => new ShadowRecord({ mayShow: (path) => path.join('.') === show });
const COUNTS = { atMs: 7, counts: true };

describe('ShadowRecord', () => {
  it('counts comparisons, and those that differ once', () => {
    const made = record();
    expect(made.compared([], COUNTS)).toEqual([]);
    expect(made.compared([difference('body.a'), difference('body.a'), difference('body.b')], COUNTS)).toEqual(
      ['body.a', 'body.b'],
    );
    expect(made.totals()).toEqual({ compared: 2, mismatched: 1 });
    expect(made.report().fields).toMatchObject([
      { field: 'body.a', differed: 1 },
      { field: 'body.b', differed: 1 },
    ]);
  });

  it('holds nothing against the candidate in which the control differs from itself', () => {
    const made = record();
    for (let at = 0; at < 20; at++) {
      made.learned([difference('body.now')]);
      expect(
        made.compared([difference('body.now'), difference('body.name')], { atMs: 7, counts: false }),
      ).toEqual([]);
    }
    expect(made.totals()).toEqual({ compared: 0, mismatched: 0 });
    expect(made.compared([difference('body.now')], COUNTS)).toEqual([]);
    expect(made.compared([difference('body.now'), difference('body.name')], COUNTS)).toEqual(['body.name']);
    expect(made.totals()).toEqual({ compared: 2, mismatched: 1 });
    expect(made.report().fields).toMatchObject([
      { field: 'body.name', noise: false },
      { field: 'body.now', noise: true, differedInControl: 20 },
    ]);
  });

  it('keeps the last few samples of a field, redacted unless they may be shown', () => {
    const made = record('body.b');
    for (const candidate of ['Cy', 'Dee', 'Egon', 'Fritz'])
      made.compared([difference('body.a', 'Ann', candidate), difference('body.b', 1, 2)], COUNTS);
    const [a, b] = made.report().fields;
    expect(a?.samples.map(({ candidate }) => candidate)).toEqual(['Aaa', 'Aaaa', 'Aaaaa']);
    expect(b?.samples[0]).toEqual({ atMs: 7, kind: 'value', control: 1, candidate: 2 });
  });

  it('is bounded, however many fields there are', () => {
    const made = record();
    for (let at = 0; at < 1_000; at++) made.compared([difference(`body.${at}`)], COUNTS);
    const { fields, mismatched } = made.report();
    expect(fields).toHaveLength(101);
    expect(fields[0]).toMatchObject({ field: OTHER_FIELDS, differed: 900 });
    expect(mismatched).toBe(1_000);
  });

  it('says why answers were not compared', () => {
    const made = record();
    made.skipped('full');
    made.skipped('full');
    made.skipped('too-large');
    expect(made.report().skipped).toEqual({ full: 2, 'too-large': 1 });
  });
});
