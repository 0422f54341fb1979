import { describe, expect, it } from '@jest/globals';
import { Binary, Code, Decimal128, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import type { Partition, Position, Source } from '../../migrations/backfill/source.ts';
import { entityKeyOf, idOfEntityKey, type SourceDocument } from '../../services/core/index.ts';

export interface SourceUnderTest {
  readonly source: Source;
  insert(ids: readonly unknown[]): Promise<void>;
  remove(id: unknown): Promise<void>;
  close(): Promise<void>;
}

/** At least one `_id` of every BSON type that MongoDB takes. */
export const MIXED_IDS: readonly unknown[] = [
  new MinKey(),
  null,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -1,
  0,
  2.5,
  new Decimal128('7.5'),
  Long.fromString('9007199254740993'),
  Number.POSITIVE_INFINITY,
  '',
  'ada',
  'null',
  'true',
  '{"$oid":"not one"}',
  '0123456789abcdef01234567',
  {},
  { tenant: 1, user: 'ada' },
  { tenant: 2 },
  new Binary(Buffer.alloc(0)),
  new Binary(Buffer.from([1, 2, 3])),
  new UUID('eeb69caa-db83-4a95-aeb6-a37d7a253ca8'),
  new ObjectId('000000000000000000000000'),
  new ObjectId('65f0000000000000000000aa'),
  false,
  true,
  new Date(-62_135_596_800_000),
  new Date(0),
  new Timestamp({ t: 5, i: 6 }),
  new Code('x'),
  new Code('x', { y: 1 }),
  new MaxKey(),
];

const batchesOf = async (source: Source, partition: Partition, after: Position | null, size: number) => {
  const batches: { keys: string[]; position: Position }[] = [];
  for await (const { documents, position } of source.read(partition, after, size)) {
    batches.push({ keys: documents.map(({ _id }) => entityKeyOf(_id)), position });
  }
  return batches;
};

const keysOf = async (source: Source, partition: Partition, after: Position | null = null) =>
  (await batchesOf(source, partition, after, 3)).flatMap(({ keys }) => keys);

const allKeys = async (source: Source, partitions: readonly Partition[]) =>
  (await Promise.all(partitions.map((partition) => keysOf(source, partition)))).flat();

const sorted = (keys: readonly string[]) => [...keys].sort();

/** What every source promises; `makeSource` answers an empty one. */
export const describeSource = (name: string, makeSource: () => Promise<SourceUnderTest>): void => {
  describe(`${name} as a source`, () => {
    const withSource = async (
      ids: readonly unknown[],
      body: (under: SourceUnderTest) => Promise<void>,
    ): Promise<void> => {
      const under = await makeSource();
      try {
        await under.insert(ids);
        await body(under);
      } finally {
        await under.close();
      }
    };
    const numbers = Array.from({ length: 100 }, (_, i) => i * 3);

    it.each([1, 4, 16, 100])('covers ids of every BSON type exactly once in %i partitions', async (count) => {
      await withSource([...MIXED_IDS, ...numbers.slice(1)], async ({ source }) => {
        const keys = await allKeys(source, await source.partition(count));
        expect(sorted(keys)).toEqual(sorted([...MIXED_IDS, ...numbers.slice(1)].map(entityKeyOf)));
      });
    });

    it('covers ids that come after the partitions were made, of types that had none then too', async () => {
      await withSource(numbers, async ({ source, insert }) => {
        const partitions = await source.partition(4);
        const late = [-5, 1_000, 'late', new ObjectId(), null];
        await insert(late);
        expect(sorted(await allKeys(source, partitions))).toEqual(
          sorted([...numbers, ...late].map(entityKeyOf)),
        );
      });
    });

    it('makes partitions of about one size, however the ids are spread', async () => {
      const skewed = Array.from({ length: 300 }, (_, i) => (i < 280 ? i / 1_000 : i * 10_000));
      await withSource(skewed, async ({ source }) => {
        const partitions = (await source.partition(6)).filter(({ estimated }) => estimated > 0);
        const sizes = await Promise.all(partitions.map(async (p) => (await keysOf(source, p)).length));
        expect(sizes).toEqual([50, 50, 50, 50, 50, 50]);
        expect(partitions.map(({ estimated }) => estimated)).toEqual(sizes);
      });
    });

    it('reads nothing from an empty source, and still has partitions to read', async () => {
      await withSource([], async ({ source }) => {
        const partitions = await source.partition(4);
        expect(partitions.length).toBeGreaterThan(0);
        expect(await allKeys(source, partitions)).toEqual([]);
      });
    });

    it('reads on after any position, of any type, without a gap and without repeating', async () => {
      await withSource(MIXED_IDS, async ({ source }) => {
        for (const partition of await source.partition(3)) {
          const batches = await batchesOf(source, partition, null, 1);
          for (const [i, { position }] of batches.entries()) {
            const rest = batches.slice(i + 1).flatMap(({ keys }) => keys);
            expect(await keysOf(source, partition, position)).toEqual(rest);
          }
        }
      });
    });

    it('reads on after a position whose document is gone', async () => {
      await withSource(numbers, async ({ source, remove }) => {
        const partitions = await source.partition(1);
        const partition = partitions.find(({ estimated }) => estimated === 100) as Partition;
        const [first, ...rest] = await batchesOf(source, partition, null, 10);
        await remove(idOfEntityKey(first?.keys.at(-1) ?? ''));
        expect(await keysOf(source, partition, first?.position ?? null)).toEqual(
          rest.flatMap(({ keys }) => keys),
        );
      });
    });

    it('hands out at most as many documents at once as it was asked for', async () => {
      await withSource(numbers, async ({ source }) => {
        for (const partition of await source.partition(2)) {
          for (const { keys } of await batchesOf(source, partition, null, 7)) {
            expect(keys.length).toBeGreaterThan(0);
            expect(keys.length).toBeLessThanOrEqual(7);
          }
        }
      });
    });

    it('says the same of raw documents as of decoded ones, where it has them', async () => {
      await withSource(MIXED_IDS, async ({ source }) => {
        for (const partition of await source.partition(2)) {
          for await (const { raw, documents } of source.read(partition, null, 3)) {
            if (!raw) continue;
            expect(raw.map((document) => document.decode())).toEqual(documents);
            expect(raw.map((document) => document.key())).toEqual(
              documents.map(({ _id }) => entityKeyOf(_id)),
            );
            expect(raw.map((document) => document.version('entity'))).toEqual(documents.map(() => 0));
          }
        }
      });
    });

    it('gets single documents by key, in the order of the keys, and undefined for what is not there', async () => {
      await withSource(MIXED_IDS, async ({ source }) => {
        const keys = MIXED_IDS.map(entityKeyOf).reverse();
        const asked = ['nobody', ...keys, entityKeyOf(new ObjectId())];
        const found = await source.get(asked);
        expect(found.map((document) => document && entityKeyOf(document._id))).toEqual([
          undefined,
          ...keys,
          undefined,
        ]);
      });
    });

    it('gets a whole document', async () => {
      await withSource(['ada'], async ({ source }) => {
        const [document] = (await source.get(['ada'])) as SourceDocument[];
        expect(document).toEqual({ _id: 'ada', name: 'document of ada' });
      });
    });

    it('tells positions of the whole source, which never go back', async () => {
      await withSource([], async ({ source, insert }) => {
        const before = await source.now();
        await insert([new Int32(1)]);
        const after = await source.now();
        for (const position of [before, after]) expect(position).toMatch(/^\d+\.\d+$/);
        const [t0 = 0, i0 = 0] = before.split('.').map(Number);
        const [t1 = 0, i1 = 0] = after.split('.').map(Number);
        expect(t1 > t0 || (t1 === t0 && i1 > i0)).toBe(true);
      });
    });
  });
};
