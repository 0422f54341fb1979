import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EntityDefinition } from '../../../../services/core/index.ts';
import { firstVersions, floorsLeftBy } from '../../../../services/outbox/floors.ts';

const entity: EntityDefinition = {
  name: 'thing',
  collection: 'things',
  stream: 'things',
  slices: { labels: ['name'] },
};

const MICROS = 1000;

describe('firstVersions', () => {
  it('is the time for a key that was never deleted', () => {
    expect(firstVersions(entity, {}, 5)).toEqual({ entity: 5 * MICROS, labels: 5 * MICROS });
  });

  it('is above the floor of each slice, of those too that the entity has no more', () => {
    const floors = { entity: 9 * MICROS, former: 7 * MICROS };
    expect(firstVersions(entity, floors, 5)).toEqual({
      entity: 9 * MICROS + 1,
      labels: 5 * MICROS,
      former: 7 * MICROS + 1,
    });
  });
});

describe('floorsLeftBy', () => {
  it('advances what a document without versions has: 0', () => {
    expect(floorsLeftBy(entity, { _id: 1 }, 5)).toEqual({ entity: 5 * MICROS, labels: 5 * MICROS });
  });

  it('keeps the versions of every slice rising through deletions and creations, whatever the clocks say', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 20 }), (times) => {
        let floors = {};
        let last = { entity: 0, labels: 0 };
        for (const nowMs of times) {
          const created = firstVersions(entity, floors, nowMs);
          floors = floorsLeftBy(entity, { _id: 1, _banyan: created }, nowMs);
          for (const versions of [created, floors as typeof created]) {
            expect(versions.entity).toBeGreaterThan(last.entity);
            expect(versions.labels).toBeGreaterThan(last.labels);
            last = versions as typeof last;
          }
        }
      }),
    );
  });
});
