import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeCopiedThings, type Things, versionedThings } from '../../support/things-world.ts';

const DOCUMENTS = 200;
const SECRET = 'her <b>secret</b> name';

describe('a copy that is verified in every way', () => {
  let things: Things;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-verify-'));
    things = await makeCopiedThings(
      versionedThings(DOCUMENTS).map((one, i) => (i === 7 ? { ...one, name: SECRET } : one)),
    );
  }, 60_000);
  afterAll(() => Promise.all([things.close(), rm(folder, { recursive: true, force: true })]));

  const verify = (...args: string[]) => things.banyan(['verify', 'things', '--settle-ms', '300', ...args]);

  it('is equal by checksums, of which each side is read once, and by a sample', async () => {
    const [checked, sampled] = await Promise.all([verify('--checksum'), verify('--sample', '1/20')]);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(checked)).toMatchObject({
      verdict: 'equal',
      compared: DOCUMENTS,
      scanned: DOCUMENTS,
      checksum: { open: 0 },
    });
    expect(sampled.code).toBe(0);
    expect(resultOf(sampled)).toMatchObject({
      verdict: 'equal',
      compared: 90,
      sample: { size: 90, population: DOCUMENTS },
      claim: expect.stringContaining('99 % sure that fewer than 1 in 20 '),
    });
  }, 60_000);

  it('differs by checksums in what somebody wrote past the write law, deletions not applied included', async () => {
    const { client, db } = things;
    const outbox = new Outbox({ client, db, clock: systemClock, source: '/test' });
    await outbox.open();
    await outbox.transaction((tx) => tx.delete(thingEntity, 'thing-1', 'thing.deleted'));
    await things.putPastLaw('thing-7', 1_007, 'other name');
    await things.putPastLaw('nobody', 1, 'never there');
    await things.deletePastLaw('thing-3');

    const report = join(folder, 'report.json');
    const html = join(folder, 'report.html');
    const verified = await verify('--checksum', '--report', report, '--html', html);
    expect(verified.code).toBe(5);
    expect(resultOf(verified)).toMatchObject({
      verdict: 'different',
      mismatches: 4,
      kinds: { missing: 1, extra: 1, 'not-deleted': 1, field: 1 },
      checksum: { open: 4 },
    });
    const [json, page] = await Promise.all([readFile(report, 'utf8'), readFile(html, 'utf8')]);
    expect(JSON.parse(json)).toMatchObject({
      format: 'banyan-verify-1',
      keys: expect.arrayContaining(['thing-1', 'thing-7', 'nobody', 'thing-3']),
      command: expect.stringMatching(/^banyan --config .* verify things --checksum --settle-ms 300$/),
    });
    for (const text of [json, page]) expect(text).not.toContain('secret');
    expect(page).toContain('deleted at version');
  }, 60_000);

  it('shows the values that differ to whoever asks for them, and as text', async () => {
    const html = join(folder, 'values.html');
    expect((await verify('--html', html, '--show-values')).code).toBe(5);
    const page = await readFile(html, 'utf8');
    expect(page).toContain('her &#60;b&#62;secret&#60;/b&#62;');
    expect(page).not.toContain('<b>');
  }, 60_000);

  it('is looked at only where the source changed since a position', async () => {
    // What was committed last is at the position itself, and counts.
    await things.db.collection('others').insertOne({});
    const { after } = (resultOf(await verify('--sample', '1')) as { sourcePositions: { after: string } })
      .sourcePositions;
    await things.insert([{ _id: 'later', name: 'later', _banyan: { entity: 5_000 } }]);
    const changed = await verify('--changed-since', after);
    expect(changed.code).toBe(5);
    expect(resultOf(changed)).toMatchObject({
      mode: 'changed',
      since: after,
      kinds: { missing: 1 },
      first: [{ key: 'later' }],
    });
  }, 60_000);

  it.each([
    [['--checksum', '--sample', '5'], 'cannot be used with'],
    [['--sample', 'some'], 'a number of keys up to'],
    [['--changed-since', 'yesterday'], 'is no position of the source'],
    [['--report', '/no/such/folder/report.json'], 'cannot be written'],
  ])(
    'is not begun with %j',
    async (args, sentence) => {
      const refused = await verify(...args);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(sentence);
    },
    60_000,
  );

  it('is of no use when nobody knows what changed: it ends with 6, and says what to do', async () => {
    const report = join(folder, 'unknown.json');
    const { after } = (resultOf(await verify('--sample', '1')) as { sourcePositions: { after: string } })
      .sourcePositions;
    await things.db.collection('things').drop();
    await things.insert([{ _id: 'new', name: 'new', _banyan: { entity: 1 } }]);
    const unknown = await verify('--changed-since', after, '--report', report);
    expect(unknown.code).toBe(6);
    expect(unknown.stderr).toContain('compare in full, with `--checksum`');
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ verdict: 'cannot-tell' });
  }, 60_000);
});
