import { randomInt, randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';

/** The replica set that the global set-up started for this test run. */
export const mongoUri = (): string => required('BANYAN_TEST_MONGODB_URI');

/** A database nobody else uses, and how to drop it; `uri` names another MongoDB than the test run's. */
export const freshDatabase = async (
  uri: string = mongoUri(),
): Promise<{ client: MongoClient; db: Db; drop(): Promise<void> }> => {
  const client = await new MongoClient(uri).connect();
  const db = client.db(`test_${randomUUID().replaceAll('-', '')}`);
  const drop = async () => {
    await db.dropDatabase();
    await client.close();
  };
  return { client, db, drop };
};

/** Client settings for an AWS account of the emulator that nobody else uses (its access key names the account). */
export const freshAws = () => ({
  endpoint: required('BANYAN_TEST_AWS_ENDPOINT'),
  region: 'us-east-1',
  credentials: { accessKeyId: String(randomInt(10 ** 11, 10 ** 12)), secretAccessKey: 'test' },
});

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the global set-up of the integration tests sets it`);
  return value;
};
