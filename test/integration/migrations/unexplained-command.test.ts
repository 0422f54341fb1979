import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEvents, systemClock } from '../../../services/core/index.ts';
import { MongoPositionStore } from '../../../services/outbox/changes/mongo-position-store.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { eventually } from '../../support/eventually.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

type Thing = { _id: string; name?: string };

describe('banyan unexplained', () => {
  let world: Things;
  let outbox: Outbox;
  beforeEach(async () => {
    world = await makeThings();
    outbox = new Outbox({ client: world.db.client, db: world.db, clock: systemClock, source: '/test' });
    await outbox.open();
    await world.db.createCollection('things');
  });
  afterEach(() => world.close());

  const things = () => world.db.collection<Thing>('things');
  const banyan = (...args: string[]) => world.banyan(['unexplained', ...args]);
  const writeBoth = async () => {
    await outbox.transaction((tx) => tx.create(thingEntity, { _id: 'told', name: 'told' }, 'thing.created'));
    await things().insertOne({ _id: 'untold', name: 'untold' });
  };
  const touched = async () => {
    const rows = await outboxOf(world.db).find().toArray();
    return rows.flatMap(({ event }) => parseEvents(event)).map(({ type, subject }) => `${type} ${subject}`);
  };

  it('looks at what was written since the last time, and ends with 5 when something is unexplained', async () => {
    const first = await banyan('watch', '--once');
    expect([first.code, resultOf(first)]).toEqual([6, { event: 'result', checked: 0, found: 0, open: 0 }]);
    await writeBoth();
    const second = await banyan('watch', '--once');
    expect([second.code, resultOf(second)]).toEqual([5, { event: 'result', checked: 2, found: 1, open: 1 }]);
    expect(second.answers).toContainEqual(
      expect.objectContaining({
        event: 'found',
        collection: 'things',
        key: 'untold',
        operation: 'insert',
        reason: 'no-transaction',
        clusterTime: expect.stringMatching(/^\d+\.\d+$/),
      }),
    );
    const third = await banyan('watch', '--once');
    expect([third.code, resultOf(third)]).toEqual([0, { event: 'result', checked: 0, found: 0, open: 1 }]);
  });

  it('lists what is open, and heals it', async () => {
    await banyan('watch', '--once');
    await writeBoth();
    await banyan('watch', 'thing', '--once', '--from-now');
    await banyan('watch', '--once');
    const list = await banyan('list');
    expect(list.answers).toMatchObject([
      { event: 'unexplained', key: 'untold' },
      { event: 'result', open: 1 },
    ]);
    const heal = await banyan('heal');
    expect([heal.code, resultOf(heal)]).toEqual([0, { event: 'result', open: 0 }]);
    expect(await touched()).toEqual(['thing.created told', 'thing.touched untold']);
  });

  it('watches and heals until it is interrupted', async () => {
    const { child, ended } = world.start(['unexplained', 'watch', 'things', '--heal', '--metrics-port', '0']);
    const positions = new MongoPositionStore({ db: world.db });
    await eventually(async () => expect(await positions.load('unexplained:things')).toBeDefined());
    await writeBoth();
    await eventually(async () => expect(await touched()).toContain('thing.touched untold'));
    child.kill('SIGTERM');
    const { code, answers } = await ended;
    expect(code).toBe(0);
    expect(answers.map(({ event }) => event)).toEqual(['metrics', 'watching', 'found', 'healed']);
  });

  it('watches for as long as it is told', async () => {
    const running = world.start(['unexplained', 'watch', '--for', '2']);
    const positions = new MongoPositionStore({ db: world.db });
    await eventually(async () => expect(await positions.load('unexplained')).toBeDefined());
    await writeBoth();
    const ended = await running.ended;
    expect([ended.code, resultOf(ended)]).toMatchObject([5, { checked: 2, found: 1 }]);
  });

  it('names the nearest when it knows no such entity', async () => {
    const { code, stderr } = await banyan('watch', 'thigns');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no plan, entity or collection thigns: did you mean things\?/);
  });
});
