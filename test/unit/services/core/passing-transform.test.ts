import { describe, expect, it } from '@jest/globals';
import { passedFields, pick, wholeDocument } from '../../../../services/core/passing-transform.ts';

const user = { _id: 'ada', name: 'Ada', age: 36, none: null, _banyan: { entity: 5 } };

describe('a transform that passes fields on', () => {
  it('picks fields, and has none of what the document does not have', () => {
    expect(pick('name', 'none', 'gone')(user)).toEqual({ name: 'Ada', none: null });
    expect(Object.keys(pick('name', 'gone')(user) ?? {})).toEqual(['name']);
  });

  it('picks nothing that only the prototype has', () => {
    expect(pick('constructor', 'toString')(user)).toEqual({});
  });

  it('passes everything on but the key and the versions', () => {
    expect(wholeDocument(user)).toEqual({ name: 'Ada', age: 36, none: null });
  });

  it('says which fields it passes, unlike a function of somebody', () => {
    expect(passedFields(pick('name', 'age'))).toEqual(['name', 'age']);
    expect(passedFields(wholeDocument)).toBe('all');
    expect(passedFields(({ name }) => ({ name }))).toBeUndefined();
  });

  it.each(['', 'address.city', '$set', '__proto__'])('refuses %j, which names no top-level field', (name) => {
    expect(() => pick(name)).toThrow(
      expect.objectContaining({
        code: 'not-a-field',
        message: expect.stringContaining('write the transform as a function'),
      }),
    );
  });
});
