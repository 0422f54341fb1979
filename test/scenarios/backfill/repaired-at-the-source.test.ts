import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEvents, recordOfEvent, systemClock, type Transform } from '../../../services/core/index.ts';
import { captureLease, forgetCapture } from '../../../services/outbox/capture/index.ts';
import { type EventStream, Outbox } from '../../../services/outbox/index.ts';
import { startEngineRelay } from '../../support/engine-relay.ts';
import { eventually } from '../../support/eventually.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 40;
const transform: Transform = ({ name }) => ({ name });

describe('a table that somebody wrote to past the write law', () => {
  let things: Things;
  let outbox: Outbox;
  let folder: string;
  let report: string;
  beforeAll(async () => {
    things = await makeThings();
    outbox = new Outbox({ client: things.client, db: things.db, clock: systemClock, source: '/test' });
    await outbox.open();
    folder = await mkdtemp(join(tmpdir(), 'banyan-repair-'));
    report = join(folder, 'report.json');
    for (let i = 0; i < DOCUMENTS; i += 1) {
      await outbox.transaction((tx) =>
        tx.create(thingEntity, { _id: `thing-${i}`, name: `name ${i}` }, 'thing.created'),
      );
    }
    expect((await things.banyan(['backfill', 'run', 'things'])).code).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([things.close(), rm(folder, { recursive: true, force: true })]);
  });

  /** Everything that can be wrong: a lie, a loss, a state from the future, a late deletion, an invention. */
  const spoil = async () => {
    const [stored] = await things.store.get(['thing-2']);
    await things.putPastLaw('thing-2', stored?.version ?? 0, 'a lie');
    await things.deletePastLaw('thing-3');
    await things.putPastLaw('thing-4', Date.now() * 1_000 + 3_600_000_000, 'an hour ahead');
    await outbox.transaction((tx) => tx.delete(thingEntity, 'thing-5', 'thing.deleted'));
    await things.putPastLaw('nobody', 1, 'never there');
  };
  const WRONG = ['nobody', 'thing-2', 'thing-3', 'thing-4', 'thing-5'];

  /** Relay and consumer in one. */
  const startRoad = () => {
    const stream: EventStream = {
      send: async (_, entries) => {
        const events = entries.flatMap(({ data }) => parseEvents(data));
        await things.store.putIfNewer(events.map((event) => recordOfEvent(event, 'entity', transform)));
        return entries.map(() => undefined);
      },
    };
    return startEngineRelay({ db: things.db, stream });
  };

  it('is only told of by a dry run', async () => {
    await spoil();
    const verified = await things.banyan(['verify', 'things', '--settle-ms', '0', '--report', report]);
    expect(verified.code).toBe(5);
    expect(JSON.parse(await readFile(report, 'utf8')).keys.sort()).toEqual(WRONG);
    const rows = await things.db.collection('outbox').countDocuments();
    const dry = await things.banyan(['repair', 'things', '--report', report, '--dry-run']);
    expect(dry.code).toBe(5);
    expect(resultOf(dry)).toMatchObject({ verdict: 'different', dryRun: true, wrong: 5, mended: 0 });
    expect(await things.db.collection('outbox').countDocuments()).toBe(rows);
  }, 60_000);

  it('differs still while nobody passes the changes on, and says what may be missing', async () => {
    const repaired = await things.banyan(['repair', 'things', '--report', report, '--settle-ms', '200']);
    expect(repaired.code).toBe(5);
    expect(resultOf(repaired)).toMatchObject({ mended: 5, verified: { verdict: 'different', compared: 5 } });
  }, 60_000);

  it('is right in every key once they are, as a repair that begins with its own comparison tells', async () => {
    const road = startRoad();
    const repaired = await things.banyan(['repair', 'things', '--rate', '200']);
    await road.done(10_000);
    await road.stop();
    expect(repaired).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(repaired)).toMatchObject({ verdict: 'equal', left: 0 });
    const verified = await things.banyan(['verify', 'things', '--checksum']);
    expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: DOCUMENTS - 1 });
    expect((await things.stored()).has('nobody')).toBe(false);
  }, 60_000);

  it('leaves alone what agrees already: repairing again is free', async () => {
    const rows = await things.db.collection('outbox').countDocuments();
    const again = await things.banyan(['repair', 'things', '--report', report]);
    expect(again.code).toBe(0);
    expect(resultOf(again)).toMatchObject({ keys: 5, agreed: 5, mended: 0 });
    expect(await things.db.collection('outbox').countDocuments()).toBe(rows);
  }, 60_000);

  it('is mended through the sink as far as the write law goes, without a write to the source', async () => {
    await spoil();
    const rows = await things.db.collection('outbox').countDocuments();
    // Of nobody the source knows by now that it is not there.
    const repaired = await things.banyan(['repair', 'things', '--through-sink', '--settle-ms', '500']);
    expect(repaired.code).toBe(5);
    const { firstLeft, ...result } = resultOf(repaired) as { firstLeft: { key: string; reason: string }[] };
    expect(result).toMatchObject({ throughSink: true, mended: 2, verified: { verdict: 'equal' } });
    expect(firstLeft.map(({ key }) => key).sort()).toEqual(['thing-2', 'thing-4']);
    for (const { reason } of firstLeft) expect(reason).toContain('fresh sink');
    expect(await things.db.collection('outbox').countDocuments()).toBe(rows);
  }, 60_000);

  it('is killed midway, and resumed by the same command, which touches what is wrong still and no more', async () => {
    const healthy = await things.banyan(['repair', 'things', '--dry-run', '--settle-ms', '0']);
    const before = (resultOf(healthy) as { wrong: number }).wrong;
    const lost = Array.from({ length: 20 }, (_, i) => `thing-${i + 10}`);
    for (const key of lost) {
      await things.deletePastLaw(key);
    }
    expect((await things.banyan(['verify', 'things', '--settle-ms', '0', '--report', report])).code).toBe(5);
    const rows = () => things.db.collection('outbox').countDocuments();
    const rowsBefore = await rows();
    const road = startRoad();
    const killed = things.start(['repair', 'things', '--report', report, '--rate', '5']);
    await eventually(async () => expect(await rows()).toBeGreaterThanOrEqual(rowsBefore + 3), 30_000);
    killed.child.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');
    await road.done(10_000);
    const rowsAtDeath = await rows();
    const touched = rowsAtDeath - rowsBefore;
    const resumed = await things.banyan(['repair', 'things', '--report', report, '--rate', '200']);
    await road.stop();
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    const wrong = lost.length + before;
    expect(resultOf(resumed)).toMatchObject({ verdict: 'equal', agreed: touched, mended: wrong - touched });
    expect(await rows()).toBe(rowsBefore + wrong);
  }, 90_000);

  it('is refused at the source of a captured collection, whose versions are cluster times; a sink may be written', async () => {
    const of = { db: things.db, collection: 'things' };
    const rows = await things.db.collection('outbox').countDocuments();
    await captureLease({ ...of, ttlMs: 1 }).acquire('a capture that ended');
    const refused = await things.banyan(['repair', 'things']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('things is captured') });
    expect(await things.db.collection('outbox').countDocuments()).toBe(rows);
    expect((await things.banyan(['repair', 'things', '--through-sink', '--settle-ms', '0'])).code).toBe(0);
    await forgetCapture(of);
  }, 60_000);

  it.each([
    [['things', '--report', '/no/such/report.json'], 'cannot be read'],
    [['things', '--rate', '0'], 'a number of keys above 0'],
    [['thinks'], 'things'],
  ])(
    'is not begun with %j',
    async (args, sentence) => {
      const refused = await things.banyan(['repair', ...args]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(sentence);
    },
    60_000,
  );
});
