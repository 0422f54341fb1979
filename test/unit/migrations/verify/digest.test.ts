import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VersionsFrom } from '../../../../migrations/verify/compare.ts';
import { bucketOfKey, Digest } from '../../../../migrations/verify/digest.ts';
import type { VersionedRecord } from '../../../../services/core/index.ts';

const BUCKETS = 8;

const records = fc.uniqueArray(
  fc.record({
    key: fc.string({ minLength: 1 }),
    version: fc.nat(),
    state: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue({ maxDepth: 2 })),
  }),
  { selector: ({ key }) => key, maxLength: 30 },
);

const digestOf = (of: readonly VersionedRecord[], versionsFrom: VersionsFrom = 'document'): Digest => {
  const digest = new Digest({ buckets: BUCKETS, versionsFrom });
  for (const record of of) digest.add(record);
  return digest;
};

const isSame = (a: Digest, b: Digest) => a.differing(b).size === 0;

/** Records, one of them, and a change of that one. */
const changes = records
  .filter((some) => some.length > 0)
  .chain((some) =>
    fc.record({
      some: fc.constant(some),
      at: fc.nat({ max: some.length - 1 }),
      change: fc.constantFrom('key', 'version', 'value', 'new field', 'gone', 'twice', 'tombstone'),
    }),
  );

const changed = ({ some, at, change }: { some: VersionedRecord[]; at: number; change: string }) => {
  const one = some[at] as VersionedRecord;
  const [field] = Object.keys(one.state ?? {});
  const others = some.filter((_, i) => i !== at);
  const state = {
    ...one.state,
    [change === 'value' ? (field ?? 'x') : 'a new field']: { not: 'there before' },
  };
  switch (change) {
    case 'key':
      return [...others, { ...one, key: `${one.key} ` }];
    case 'version':
      return [...others, { ...one, version: one.version + 1 }];
    case 'gone':
      return others;
    case 'twice':
      return [...some, one];
    case 'tombstone':
      return [...others, { ...one, state: null }];
    default:
      return [...others, { ...one, state }];
  }
};

describe('a digest of records', () => {
  it('is the same in whatever order they come', () => {
    const orders = records.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    );
    fc.assert(
      fc.property(orders, ([some, shuffled]) => {
        expect(isSame(digestOf(some), digestOf(shuffled))).toBe(true);
        expect(digestOf(shuffled).toString()).toBe(digestOf(some).toString());
      }),
    );
  });

  it('is another one after any single change, in the bucket of the changed key', () => {
    fc.assert(
      fc.property(changes, (of) => {
        const before = digestOf(of.some);
        const after = digestOf(changed(of));
        const bucket = bucketOfKey((of.some[of.at] as VersionedRecord).key, BUCKETS);
        expect(before.differing(after).has(bucket)).toBe(true);
        expect(after.toString()).not.toBe(before.toString());
        expect(before.differing(after).size).toBeLessThanOrEqual(of.change === 'key' ? 2 : 1);
      }),
    );
  });

  it('is another one when two records swap their states', () => {
    const [ada, bob] = [
      { key: 'ada', version: 1, state: { name: 'Ada' } },
      { key: 'bob', version: 1, state: { name: 'Bob' } },
    ];
    const swapped = [
      { ...ada, state: bob.state },
      { ...bob, state: ada.state },
    ];
    expect(digestOf(swapped).toString()).not.toBe(digestOf([ada, bob]).toString());
  });

  it('leaves versions out where they do not come from the document', () => {
    const record = { key: 'ada', version: 1, state: { name: 'Ada' } };
    const newer = { ...record, version: 2 };
    expect(isSame(digestOf([record], 'elsewhere'), digestOf([newer], 'elsewhere'))).toBe(true);
    expect(isSame(digestOf([record]), digestOf([newer]))).toBe(false);
  });

  it('of everything does not depend on the number of buckets', () => {
    const record = { key: 'ada', version: 1, state: { name: 'Ada' } };
    const other = new Digest({ buckets: 100, versionsFrom: 'document' });
    other.add(record);
    expect(other.toString()).toBe(digestOf([record]).toString());
  });
});

describe('the buckets of keys', () => {
  it.each([
    ['ObjectIds', (i: number) => (0x65f0_0000 + i).toString(16).padEnd(24, '0')],
    ['numbers', (i: number) => `{"$numberInt":"${i}"}`],
    ['names', (i: number) => `user${i}`],
  ])('are even over %s', (_, keyOf) => {
    const counts = new Array<number>(100).fill(0);
    for (let i = 0; i < 20_000; i += 1) {
      const bucket = bucketOfKey(keyOf(i), 100);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    // Six standard deviations of a fair draw.
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(85);
  });
});
