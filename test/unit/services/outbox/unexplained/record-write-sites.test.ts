import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Binary, type MongoClient, Timestamp } from 'mongodb';
import { UsageError } from '../../../../../services/core/index.ts';
import { recordWriteSites } from '../../../../../services/outbox/unexplained/record-write-sites.ts';
import type { RecordedWrite } from '../../../../../services/outbox/unexplained/recorded-write.ts';

const setUp = () => {
  const client = Object.assign(new EventEmitter(), { options: { monitorCommands: true } });
  const added: RecordedWrite[] = [];
  const errors: unknown[] = [];
  let failure: Error | undefined;
  const stop = recordWriteSites({
    client: client as unknown as MongoClient,
    database: 'app',
    collections: ['users'],
    sites: {
      add: async (writes) => {
        if (failure) throw failure;
        added.push(...writes);
      },
      find: async () => undefined,
    },
    onError: (error) => errors.push(error),
  });
  let requestId = 0;
  const send = (commandName: string, command: object, reply: object | undefined, databaseName = 'app') => {
    requestId += 1;
    client.emit('commandStarted', { requestId, databaseName, commandName, command });
    if (reply) client.emit('commandSucceeded', { requestId, reply });
    else client.emit('commandFailed', { requestId });
  };
  const fail = (error: Error) => {
    failure = error;
  };
  return { client, added, errors, stop, send, fail };
};

const LSID = { lsid: { id: new Binary(Buffer.from('ab', 'hex')) } };
const inTransaction = (command: object) => ({ ...command, ...LSID, txnNumber: 1, autocommit: false });
const reply = (more: object) => ({ ok: 1, operationTime: new Timestamp({ t: 5, i: 2 }), ...more });
const update = (key: string) => ({ update: 'users', updates: [{ q: { _id: key }, u: {} }] });
const row = (key: string) => ({ insert: 'outbox', documents: [{ stream: 'users', key }] });

describe('the recording of write sites', () => {
  it('takes what is written outside a transaction', () => {
    const { added, send } = setUp();
    send(
      'update',
      { ...update('a'), $clusterTime: { clusterTime: new Timestamp({ t: 5, i: 1 }) } },
      reply({ nModified: 1 }),
    );
    expect(added).toMatchObject([
      {
        command: 'update',
        collection: 'users',
        keys: ['a'],
        changed: 1,
        transaction: undefined,
        after: { t: 5, i: 1 },
        until: { t: 5, i: 2 },
        frames: [expect.stringContaining('record-write-sites.test.ts'), expect.anything()],
      },
    ]);
  });

  it('leaves out other collections, other databases, reads, failures and what changed nothing', () => {
    const { added, send } = setUp();
    send('update', { ...update('a'), update: 'yubls' }, reply({ nModified: 1 }));
    send('update', update('a'), reply({ nModified: 1 }), 'other');
    send('find', { find: 'users' }, reply({}));
    send('update', update('a'), undefined);
    send('update', update('a'), reply({ nModified: 0 }));
    expect(added).toEqual([]);
  });

  it('leaves out a transaction that has a row for each of its keys', () => {
    const { added, send } = setUp();
    send('update', inTransaction(update('a')), reply({ nModified: 1 }));
    send('insert', inTransaction(row('a')), reply({ n: 1 }));
    send('commitTransaction', inTransaction({ commitTransaction: 1 }), reply({}), 'admin');
    expect(added).toEqual([]);
  });

  it('takes a transaction that lacks a row, once it is committed', () => {
    const { added, send } = setUp();
    send('update', inTransaction(update('a')), reply({ nModified: 1 }));
    send('update', inTransaction(update('b')), reply({ nModified: 1 }));
    send('insert', inTransaction(row('a')), reply({ n: 1 }));
    expect(added).toEqual([]);
    send('commitTransaction', inTransaction({ commitTransaction: 1 }), reply({}), 'admin');
    expect(added).toMatchObject([
      { keys: ['a'], transaction: 'ab:1' },
      { keys: ['b'], transaction: 'ab:1' },
    ]);
  });

  it('forgets a transaction that was given up', () => {
    const { added, send } = setUp();
    send('update', inTransaction(update('a')), reply({ nModified: 1 }));
    send('abortTransaction', inTransaction({ abortTransaction: 1 }), reply({}), 'admin');
    send('commitTransaction', inTransaction({ commitTransaction: 1 }), reply({}), 'admin');
    expect(added).toEqual([]);
  });

  it('tells of a site that could not be added', async () => {
    const { errors, send, fail } = setUp();
    fail(new Error('away'));
    send('update', update('a'), reply({ nModified: 1 }));
    await new Promise((settled) => setImmediate(settled));
    expect(errors).toEqual([new Error('away')]);
  });

  it('ends', () => {
    const { client, added, stop, send } = setUp();
    stop();
    send('update', update('a'), reply({ nModified: 1 }));
    expect(added).toEqual([]);
    expect(client.eventNames()).toEqual([]);
  });

  it('refuses a client that does not monitor its commands', () => {
    const client = Object.assign(new EventEmitter(), { options: { monitorCommands: false } });
    const record = () =>
      recordWriteSites({
        client: client as unknown as MongoClient,
        database: 'app',
        collections: [],
        sites: { add: async () => undefined, find: async () => undefined },
        onError: () => undefined,
      });
    expect(record).toThrow(UsageError);
  });
});
