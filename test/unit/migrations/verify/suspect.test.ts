import { describe, expect, it } from '@jest/globals';
import { RejectedDocument } from '../../../../migrations/verify/expectation.ts';
import { Suspect } from '../../../../migrations/verify/suspect.ts';

const record = (version: number, name = `name ${version}`) => ({ key: 'ada', version, state: { name } });
const tombstone = (version: number) => ({ key: 'ada', version, state: null });

const suspect = (first: ReturnType<typeof record> | ReturnType<typeof tombstone> | undefined) =>
  new Suspect('ada', 0, first, 'document');

describe('a key that differed', () => {
  it('has settled once the sink shows what the source holds, or one of the last few records', () => {
    expect(suspect(record(1)).look(record(1), record(1))).toBe(true);
    const moving = suspect(record(1));
    for (const version of [2, 3, 4, 5]) expect(moving.look(record(version), undefined)).toBe(false);
    expect(moving.look(record(6), record(2))).toBe(true);
  });

  it('has not settled by what the source held too long ago', () => {
    const moving = suspect(record(1));
    for (const version of [2, 3, 4, 5]) moving.look(record(version), undefined);
    expect(moving.look(record(6), record(1))).toBe(false);
  });

  it('has settled when it is on neither side', () => {
    expect(suspect(record(1)).look(undefined, undefined)).toBe(true);
    expect(suspect(record(1)).look(undefined, tombstone(2))).toBe(true);
    expect(suspect(undefined).look(undefined, record(1))).toBe(false);
  });

  it('has not settled because the sink has nothing where the source has what cannot be transformed', () => {
    const rejected = new RejectedDocument('ada', 1, 'no name');
    const mended = new Suspect('ada', 0, rejected, 'document');
    expect(mended.look(rejected, undefined)).toBe(false);
    expect(mended.look(record(2), undefined)).toBe(false);
    expect(mended.look(record(2), record(2))).toBe(true);
  });

  it('is waited for until its time is up, and is wrong then, when the source rests', () => {
    const resting = suspect(record(5));
    resting.look(record(5), record(4));
    expect(resting.judge(record(4), false)).toBe('wait');
    expect(resting.judge(record(4), true)).toBe('mismatch');
  });

  it.each([
    ['mismatch', 'is behind what the source held at first', record(4)],
    ['mismatch', 'has nothing', undefined],
    ['unsettled', 'keeps up with it, between the looks', record(7, 'between two looks')],
  ] as const)('is a %s, when it never rests and the sink %s', (judgement, _, stored) => {
    const moving = suspect(record(5));
    for (let look = 1; look < 8; look += 1) {
      moving.look(record(5 + 10 * look), stored);
      expect(moving.judge(stored, true)).toBe('wait');
    }
    moving.look(record(100), stored);
    expect(moving.judge(stored, true)).toBe(judgement);
  });
});
