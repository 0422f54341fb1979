import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlCheckpointStore } from '../../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { type SourceDocument, systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { makeExample } from '../../support/example-world.ts';
import { resultOf, startBanyan } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../../banyan.config.ts');
const PLAN = 'users-to-search';
const HOUR_MS = 3_600_000;
const USERS = 12;

describe('a copy that is paused for longer than the stream keeps records', () => {
  let example: Awaited<ReturnType<typeof makeExample>>;
  let dynamoDb: DynamoDBClient;
  beforeAll(async () => {
    example = await makeExample();
    const { env, db } = example;
    dynamoDb = new DynamoDBClient({
      endpoint: env.AWS_ENDPOINT_URL,
      region: env.AWS_REGION,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    });
    await db.collection<SourceDocument>('users').insertMany(
      Array.from({ length: USERS }, (_, n) => ({
        _id: `user-${n}`,
        username: `user${n}`,
        firstName: 'Ann',
        lastName: 'Lee',
        followerCount: n,
      })),
    );
  }, 60_000);
  afterAll(async () => {
    dynamoDb.destroy();
    await example.close();
  });

  const banyan = (...args: string[]) => startBanyan({ config: CONFIG, args, env: example.env }).ended;

  /** As if it had begun that long ago. */
  const age = async (byMs: number) => {
    const checkpoints = new ControlCheckpointStore({
      control: new DynamoDbControlStore({
        client: dynamoDb,
        table: example.env.BANYAN_CONTROL_TABLE,
        clock: systemClock,
      }),
    });
    const found = await checkpoints.load(PLAN);
    if (found?.value.replayFromMs === undefined) throw new Error('the run knows no moment to replay from');
    const replayFromMs = found.value.replayFromMs - byMs;
    await checkpoints.save({ ...found.value, replayFromMs }, found.revision);
  };

  it('is finished, and its consumer is refused: what changed since it began may be gone', async () => {
    const bit = await banyan('backfill', 'run', PLAN, '--limit', '5');
    expect(bit).toMatchObject({ code: 0, stderr: '' });
    expect((await banyan('backfill', 'pause', PLAN)).code).toBe(0);
    await age(23.5 * HOUR_MS);
    expect((await banyan('backfill', 'consume', PLAN)).stderr).toContain('its copy is not finished');
    const resumed = await banyan('backfill', 'resume', PLAN);
    expect(resultOf(resumed)).toMatchObject({ status: 'copied', read: USERS });
    const refused = await banyan('backfill', 'consume', PLAN);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('the stream keeps records for 24 h');
    expect(refused.stderr).toContain(`banyan backfill run ${PLAN} --restart`);
  }, 60_000);

  it('is begun anew, as the refusal says, and its consumer starts where the new copy began', async () => {
    expect((await banyan('backfill', 'run', PLAN, '--restart')).code).toBe(0);
    const started = await banyan('backfill', 'consume', PLAN);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const verified = await banyan('verify', PLAN);
    expect(verified.code).toBe(0);
    expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS });
  }, 60_000);
});
