import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import {
  describeMongo,
  type Engine,
  engineOptions,
  findMongo,
  startMongo,
} from '../../../../infra/local/engines/index.ts';

// As this machine has it: in a container, or as a process.
const options = engineOptions(process.env, () => {});

describe('a MongoDB that is started', () => {
  let engine: Engine;
  let client: MongoClient;

  beforeAll(async () => {
    engine = await startMongo(options);
    client = await new MongoClient(engine.address).connect();
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await engine.stop();
  });

  it('is the choice that was found first', async () => {
    const first = (await findMongo(options)).find(({ availability }) => availability !== 'missing');
    expect(first?.availability).toBe('ready');
    expect(engine.container).toBe(first?.choice.endsWith('in a container'));
  });

  it('is a replica set with a primary, on the loopback', async () => {
    expect(await describeMongo(engine.address)).toMatchObject({ topology: 'replica set' });
    expect((await client.db('admin').command({ hello: 1 })).isWritablePrimary).toBe(true);
    expect(engine.address).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\//);
  });

  it('takes transactions, and tells a change stream of them', async () => {
    const things = client.db('test').collection<{ _id: number }>('things');
    const changes = things.watch();
    expect(await changes.tryNext()).toBeNull();
    await client.withSession((session) =>
      session.withTransaction(() => things.insertOne({ _id: 1 }, { session })),
    );
    expect(await changes.next()).toMatchObject({ operationType: 'insert', documentKey: { _id: 1 } });
    await changes.close();
  });

  it('leaves no process and no data when it is stopped, and may be stopped twice', async () => {
    const admin = client.db('admin');
    const { parsed } = await admin.command({ getCmdLineOpts: 1 });
    const { pid } = await admin.command({ serverStatus: 1 });
    await client.close();
    await Promise.all([engine.stop(), engine.stop()]);
    await expect(describeMongo(engine.address)).rejects.toThrow('does not answer');
    // Inside a container both belong to it, and went with it.
    const isOurs = !engine.container;
    expect(isOurs && existsSync(parsed.storage.dbPath)).toBe(false);
    expect(isOurs && lives(Number(pid))).toBe(false);
  });
});

describe('a MongoDB of several members', () => {
  it('elects another primary when one is killed, and is gone when it is stopped', async () => {
    const engine = await startMongo({ ...options, mongoMembers: 3 });
    const { members = [] } = engine;
    const client = await new MongoClient(engine.address).connect();
    const primary = async (): Promise<string> => (await client.db('admin').command({ hello: 1 })).primary;
    const first = await primary();
    expect(members.map(({ host }) => host)).toContain(first);
    expect(engine.address).toBe(`mongodb://${members.map(({ host }) => host).join()}/?replicaSet=rs0`);
    await members.find(({ host }) => host === first)?.kill();
    const things = client.db('test').collection<{ _id: number }>('things');
    await things.insertOne({ _id: 1 }, { writeConcern: { w: 'majority' } });
    expect(await primary()).not.toBe(first);
    await client.close();
    await engine.stop();
    await expect(describeMongo(engine.address)).rejects.toThrow('does not answer');
  }, 120_000);
});

describe('a MongoDB that is named', () => {
  it('is used as it is, and not stopped', async () => {
    const mongoUri = process.env.BANYAN_TEST_MONGODB_URI ?? '';
    const named = await startMongo({ ...options, requireContainers: false, mongoUri });
    await named.stop();
    expect(named.address).toBe(mongoUri);
    expect(await describeMongo(mongoUri)).toMatchObject({ topology: 'replica set' });
  });

  it('is not replaced by another when it does not answer', async () => {
    const mongoUri = 'mongodb://user:secret@127.0.0.1:1/';
    const started = startMongo({ ...options, requireContainers: false, mongoUri });
    const message = await started.catch((thrown: Error) => thrown.message);
    expect(message).toContain('MongoDB does not answer at 127.0.0.1:1');
    expect(message).not.toContain('secret');
  });
});

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
