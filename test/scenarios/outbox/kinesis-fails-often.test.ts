import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KinesisEventStream } from '../../../services/outbox/kinesis/index.ts';
import { openOutbox } from '../../integration/outbox/open-outbox.ts';
import { startWriters } from '../../support/busy-writers.ts';
import { type EngineRelay, startEngineRelay } from '../../support/engine-relay.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { NOTHING_LOST, publishedEvents } from '../../support/published-events.ts';
import { failingStream } from '../../support/relay-world.ts';
import { seededRandom } from '../simulation/random.ts';

const WITHIN_MS = 60_000;
const WRITES = 1_000;
const SEED = Number(process.env.BANYAN_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

type Fate = ReturnType<Parameters<typeof failingStream>[1]>;

const kinesis = kinesisClient();
afterAll(() => kinesis.destroy());

let open: Awaited<ReturnType<typeof openOutbox>>;
let relay: EngineRelay;
beforeEach(async () => {
  open = await openOutbox();
});
afterEach(async () => {
  await relay.stop();
  await open.drop();
});

/** Publishes under writes to a Kinesis of which each record meets its fate, and tells what became of them. */
const publishWith = async (fate: (random: number) => Fate) => {
  const things = await createStream(kinesis, 2);
  const random = seededRandom(SEED);
  const fates = { not: 0, refused: 0, 'answer-lost': 0, request: 0 };
  const fails = () => {
    const met = fate(random());
    fates[met] += 1;
    return met;
  };
  const stream = new KinesisEventStream({ client: kinesis, names: { things } });
  relay = startEngineRelay({ db: open.db, stream: failingStream(stream, fails) });
  const writers = startWriters({ outbox: open.outbox, seed: SEED, writesPerSecond: 500 });
  try {
    await eventually(() => expect(writers.committed.length).toBeGreaterThan(WRITES), WITHIN_MS);
  } finally {
    await writers.stop();
  }
  await relay.done(WITHIN_MS);
  const quarantined: unknown[] = [];
  for await (const entry of relay.quarantine.list('relay')) quarantined.push(entry);
  const published = await publishedEvents(open.db, await readStream(kinesis, things));
  return { ...published, quarantined, fates };
};

describe(`Kinesis that fails often (seed ${SEED})`, () => {
  it('refuses three records of ten: nothing is lost or repeated', async () => {
    const { fates, ...published } = await publishWith((random) => (random < 0.3 ? 'refused' : 'not'));
    expect(published).toMatchObject({ ...NOTHING_LOST, repeats: 0, quarantined: [] });
    expect(fates.refused).toBeGreaterThan(WRITES / 10);
  }, 120_000);

  it('takes three records of ten and does not say so: they are repeated, in order', async () => {
    const { fates, ...published } = await publishWith((random) => (random < 0.3 ? 'answer-lost' : 'not'));
    expect(published).toMatchObject({ ...NOTHING_LOST, quarantined: [] });
    expect(published.repeats).toBeGreaterThanOrEqual(fates['answer-lost']);
    expect(fates['answer-lost']).toBeGreaterThan(WRITES / 10);
  }, 120_000);

  it('does not answer half of the requests: nothing is lost or repeated', async () => {
    // A request of ten records is not answered with one chance in two.
    const { fates, ...published } = await publishWith((random) => (random < 0.07 ? 'request' : 'not'));
    expect(published).toMatchObject({ ...NOTHING_LOST, repeats: 0, quarantined: [] });
    expect(fates.request).toBeGreaterThan(10);
  }, 120_000);

  it('does all of that at once', async () => {
    const fate = (random: number): Fate => {
      if (random < 0.02) return 'request';
      if (random < 0.2) return 'refused';
      return random < 0.3 ? 'answer-lost' : 'not';
    };
    const { fates, ...published } = await publishWith(fate);
    expect(published).toMatchObject({ ...NOTHING_LOST, quarantined: [] });
    expect(Math.min(...Object.values(fates))).toBeGreaterThan(0);
  }, 120_000);
});
