import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idOfKey, keyOfId } from '../../../../services/search/cloudsearch-id.ts';

const ID = /^[A-Za-z0-9_\-=#;:/?@&]{1,128}$/;
const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }).filter((key) => key.isWellFormed());

describe('idOfKey', () => {
  it('leaves an ObjectId as it is', () => {
    expect(idOfKey('65f0c0ffee65f0c0ffee0001')).toBe('65f0c0ffee65f0c0ffee0001');
  });

  it('makes an id that CloudSearch takes, and that gives the key back', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(idOfKey(key)).toMatch(ID);
        expect(keyOfId(idOfKey(key))).toBe(key);
      }),
    );
  });

  it('never gives two keys one id, not even a key that looks encoded', () => {
    expect(new Set(['a b', 'a=20b', 'a=3d20b'].map(idOfKey)).size).toBe(3);
  });

  it.each([
    ['', 'empty'],
    ['k'.repeat(129), 'too long'],
    ['ä'.repeat(22), 'too long'],
    ['\ud800', 'ill-formed'],
  ])('rejects the key %j: %s', (key) => {
    expect(() => idOfKey(key)).toThrow(expect.objectContaining({ code: 'rejected' }));
  });
});
