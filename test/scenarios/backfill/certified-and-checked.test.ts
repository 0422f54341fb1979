import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things, versionedThings } from '../../support/things-world.ts';

const MAJORITY = { writeConcern: { w: 'majority' } } as const;

describe('a copy with a certificate', () => {
  let things: Things;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    things = await makeThings();
    folder = await mkdtemp(join(tmpdir(), 'banyan-certificate-'));
    file = join(folder, 'certificate.json');
    await things.insert(versionedThings(30));
  }, 60_000);
  afterAll(() => Promise.all([things.close(), rm(folder, { recursive: true, force: true })]));

  const check = (of = file) => things.banyan(['certificate', 'check', of, '--settle-ms', '300']);
  const collection = () => things.db.collection<{ _id: string }>('things');

  it('has none while it differs', async () => {
    const verified = await things.banyan(['verify', 'things', '--settle-ms', '0', '--certificate', file]);
    expect(verified.code).toBe(5);
    expect(verified.stderr).toContain('was not written: source and sink differ');
    expect(existsSync(file)).toBe(false);
  }, 60_000);

  it('has one once both sides are equal, and it holds while nothing changes', async () => {
    expect((await things.banyan(['backfill', 'run', 'things'])).code).toBe(0);
    expect((await things.banyan(['verify', 'things', '--certificate', file])).code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      plan: 'things',
      counts: { compared: 30 },
    });
    const checked = await check();
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(checked)).toMatchObject({ holds: true });
  }, 60_000);

  it('holds when a change came through, and does not when one has not, be it a deletion', async () => {
    await collection().updateOne(
      { _id: 'thing-1' },
      { $set: { name: 'new', '_banyan.entity': 5_000 } },
      MAJORITY,
    );
    await things.store.putIfNewer([{ key: 'thing-1', version: 5_000, state: { name: 'new' } }]);
    expect((await check()).code).toBe(0);
    await collection().deleteOne({ _id: 'thing-2' }, MAJORITY);
    const checked = await check();
    expect(checked.code).toBe(5);
    expect(resultOf(checked)).toMatchObject({ holds: false, first: [{ key: 'thing-2' }] });
  }, 60_000);

  it('is of no use once the code changed', async () => {
    const certificate = JSON.parse(await readFile(file, 'utf8'));
    const other = join(folder, 'other.json');
    await writeFile(other, JSON.stringify({ ...certificate, codeHash: 'other' }));
    const checked = await check(other);
    expect(checked.code).toBe(6);
    expect(resultOf(checked)).toMatchObject({
      holds: false,
      why: expect.stringContaining('the code changed'),
    });
  }, 60_000);

  it('is of no use once nobody knows what changed since', async () => {
    await things.db.collection('things').drop();
    await things.insert([{ _id: 'new', name: 'new', _banyan: { entity: 1 } }]);
    const checked = await check();
    expect(checked.code).toBe(6);
    expect(resultOf(checked)).toMatchObject({ holds: false, why: expect.stringContaining('saw a drop') });
  }, 60_000);
});
