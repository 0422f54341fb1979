import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Engine, engineOptions, startAwsEmulator } from '../../../infra/local/engines/index.ts';
import { parseEvents } from '../../../services/core/index.ts';
import { KinesisEventStream } from '../../../services/outbox/kinesis/index.ts';
import { openOutbox } from '../../integration/outbox/open-outbox.ts';
import { type BusyWriters, startWriters } from '../../support/busy-writers.ts';
import { type Door, openDoor } from '../../support/closable-door.ts';
import { type EngineRelay, startEngineRelay } from '../../support/engine-relay.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { NOTHING_LOST, publishedEvents } from '../../support/published-events.ts';

const WITHIN_MS = 60_000;
const WRITES = 300;

let emulators: Engine[];
let door: Door;
let kinesis: KinesisClient;
let open: Awaited<ReturnType<typeof openOutbox>>;
let things: string;
let relay: EngineRelay;
let writers: BusyWriters;

/** An emulator of our own, since others use that of the test run. */
const startEmulator = async (): Promise<string> => {
  const { awsEndpoint: _, ...options } = engineOptions(process.env, () => {});
  const emulator = await startAwsEmulator(options);
  emulators.push(emulator);
  return emulator.address;
};

beforeEach(async () => {
  emulators = [];
  door = await openDoor(await startEmulator());
  kinesis = kinesisClient({ ...freshAws(), endpoint: door.endpoint });
  things = await createStream(kinesis);
  open = await openOutbox();
  const stream = new KinesisEventStream({ client: kinesis, names: { things } });
  relay = startEngineRelay({ db: open.db, stream });
  writers = startWriters({ outbox: open.outbox, seed: 1, writesPerSecond: 300 });
  await written();
  await eventually(
    () => expect(relay.relay.progress.counts.publishedRows).toBeGreaterThan(WRITES / 2),
    WITHIN_MS,
  );
}, 120_000);
afterEach(async () => {
  await writers.stop();
  await relay.stop();
  await open.drop();
  kinesis.destroy();
  await door.shut();
  await Promise.all(emulators.map((emulator) => emulator.stop()));
});

/** Waits until some more was written. */
const written = async () => {
  const before = writers.committed.length;
  await eventually(() => expect(writers.committed.length).toBeGreaterThan(before + WRITES), WITHIN_MS);
};

/** Waits until the relay fails for this reason, from now on. */
const failing = async (reason: RegExp) => {
  const from = relay.events.length;
  await eventually(() => {
    const failures = relay.events.slice(from).filter(({ type }) => type === 'send-failed');
    expect(failures.map((event) => ('error' in event ? String(event.error) : '')).join('\n')).toMatch(reason);
  }, WITHIN_MS);
};

/** Events that some stream said it has: key and version. */
const publishedSoFar = (): Set<string> => {
  const rows = relay.events.flatMap((event) => (event.type === 'published' ? event.rows : []));
  const events = rows.flatMap((row) => parseEvents(row.event));
  return new Set(events.map(({ subject, version }) => `${subject} ${version}`));
};

describe('Kinesis that goes while others write', () => {
  it('and returns with all that it had: nothing is lost', async () => {
    await door.shut();
    await failing(/ECONNREFUSED/);
    await written();
    expect(relay.relay.progress.state).toBe('leading');
    expect((await relay.relay.lag()).rows).toBeGreaterThan(WRITES / 2);

    await door.reopen();
    await written();
    await writers.stop();
    await relay.done(WITHIN_MS);
    expect(await publishedEvents(open.db, await readStream(kinesis, things))).toMatchObject(NOTHING_LOST);
  }, 120_000);

  it('and returns without its streams: what it had not taken is on them once somebody makes them', async () => {
    await emulators[0]?.stop();
    await failing(/socket hang up|ECONNRE|EPIPE/);
    await door.shut();
    await door.reopen(await startEmulator());
    await failing(/not found/i);
    const onTheFirst = publishedSoFar();
    await written();

    await createStream(kinesis, 1, things);
    await written();
    await writers.stop();
    await relay.done(WITHIN_MS);
    const { lost, ...published } = await publishedEvents(open.db, await readStream(kinesis, things));
    expect(lost.filter((event) => !onTheFirst.has(event))).toEqual([]);
    expect(lost.length).toBeGreaterThan(0);
    expect(published).toMatchObject({ invented: [], disordered: [], unacknowledged: 0 });
  }, 120_000);
});
