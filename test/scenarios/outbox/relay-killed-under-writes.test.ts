import { afterAll, describe, expect, it } from '@jest/globals';
import { parseEvents, systemClock } from '../../../services/core/index.ts';
import { outboxOf, readRelayStatus } from '../../../services/outbox/index.ts';
import { openOutbox, thingEntity } from '../../integration/outbox/open-outbox.ts';
import { freshAws, mongoUri } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { type BanyanProcess, startBanyan, writeConfig } from '../../support/relay-process.ts';

const KILLS = 4;
const WRITERS = 4;

const aws = freshAws();
const kinesis = kinesisClient(aws);
afterAll(() => kinesis.destroy());

/** Writes until it is told to stop: mostly updates of few keys, one of them everybody's, and some that come and go. */
const write = async (open: Awaited<ReturnType<typeof openOutbox>>, writer: number, stop: AbortSignal) => {
  const grow = (key: string) =>
    open.outbox.transaction((tx) => tx.update(thingEntity, key, { inc: { size: 1 } }, 'thing.grown'));
  for (let round = 0; !stop.aborted; round += 1) {
    await grow(`own-${writer}`);
    if (round % 3 === 0) await grow('shared');
    if (round % 5 === 0) {
      await open.outbox.transaction((tx) =>
        tx.create(thingEntity, { _id: `brief-${writer}` }, 'thing.created'),
      );
      await open.outbox.transaction((tx) => tx.delete(thingEntity, `brief-${writer}`, 'thing.deleted'));
    }
  }
};

/** The versions that the stream has of each key, in order and without repetitions. */
const delivered = async (stream: string): Promise<Map<string, string[]>> => {
  const versions = new Map<string, string[]>();
  for (const { key, data } of await readStream(kinesis, stream)) {
    const seen = versions.get(key) ?? [];
    for (const { version } of parseEvents(data)) if (!seen.includes(version)) seen.push(version);
    versions.set(key, seen);
  }
  return versions;
};

describe('a relay that is killed again and again while others write', () => {
  it('publishes every committed row, each key’s in its order up to repetitions', async () => {
    const open = await openOutbox();
    const things = await createStream(kinesis);
    const database = open.db.databaseName;
    const config = await writeConfig({ uri: mongoUri(), database, streams: { things } });
    for (const key of ['shared', ...Array.from({ length: WRITERS }, (_, n) => `own-${n}`)]) {
      await open.outbox.transaction((tx) => tx.create(thingEntity, { _id: key, size: 0 }, 'thing.created'));
    }
    const stop = new AbortController();
    const writers = Array.from({ length: WRITERS }, (_, n) => write(open, n, stop.signal));
    const epoch = async () => (await readRelayStatus({ db: open.db, clock: systemClock })).epoch;
    const acknowledged = () => outboxOf(open.db).countDocuments({ acknowledgedAt: { $ne: null } });
    let relay: BanyanProcess | undefined;
    try {
      for (let kills = 0; kills <= KILLS; kills += 1) {
        const [before, done] = [await epoch(), await acknowledged()];
        relay = startBanyan(['relay', '--config', config.file, '--metrics-port', '0'], aws);
        await eventually(async () => expect(await epoch()).toBeGreaterThan(before), 30_000);
        await eventually(async () => expect(await acknowledged()).toBeGreaterThan(done), 30_000);
        if (kills === KILLS) break;
        relay.process.kill('SIGKILL');
        await relay.exit;
      }
      stop.abort();
      await Promise.all(writers);
      await eventually(async () => {
        expect(await outboxOf(open.db).countDocuments({ acknowledgedAt: null })).toBe(0);
      }, 30_000);
    } finally {
      stop.abort();
      await Promise.allSettled(writers);
      relay?.process.kill('SIGKILL');
      await relay?.exit;
      await config.remove();
    }

    const committed = new Map<string, string[]>();
    for await (const { key, event } of outboxOf(open.db).find().sort({ $natural: 1 })) {
      const [{ version } = { version: '' }] = parseEvents(event);
      committed.set(key, [...(committed.get(key) ?? []), version]);
    }
    expect(committed.get('shared')?.length).toBeGreaterThan(KILLS);
    expect(await delivered(things)).toEqual(committed);
    await open.drop();
  }, 180_000);
});
