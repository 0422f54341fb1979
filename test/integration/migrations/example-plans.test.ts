import { join } from 'node:path';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { entityKeyOf } from '../../../services/core/index.ts';
import { makeExample } from '../../support/example-world.ts';
import { type Ended, resultOf, startBanyan } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../../banyan.config.ts');
const USERS = 300;

describe("the example's plans", () => {
  let example: Awaited<ReturnType<typeof makeExample>>;
  beforeAll(async () => {
    example = await makeExample();
    await example.db.collection('users').insertMany(
      Array.from({ length: USERS }, (_, i) => ({
        username: `user${i}`,
        firstName: `First ${i}`,
        lastName: `Last ${i}`,
        followerCount: i,
        createdAt: new Date(),
      })),
      { writeConcern: { w: 'majority' } },
    );
  }, 60_000);
  afterAll(() => example.close());

  const banyan = (...args: string[]): Promise<Ended> =>
    startBanyan({ config: CONFIG, args, env: example.env }).ended;

  const startOf = async (stack: string): Promise<number> => {
    const { Stacks } = await example.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
    const parameters = Stacks?.[0]?.Parameters?.find(
      (one) => one.ParameterKey === 'StartingPositionTimestamp',
    );
    return Number(parameters?.ParameterValue);
  };

  describe('users-to-profiles, concurrent with the stream', () => {
    it('refuses to copy before its consumer was started', async () => {
      const refused = await banyan('backfill', 'run', 'users-to-profiles');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('`banyan backfill consume users-to-profiles` comes first');
    }, 60_000);

    it('starts its consumer from a minute ago', async () => {
      const minuteAgo = () => Math.floor(Date.now() / 1_000) - 60;
      const earliest = minuteAgo();
      expect((await banyan('backfill', 'consume', 'users-to-profiles')).code).toBe(0);
      const start = await startOf('BanyanProfiles');
      expect(start).toBeGreaterThanOrEqual(earliest);
      expect(start).toBeLessThanOrEqual(minuteAgo());
    }, 60_000);

    it('copies every user, and agrees in a full comparison', async () => {
      const copied = await banyan('backfill', 'run', 'users-to-profiles');
      expect(copied).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(copied)).toMatchObject({ read: USERS, written: USERS, stale: 0, rejected: 0 });
      const verified = await banyan('verify', 'users-to-profiles');
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS, scanned: USERS });
    }, 60_000);

    it('finds what bypassed the copy, without showing its values', async () => {
      await example.db
        .collection('users')
        .updateOne({ username: 'user7' }, { $set: { bio: 'a secret' } }, { writeConcern: { w: 'majority' } });
      const verified = await banyan('verify', 'users-to-profiles', '--settle-ms', '0');
      expect(verified.code).toBe(5);
      expect(resultOf(verified)).toMatchObject({
        verdict: 'different',
        mismatches: 1,
        first: [
          { differences: [{ kind: 'field', field: 'bio', source: '(text of 8)', sink: '(text of 0)' }] },
        ],
      });
    }, 60_000);
  });

  describe('users-to-search, copied first and replayed afterwards', () => {
    it('cannot tell anything before it was copied but that everything is missing', async () => {
      const verified = await banyan('verify', 'users-to-search', '--settle-ms', '0');
      expect(verified.code).toBe(5);
      expect(resultOf(verified)).toMatchObject({ compared: USERS, mismatches: USERS });
    }, 60_000);

    it('refuses to start its consumer before the copy is finished', async () => {
      const refused = await banyan('backfill', 'consume', 'users-to-search');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('`banyan backfill run users-to-search` comes first');
    }, 60_000);

    it('copies every user, from a moment on that it marked on the stream', async () => {
      const beforeMs = Date.now();
      const copied = await banyan('backfill', 'run', 'users-to-search');
      expect(copied).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(copied)).toMatchObject({ read: USERS, written: USERS, rejected: 0 });
      const replayFromMs = Number(resultOf(copied)?.replayFromMs);
      expect(replayFromMs).toBeGreaterThan(beforeMs - 1_000);
      expect(replayFromMs).toBeLessThan(Date.now());
    }, 60_000);

    it('starts its consumer a minute before that moment, once', async () => {
      const { answers } = await banyan('backfill', 'status', 'users-to-search');
      const expected = Math.floor((Number(answers[0]?.replayFromMs) - 60_000) / 1_000);
      expect(resultOf(await banyan('backfill', 'consume', 'users-to-search'))).toMatchObject({
        started: true,
      });
      expect(await startOf('BanyanSearch')).toBe(expected);
      expect(resultOf(await banyan('backfill', 'consume', 'users-to-search'))).toEqual({
        event: 'result',
        plan: 'users-to-search',
        started: false,
        startsAtSeconds: expected,
      });
    }, 60_000);

    it('agrees in a full comparison', async () => {
      const verified = await banyan('verify', 'users-to-search');
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(verified)).toMatchObject({ verdict: 'equal', compared: USERS, scanned: USERS });
    }, 60_000);
  });

  describe('an index that lost and invented documents', () => {
    it('agrees by checksums before', async () => {
      const verified = await banyan('verify', 'users-to-search', '--checksum');
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(verified)).toMatchObject({ compared: USERS, scanned: USERS, checksum: { open: 0 } });
    }, 60_000);

    it('is found out by checksums, by a sample and by a full comparison', async () => {
      const user = await example.db.collection('users').findOne({ username: 'user9' });
      const lost = entityKeyOf(user?._id);
      await example.searchIndex.write([
        { key: lost, version: 1, state: null },
        {
          key: entityKeyOf(new ObjectId()),
          version: 1,
          state: { username: 'nobody', first_name: 'N', last_name: 'B', followers: 0 },
        },
      ]);
      const kinds = { missing: 1, extra: 1 };
      const checked = await banyan('verify', 'users-to-search', '--checksum', '--settle-ms', '200');
      expect(checked.code).toBe(5);
      expect(resultOf(checked)).toMatchObject({ mismatches: 2, kinds, checksum: { open: 2 } });
      const inFull = await banyan('verify', 'users-to-search', '--settle-ms', '200');
      expect(resultOf(inFull)).toMatchObject({ mismatches: 2, kinds });
      // Every key of the source, and none of the sink.
      const sampled = await banyan('verify', 'users-to-search', '--sample', '1000', '--settle-ms', '200');
      expect(resultOf(sampled)).toMatchObject({ compared: USERS, mismatches: 1, first: [{ key: lost }] });
    }, 60_000);

    it('is what a dry run of its repair would mend', async () => {
      const dry = await banyan('repair', 'users-to-search', '--dry-run', '--settle-ms', '200');
      expect(dry.code).toBe(5);
      expect(resultOf(dry)).toMatchObject({ wrong: 2, mended: 0 });
    }, 60_000);
  });

  it('cannot tell when there is nothing to compare', async () => {
    await example.db.collection('users').deleteMany({}, { writeConcern: { w: 'majority' } });
    const verified = await startBanyan({
      config: CONFIG,
      args: ['verify', 'users-to-profiles'],
      // Any table that holds no profiles will do.
      env: { ...example.env, BANYAN_PROFILES_TABLE: example.emptyTable },
    }).ended;
    expect(verified.code).toBe(6);
    expect(resultOf(verified)).toMatchObject({ verdict: 'cannot-tell', compared: 0 });
  }, 60_000);
});
