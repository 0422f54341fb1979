import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ControlCheckpointStore } from '../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { loadView, type RunView } from '../../migrations/backfill/run-view.ts';
import { type SourceDocument, systemClock, type VersionedRecord } from '../../services/core/index.ts';
import { DynamoDbControlStore } from '../../services/store/dynamodb-control-store.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';
import { FolderQuarantine } from '../../services/stream/folder-quarantine.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import { createTable } from './dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from './engines.ts';
import { type Running, startBanyan, type Variables } from './run-banyan.ts';

const CONFIG = join(import.meta.dirname, 'things.config.ts');

/** A collection `things`, a table for its copies, and the command line as a process between the two. */
export const makeThings = async () => {
  const { client, db, drop } = await freshDatabase();
  const aws = freshAws();
  const dynamoDb = new DynamoDBClient(aws);
  const [table, controlTable] = await Promise.all([
    createTable(dynamoDb, { partition: 'key' }),
    createTable(dynamoDb, { partition: 'pk', sort: 'sk' }),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'banyan-things-'));
  const store = new DynamoDbStore({ client: dynamoDb, table, clock: systemClock });
  const checkpoints = new ControlCheckpointStore({
    control: new DynamoDbControlStore({ client: dynamoDb, table: controlTable, clock: systemClock }),
  });
  const env: Variables = {
    MONGODB_URI: mongoUri(),
    MONGODB_DATABASE: db.databaseName,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    BANYAN_CONTROL_TABLE: controlTable,
    THINGS_TABLE: table,
    THINGS_QUARANTINE: join(folder, 'quarantine'),
  };
  const quarantine = new FolderQuarantine({ folder: env.THINGS_QUARANTINE ?? '' });
  const children: ChildProcess[] = [];
  const start = (args: readonly string[], more: Variables = {}): Running => {
    const running = startBanyan({ config: CONFIG, args, env: { ...env, ...more } });
    children.push(running.child);
    return running;
  };
  return {
    aws,
    table,
    controlTable,
    client,
    db,
    store,
    quarantine,
    start,
    banyan: (args: readonly string[], more: Variables = {}) => start(args, more).ended,
    insert: (documents: readonly SourceDocument[]) =>
      db.command({ insert: 'things', documents, writeConcern: { w: 'majority' } }),
    stored: async () => {
      const records = new Map<string, VersionedRecord>();
      for await (const page of store.scan()) for (const record of page) records.set(record.key, record);
      return records;
    },
    quarantined: async () => {
      const entries: QuarantineEntry[] = [];
      for await (const entry of quarantine.list('things')) entries.push(entry);
      return entries;
    },
    /** Writes past the write law, as somebody with a console would. */
    putPastLaw: (key: string, version: number, name: string) =>
      dynamoDb.send(
        new PutItemCommand({
          TableName: table,
          Item: { key: { S: key }, version: { N: String(version) }, name: { S: name } },
        }),
      ),
    deletePastLaw: (key: string) =>
      dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: { key: { S: key } } })),
    /** The keys of every put that the table acknowledged, put by put. */
    putsIn: async (name: string): Promise<string[][]> => {
      const text = await readFile(join(folder, name), 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    /** The plan's newest run, as its last checkpoints say. */
    checkpoint: (): Promise<RunView | undefined> => loadView(checkpoints, 'things'),
    /** Variables for a process that dies after its next put, once `kill` was called. */
    mortal: (name: string) => {
      const file = join(folder, `kill-${name}`);
      return { variables: { THINGS_KILL_ONCE_EXISTS: file }, kill: () => writeFile(file, '') };
    },
    logPutsTo: (name: string): Variables => ({ THINGS_PUTS_LOG: join(folder, name) }),
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      dynamoDb.destroy();
      await Promise.all([drop(), rm(folder, { recursive: true, force: true })]);
    },
  };
};

export type Things = Awaited<ReturnType<typeof makeThings>>;

/** `thing-0` to `thing-…`, with versions from 1,000 on. */
export const versionedThings = (count: number): SourceDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    _id: `thing-${i}`,
    name: `name ${i}`,
    _banyan: { entity: 1_000 + i },
  }));

/** The same with documents that are in the table already, copied by the command. */
export const makeCopiedThings = async (documents: readonly SourceDocument[]): Promise<Things> => {
  const things = await makeThings();
  await things.insert(documents);
  const copied = await things.banyan(['backfill', 'run', 'things']);
  if (copied.code !== 0) throw new Error(`the copy ended with ${copied.code}: ${copied.stderr}`);
  return things;
};
