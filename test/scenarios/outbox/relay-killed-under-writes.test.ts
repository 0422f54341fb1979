import { afterAll, describe, expect, it } from '@jest/globals';
import { freshAws } from '../../support/engines.ts';
import { killRounds } from '../../support/kill-round.ts';
import { kinesisClient } from '../../support/kinesis-stream.ts';
import { NOTHING_LOST } from '../../support/published-events.ts';

const ROUNDS = 5;
const SEED = Number(process.env.BANYAN_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

const aws = freshAws();
const kinesis = kinesisClient(aws);
afterAll(() => kinesis.destroy());

describe('a relay that is killed while others write, again and again', () => {
  it(`is succeeded by its standby, and publishes every event, each key’s in order (seed ${SEED})`, async () => {
    const options = { aws, kinesis, seed: SEED, rounds: ROUNDS, writesPerSecond: 500, startsAhead: true };
    let takeovers = 0;
    for await (const round of killRounds(options)) {
      expect(round).toMatchObject(NOTHING_LOST);
      takeovers += round.takeoversMs.length;
    }
    expect(takeovers).toBeGreaterThanOrEqual(ROUNDS);
  }, 180_000);
});
