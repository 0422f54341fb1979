import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEvents, recordOfEvent, systemClock, type Transform } from '../../../services/core/index.ts';
import { type EventStream, Outbox } from '../../../services/outbox/index.ts';
import { type EngineRelay, startEngineRelay } from '../../support/engine-relay.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeCopiedThings, type Things } from '../../support/things-world.ts';
import { seededRandom } from '../simulation/random.ts';

const KEYS = 300;
/** How far the sink is behind its source, at least. */
const LAG_MS = 150;
const transform: Transform = ({ name }) => ({ name });

describe('a copy that writers and a lagging consumer never let rest', () => {
  let things: Things;
  let outbox: Outbox;
  let road: EngineRelay;
  /** Keys whose events get lost. */
  const lost = new Set<string>();
  beforeAll(async () => {
    things = await makeCopiedThings(
      Array.from({ length: KEYS }, (_, i) => ({ _id: `thing-${i}`, name: `name ${i}` })),
    );
    outbox = new Outbox({ client: things.client, db: things.db, clock: systemClock, source: '/test' });
    await outbox.open();
    const stream: EventStream = {
      send: async (_, entries) => {
        const events = entries.flatMap(({ data }) => parseEvents(data));
        const arriving = events.filter(({ subject }) => !lost.has(subject));
        await delay(LAG_MS);
        await things.store.putIfNewer(arriving.map((event) => recordOfEvent(event, 'entity', transform)));
        return entries.map(() => undefined);
      },
    };
    road = startEngineRelay({ db: things.db, stream });
  }, 60_000);
  afterAll(async () => {
    await road.stop();
    await things.close();
  });

  /** Updates, deletes and re-creates until it is stopped, and answers how many of that were committed. */
  const startWriter = (seed: number) => {
    const random = seededRandom(seed);
    let isStopped = false;
    const write = async () => {
      let writes = 0;
      for (; !isStopped; writes += 1) {
        const _id = `thing-${Math.floor(random() * KEYS)}`;
        const isDelete = random() < 0.1;
        await outbox.transaction(async (tx) => {
          if (isDelete) return tx.delete(thingEntity, _id, 'thing.deleted');
          const set = { name: `write ${writes}` };
          const updated = await tx.update(thingEntity, _id, { set }, 'thing.renamed');
          return updated ?? tx.create(thingEntity, { _id, ...set }, 'thing.created');
        });
        await delay(10);
      }
      return writes;
    };
    const writing = write();
    // Whoever stops it is told.
    writing.catch(() => undefined);
    return () => {
      isStopped = true;
      return writing;
    };
  };

  const verifyMeanwhile = async (...args: string[]) => {
    const stop = startWriter(args.length);
    const verified = await things.banyan(['verify', 'things', ...args]);
    expect(await stop()).toBeGreaterThan(10);
    return verified;
  };

  it.each([[[]], [['--checksum']], [['--sample', '100']]])(
    'agrees, by %j',
    async (args: string[]) => {
      const verified = await verifyMeanwhile(...args);
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      const { before, after } = (resultOf(verified) as { sourcePositions: { before: string; after: string } })
        .sourcePositions;
      expect(after).not.toBe(before);
    },
    60_000,
  );

  it('agrees in what changed since a position', async () => {
    const sampled = resultOf(await things.banyan(['verify', 'things', '--sample', '1']));
    const { before } = (sampled as { sourcePositions: { before: string } }).sourcePositions;
    const verified = await verifyMeanwhile('--changed-since', before);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  it('differs in the one key whose event was lost, whatever else moves', async () => {
    lost.add('thing-7');
    await outbox.transaction((tx) => tx.delete(thingEntity, 'thing-7', 'thing.deleted'));
    await outbox.transaction((tx) =>
      tx.create(thingEntity, { _id: 'thing-7', name: 'lost' }, 'thing.created'),
    );
    const verified = await verifyMeanwhile('--checksum', '--settle-ms', '3000');
    expect(verified.code).toBe(5);
    expect(resultOf(verified)).toMatchObject({ mismatches: 1, first: [{ key: 'thing-7' }] });
  }, 60_000);
});
