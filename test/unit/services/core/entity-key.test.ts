import { describe, expect, it } from '@jest/globals';
import { ObjectId as DriverObjectId } from 'mongodb';
import { entityKeyOf, idOfEntityKey } from '../../../../services/core/index.ts';
import { MIXED_IDS } from '../../../contract/source-contract.ts';

describe('entityKeyOf', () => {
  it("takes the driver's ObjectIds as well as those of the bson module", () => {
    expect(entityKeyOf(new DriverObjectId('65f0000000000000000000aa'))).toBe('65f0000000000000000000aa');
  });

  it('keeps an ordinary string as it is', () => {
    expect(entityKeyOf('ada@example.org')).toBe('ada@example.org');
  });

  it('gives every id a key of its own, whatever their types', () => {
    expect(new Set(MIXED_IDS.map(entityKeyOf)).size).toBe(MIXED_IDS.length);
  });

  it.each(MIXED_IDS.map((id) => [entityKeyOf(id)]))('reads the key %s back to the same id', (key) => {
    expect(entityKeyOf(idOfEntityKey(key))).toBe(key);
  });
});
