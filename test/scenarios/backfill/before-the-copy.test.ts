import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 200;

describe('what an operator may do before a copy, and with a part of it', () => {
  let things: Things;
  beforeAll(async () => {
    things = await makeThings();
    await things.insert([
      ...Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, name: `thing ${i}`, even: i % 2 === 0 })),
      { _id: 'broken', name: 42, note: 'why' },
    ]);
  }, 60_000);
  afterAll(() => things.close());

  const untouched = async () => {
    expect((await things.stored()).size).toBe(0);
    expect(await things.quarantined()).toEqual([]);
    expect(await things.checkpoint()).toBeUndefined();
  };

  it('is told what a copy would do, and nothing is written anywhere', async () => {
    const planned = await things.banyan(['backfill', 'plan', 'things']);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    const result = resultOf(planned);
    expect(result).toMatchObject({
      documents: DOCUMENTS + 1,
      rejected: 1,
      records: DOCUMENTS,
      writeUnits: DOCUMENTS,
    });
    expect(Number(result?.seconds)).toBeGreaterThan(0);
    expect(Number(result?.imbalance)).toBeLessThan(0.2);
    expect(Number(result?.sourceBytes)).toBeGreaterThan(0);
    expect(typeof result?.limitedBy).toBe('string');
    const partitions = result?.partitions as { estimated: number }[];
    expect(partitions.reduce((sum, { estimated }) => sum + estimated, 0)).toBe(DOCUMENTS + 1);
    await untouched();
  }, 60_000);

  it('is shown what would be rejected and dropped, and nothing is written but a file', async () => {
    const file = join(tmpdir(), `banyan-dry-${process.pid}.jsonl`);
    const dry = await things.banyan(['backfill', 'run', 'things', '--dry-run', '--to', file]);
    expect(dry.code).toBe(4);
    expect(resultOf(dry)).toMatchObject({
      dryRun: true,
      read: DOCUMENTS + 1,
      written: DOCUMENTS,
      rejected: 1,
      rejects: [{ reason: 'the name is no text', documents: 1, keys: ['broken'] }],
      fields: expect.arrayContaining([
        { field: 'name', documents: DOCUMENTS + 1, read: true },
        { field: 'note', documents: 1, read: false },
      ]),
    });
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(DOCUMENTS);
    await untouched();
    const silent = await things.banyan(['backfill', 'run', 'things', '--dry-run']);
    expect(resultOf(silent)).toMatchObject({ written: DOCUMENTS, stale: 0, rejected: 1 });
    await untouched();
  }, 60_000);

  it('rehearses on some documents, which are verified', async () => {
    const rehearsed = await things.banyan(['backfill', 'run', 'things', '--sample', '20']);
    expect(rehearsed.code).toBe(4);
    expect(resultOf(rehearsed)).toMatchObject({
      read: 20,
      written: 19,
      rejected: 1,
      agreed: 19,
      mismatches: [],
    });
    expect((await things.stored()).size).toBe(19);
    expect(await things.checkpoint()).toBeUndefined();
    const silent = await things.banyan(['backfill', 'run', 'things', '--dry-run']);
    expect(resultOf(silent)).toMatchObject({ written: DOCUMENTS - 19, stale: 19 });
  }, 60_000);

  it('copies what matches a filter, which is no copy of everything', async () => {
    const part = await things.banyan(['backfill', 'run', 'things', '--filter', '{"even":true}']);
    expect(part).toMatchObject({ code: 0 });
    expect(resultOf(part)).toMatchObject({ status: 'copied', read: DOCUMENTS / 2 });
    const wrong = await things.banyan(['backfill', 'run', 'things', '--filter', 'even']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('not extended JSON');
  }, 60_000);

  it('copies the rest bit by bit, and stops when too much is rejected', async () => {
    const bit = await things.banyan(['backfill', 'run', 'things', '--limit', '35']);
    expect(bit).toMatchObject({ code: 0 });
    expect(resultOf(bit)).toMatchObject({ status: 'stopped', read: 35 });
    const strict = await things.banyan(['backfill', 'resume', 'things', '--max-rejects', '0']);
    expect(strict.code).toBe(4);
    expect(strict.stderr).toContain('at most 0 are accepted');
    const rest = await things.banyan(['backfill', 'resume', 'things']);
    expect(rest.code).toBe(4);
    expect(resultOf(rest)).toMatchObject({ status: 'copied', read: DOCUMENTS + 1, rejected: 1 });
    expect((await things.stored()).size).toBe(DOCUMENTS);
  }, 60_000);

  it.each([
    [['--sample', '5', '--dry-run'], 'choose one'],
    [['--to', 'x.jsonl'], '--to is for --dry-run'],
    [['--max-rejects', 'some'], 'a number, 20, or in per cent'],
    [['--max-rate', 'fast'], 'a number above 0'],
    [['--only-between', 'nights'], 'in UTC'],
    [['--limit', '0'], 'a whole number above 0'],
  ])(
    'is told what is wrong with %j',
    async (flags, sentence) => {
      const ended = await things.banyan(['backfill', 'run', 'things', ...flags]);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(sentence);
    },
    60_000,
  );
});
