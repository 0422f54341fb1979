import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EntityEvent, entityEvent } from '../../../services/core/index.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things, versionedThings } from '../../support/things-world.ts';

const DOCUMENTS = 30;
/** An item of DynamoDB holds 400 KB. */
const LARGE = 'n'.repeat(401 * 1_024);
/** With how many keys each compares: one document was there before the position. */
const MODES = [
  { args: [], compared: DOCUMENTS + 1 },
  { args: ['--checksum'], compared: DOCUMENTS + 1 },
  { args: ['--sample', '100'], compared: DOCUMENTS + 1 },
  { args: ['--changed-since', '1.1'], compared: DOCUMENTS },
];

describe('documents that the sink refuses for good', () => {
  let things: Things;
  let folder: string;
  let began: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-refused-'));
    things = await makeThings();
    await things.insert([{ _id: 'before', name: 'any', _banyan: { entity: 1 } }]);
    // What was committed last is at the position itself, and counts.
    await things.db.collection('others').insertOne({});
    const { sourcePositions } = resultOf(
      await things.banyan(['verify', 'things', '--sample', '1', '--settle-ms', '0']),
    ) as { sourcePositions: { before: string } };
    began = sourcePositions.before;
    await things.insert(versionedThings(DOCUMENTS));
    await set('thing-7', LARGE, 5_000);
    await things.banyan(['backfill', 'run', 'things']);
    // It grew after it was copied: the table has what it was.
    await set('thing-8', LARGE, 5_001);
    await quarantineAsConsumer('thing-8', LARGE, 5_001);
  }, 60_000);
  afterAll(() => Promise.all([things.close(), rm(folder, { recursive: true, force: true })]));

  const set = (_id: string, name: string, version: number) =>
    things.db.command({
      update: 'things',
      updates: [{ q: { _id }, u: { $set: { name, _banyan: { entity: version } } } }],
      writeConcern: { w: 'majority' },
    });

  /** As the plan's consumer does once the table refused what the stream brought. */
  const quarantineAsConsumer = async (_id: string, name: string, version: number) => {
    const event: EntityEvent = entityEvent({
      ...{ id: 'e', source: '/test', type: 'thing.updated', deleted: false, atMs: 0 },
      document: { _id, name, _banyan: { entity: version } },
    });
    const body = JSON.stringify(event);
    await things.quarantine.put({
      id: 'e-0',
      source: 'project-things',
      key: _id,
      reason: 'too large',
      atMs: 0,
      body,
    });
  };

  const verify = (...args: string[]) =>
    things.banyan([
      ...['verify', 'things', '--settle-ms', '200'],
      ...args.map((one) => (one === '1.1' ? began : one)),
    ]);

  it.each(MODES)(
    'are no mismatch while they are in quarantine as the source has them: 4, by $args',
    async ({ args, compared }) => {
      const verified = await verify(...args);
      expect(verified.code).toBe(4);
      expect(resultOf(verified)).toMatchObject({
        verdict: 'rejects',
        compared,
        rejected: 2,
        mismatches: 0,
        firstRejected: expect.arrayContaining([
          expect.objectContaining({ key: 'thing-7', reason: expect.stringMatching(/^\(text of/) }),
          expect.objectContaining({ key: 'thing-8' }),
        ]),
      });
    },
    60_000,
  );

  it('are named on the page, get no certificate, and are not touched by a repair', async () => {
    const [html, certificate] = [join(folder, 'report.html'), join(folder, 'certificate.json')];
    const verified = await verify('--html', html, '--certificate', certificate, '--show-values');
    expect(verified.code).toBe(4);
    expect(verified.stderr).toContain(
      'was not written: source and sink are equal, but for documents in quarantine',
    );
    expect(existsSync(certificate)).toBe(false);
    const page = await readFile(html, 'utf8');
    expect(page).toContain('In quarantine: 2</h2>');
    expect(page).toContain('400 KB');
    const repaired = await things.banyan(['repair', 'things', '--settle-ms', '200']);
    expect(repaired.code).toBe(4);
    expect(resultOf(repaired)).toMatchObject({ keys: 0, mended: 0, verdict: 'rejects' });
  }, 60_000);

  it('are mismatches as ever once the source changed since: 5', async () => {
    await set('thing-8', `${LARGE}!`, 5_002);
    const verified = await verify('--checksum');
    expect(verified.code).toBe(5);
    expect(resultOf(verified)).toMatchObject({
      rejected: 1,
      mismatches: 1,
      first: [{ key: 'thing-8' }],
      kinds: { version: 1, field: 1 },
    });
  }, 60_000);

  it('are equal once they shrank and were retried: 0', async () => {
    await set('thing-7', 'small', 6_000);
    await set('thing-8', 'small', 6_001);
    expect((await things.banyan(['backfill', 'retry-rejects', 'things'])).code).toBe(0);
    expect((await things.banyan(['quarantine', 'replay', 'things'])).code).toBe(0);
    const verified = await verify();
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(verified)).toMatchObject({ verdict: 'equal', rejected: 0, compared: DOCUMENTS + 1 });
  }, 60_000);
});
