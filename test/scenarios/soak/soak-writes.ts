import type { Change } from '../../support/busy-writers.ts';
import { thingEntity } from '../../support/things.config.ts';
import { type Random, whole } from '../simulation/random.ts';

/** The `_id` of the n-th document that was there before: every fourth is a number, the others are text. */
export const idOfDocument = (n: number): number | string => (n % 4 === 0 ? n : `thing-${n}`);

/** The document that no writer ever changes. */
export const UNTOUCHED = 'untouched';

/** Documents that are changed again and again. */
const HOT = 200;

/** What applications do meanwhile, in per cent of their writes; each is a transaction with its outbox row. */
const WRITE_MIX = {
  /** Any document, changed; created where it was deleted. */
  update: 30,
  /** One of few documents, changed; created where it was deleted. */
  updateHot: 30,
  /** A document that was not there before. */
  insert: 25,
  /** Any document, deleted; changed where it is absent. */
  delete: 10,
  /** One of those that were deleted, created again; any, while there is none. */
  recreate: 5,
} as const;

/** Draws the soak's writes over the documents that were there before. */
export const soakWrites = (documents: number): ((random: Random) => Change) => {
  const deleted: (number | string)[] = [];
  let inserted = 0;
  let writes = 0;
  const draws: { readonly [kind in keyof typeof WRITE_MIX]: (random: Random) => Change } = {
    update: (random) => change(idOfDocument(whole(random, documents))),
    updateHot: (random) => change(idOfDocument(whole(random, Math.min(documents, HOT)))),
    insert: () => {
      inserted += 1;
      const id = `new-${inserted}`;
      return (tx) => tx.create(thingEntity, { _id: id, name: `inserted ${id}` }, 'thing.created');
    },
    delete: (random) => {
      const id = idOfDocument(whole(random, documents));
      const instead = change(id);
      return async (tx) => {
        const left = await tx.delete(thingEntity, id, 'thing.deleted');
        if (left) deleted.push(id);
        return left ?? instead(tx);
      };
    },
    recreate: (random) =>
      change(deleted.splice(whole(random, deleted.length), 1)[0] ?? idOfDocument(whole(random, documents))),
  };
  const change = (id: number | string): Change => {
    writes += 1;
    const set = { name: `write ${writes}` };
    return async (tx) => {
      const updated = await tx.update(thingEntity, id, { set, inc: { size: 1 } }, 'thing.changed');
      return updated ?? tx.create(thingEntity, { _id: id, ...set, size: 0 }, 'thing.created');
    };
  };
  return (random) => draws[kindAt(whole(random, 100))](random);
};

const kindAt = (perCent: number): keyof typeof WRITE_MIX => {
  let upTo = 0;
  for (const [kind, share] of Object.entries(WRITE_MIX)) {
    upTo += share;
    if (perCent < upTo) return kind as keyof typeof WRITE_MIX;
  }
  return 'update';
};
