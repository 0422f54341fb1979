import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { SourceDocument } from '../../services/core/index.ts';
import { type ExampleOptions, makeExample } from './example-world.ts';
import { type Ended, type Running, startBanyan, type Variables } from './run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../banyan.config.ts');
/** The copy's last owner is dead once it was silent for ten seconds. */
export const COPY_WITHIN_MS = 120_000;

/** Users of the example at their source, and its command line as a process that a test may kill. */
export const makeUsersCopy = async (options: ExampleOptions = {}) => {
  const example = await makeExample(options);
  const s3 = new S3Client(example.aws);
  const Bucket = `quarantine-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  s3.destroy();
  const children: ChildProcess[] = [];
  const start = (args: readonly string[], more: Variables = {}): Running => {
    const env = { ...example.env, BANYAN_QUARANTINE_BUCKET: Bucket, ...more };
    const running = startBanyan({ config: CONFIG, args, env });
    children.push(running.child);
    return running;
  };
  return {
    start,
    banyan: (args: readonly string[], more: Variables = {}): Promise<Ended> => start(args, more).ended,
    insert: (documents: readonly SourceDocument[]) =>
      example.db.command({ insert: 'users', documents, writeConcern: { w: 'majority' } }),
    rename: (_id: string, username: string, version: number) =>
      example.db.command({
        update: 'users',
        updates: [{ q: { _id }, u: { $set: { username, '_banyan.entity': version } } }],
        writeConcern: { w: 'majority' },
      }),
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await example.close();
    },
  };
};

export type UsersCopy = Awaited<ReturnType<typeof makeUsersCopy>>;

export const userId = (n: number): string => `user-${String(n).padStart(5, '0')}`;

/** A user with the version 1,000 + n. */
export const userDocument = (n: number, username = `name${n}`): SourceDocument => ({
  ...{ _id: userId(n), username, firstName: `First ${n}`, lastName: `Last ${n}`, followerCount: n },
  _banyan: { entity: 1_000 + n },
});
