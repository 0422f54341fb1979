import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entityKeyOf, recordOfDocument } from '../../../services/core/index.ts';
import type { OutboxTransaction } from '../../../services/outbox/index.ts';
import { COPY_READING, type CopyWorld, changes, openCopyWorld } from '../../support/copy-world.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { MortalProcess } from '../../support/mortal-process.ts';

type Change = (id: string) => (tx: OutboxTransaction) => Promise<unknown>;

const insert: Change = (id) => changes.create(id, 'inserted');
const update: Change = (id) => changes.update(id);
const remove: Change = (id) => changes.delete(id);

/** Each story: what is there at first, and what the writer does to it, one transaction after the other. */
const STORIES: readonly [string, readonly Change[], readonly Change[]][] = [
  ['inserts', [], [insert]],
  ['updates', [insert], [update]],
  ['deletes', [insert], [remove]],
  ['deletes and re-creates', [insert], [remove, insert]],
  ['inserts and deletes', [], [insert, remove]],
];

const MOMENTS = ['before the read', 'between read and write', 'after the write'] as const;

describe('a backfill that races a writer for a key', () => {
  let world: CopyWorld;
  beforeAll(async () => {
    world = await openCopyWorld();
  }, 60_000);
  afterAll(() => world.close());

  const cases = STORIES.flatMap(([name, first, changes]) =>
    MOMENTS.flatMap((moment) =>
      (['at once', 'late and twice'] as const).map((delivery) => ({
        name,
        first,
        changes,
        moment,
        delivery,
      })),
    ),
  );

  it.each(cases)(
    'never leaves an older value when it $name $moment, and the stream delivers $delivery',
    async ({ first, changes: then, moment, delivery }) => {
      const { db, source, store, consume } = world;
      await Promise.all(['things', 'outbox'].map((name) => db.collection(name).deleteMany({})));
      const id = `thing ${++stories}`;
      const key = entityKeyOf(id);
      const change = async (some: readonly Change[]) => {
        for (const one of some) await world.outbox.transaction(one(id));
        if (delivery === 'at once') await consume();
      };

      // Somebody else, so that there is always something to read.
      await world.insert([{ _id: 'bystander', name: 'x' }]);
      await change(first);
      if (moment === 'before the read') await change(then);
      const process = new MortalProcess(async (step) => {
        if (step === 'the batch is read' && moment === 'between read and write') await change(then);
      });
      await world.copy({
        ...process.ports({ ...world, clock: hurriedClock(1) }),
        restart: true,
        partitions: 1,
      });
      if (moment === 'after the write') await change(then);
      if (delivery === 'late and twice') await consume().then(consume);

      expect(await db.collection('outbox').countDocuments()).toBe(first.length + then.length);
      const [document] = await source.get([key]);
      const [stored] = await store.get([key]);
      if (document)
        expect(stored).toEqual(recordOfDocument(document, COPY_READING.slice, COPY_READING.transform));
      else expect(stored?.state ?? null).toBeNull();
    },
  );

  let stories = 0;
});
