import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import {
  documentOf,
  entityKeyOf,
  parseEvents,
  systemClock,
  versionOf,
} from '../../../services/core/index.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { FolderQuarantine } from '../../../services/stream/folder-quarantine.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { thingEntity } from '../../support/things.config.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

describe('banyan quarantine', () => {
  let things: Things;
  let folder: string;
  let quarantine: FolderQuarantine;
  let outbox: Outbox;

  beforeAll(async () => {
    things = await makeThings();
    outbox = new Outbox({ client: things.db.client, db: things.db, clock: systemClock, source: '/test' });
    await outbox.open();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-quarantine-'));
    quarantine = new FolderQuarantine({ folder });
  });
  afterEach(() => rm(folder, { recursive: true }));
  afterAll(() => things.close());

  const banyan = async (...args: string[]) => {
    const ended = await things.banyan(['quarantine', ...args], { THINGS_QUARANTINE: folder });
    return { ...ended, result: ended.answers.findLast(({ event }) => event === 'result') };
  };
  const put = async (id: string, more: Partial<QuarantineEntry> = {}) => {
    const entry = {
      id,
      source: 'things',
      reason: 'the name is no text',
      atMs: 1_700_000_000_000,
      body: '{}',
      ...more,
    };
    await quarantine.put(entry);
    return entry;
  };
  const left = async (...names: string[]) => {
    const ids: string[] = [];
    for (const name of names.length > 0 ? names : ['things', 'project-things'])
      for await (const { id } of quarantine.list(name)) ids.push(id);
    return ids;
  };

  it("lists the entries of a plan's backfill and of its consumer, without what they hold", async () => {
    await put('1', { key: 'a', body: 'personal' });
    await put('2', { source: 'project-things', body: 'not JSON' });
    const { code, answers } = await banyan('list', 'things');
    expect(code).toBe(0);
    expect(answers).toEqual([
      expect.objectContaining({ event: 'entry', id: '1', source: 'things', key: 'a', bytes: 8 }),
      expect.objectContaining({ event: 'entry', id: '2', source: 'project-things', bytes: 8 }),
      { event: 'result', name: 'things', entries: 2 },
    ]);
    expect(JSON.stringify(answers)).not.toMatch(/personal/);
  });

  it('shows one entry whole', async () => {
    const entry = await put('1', { body: 'not\nJSON' });
    const { code, answers } = await banyan('show', 'things', '1');
    expect([code, answers]).toEqual([0, [entry]]);
  });

  it('replays by reading the keys again at the source, whatever the entries hold', async () => {
    const mended = new ObjectId();
    const gone = new ObjectId();
    const never = new ObjectId();
    const wrong = new ObjectId();
    await things.insert([
      { _id: mended, name: 'mended' },
      { _id: wrong, name: 7 },
    ]);
    await outbox.transaction((tx) => tx.create(thingEntity, { _id: gone, name: 'gone' }, 'thing.created'));
    const deleted = await outbox.transaction((tx) => tx.delete(thingEntity, gone, 'thing.deleted'));
    await put('1-mended', { key: entityKeyOf(mended), body: '{"name": 1}' });
    await put('2-gone', { source: 'project-things', key: entityKeyOf(gone), body: '{"name": "gone"}' });
    await put('3-never', { key: entityKeyOf(never) });
    await put('4-wrong', { key: entityKeyOf(wrong) });
    await put('5-keyless', { source: 'project-things', body: 'not JSON' });

    const { code, result, answers } = await banyan('replay', 'things');
    expect(code).toBe(4);
    expect(result).toMatchObject({ plan: 'things', settled: 3, kept: 2 });
    const outcomes = answers
      .filter(({ event }) => event === 'retried')
      .map(({ id, outcome }) => [id, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      '1-mended': 'written',
      '2-gone': 'written',
      '3-never': 'absent',
      '4-wrong': 'rejected',
      '5-keyless': 'no-key',
    });
    expect(await left()).toEqual(['4-wrong', '5-keyless']);
    const keys = [mended, gone, never, wrong].map((id) => entityKeyOf(id));
    expect(await things.store.get(keys)).toEqual([
      { key: keys[0], version: 0, state: { name: 'mended' } },
      { key: keys[1], version: deleted && versionOf(deleted, 'entity'), state: null },
      undefined,
      undefined,
    ]);
  });

  it('publishes again what no stream took, as it is at the source now', async () => {
    const _id = new ObjectId();
    const gone = new ObjectId();
    await things.insert([{ _id, name: 'mended' }]);
    const key = entityKeyOf(_id);
    const refused = { source: 'relay', stream: 'things', reason: 'the record takes 2000000 bytes' };
    await put('1', { ...refused, key, body: '{"type":"thing.created","data":{}}' });
    await put('2', { ...refused, key, body: 'not JSON' });
    await put('3', { ...refused, key: entityKeyOf(gone) });
    await put('4', { ...refused, stream: 'others', key });

    const { code, result, answers } = await banyan('replay', 'relay');
    expect(code).toBe(4);
    expect(result).toMatchObject({ name: 'relay', settled: 3, kept: 1 });
    const outcomes = answers
      .filter(({ event }) => event === 'retried')
      .map(({ id, outcome }) => [id, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      '1': 'touched',
      '2': 'touched',
      '3': 'tombstone',
      '4': 'kept',
    });
    expect(await left('relay')).toEqual(['4']);
    const rows = await outboxOf(things.db)
      .find({ key: { $in: [key, entityKeyOf(gone)] } })
      .toArray();
    const events = rows.flatMap(({ event }) => parseEvents(event));
    expect(events.map(({ type }) => type)).toEqual(['thing.touched', 'thing.deleted']);
    expect(events.map((event) => documentOf(event).name)).toEqual(['mended', undefined]);
  });

  it('leaves what a capture could not publish to those who write it', async () => {
    await put('1', { source: 'capture', stream: 'things', key: 'a' });
    const { code, answers } = await banyan('replay', 'capture');
    expect(code).toBe(4);
    expect(answers).toContainEqual(
      expect.objectContaining({
        outcome: 'kept',
        reason: expect.stringMatching(/change the document there/),
      }),
    );
    expect(await left('capture')).toEqual(['1']);
  });

  it('lists everything when no name is given', async () => {
    await put('1', { key: 'a' });
    await put('2', { source: 'relay', stream: 'things', key: 'b' });
    await put('3', { source: 'capture', stream: 'things', key: 'c' });
    const { code, answers } = await banyan('list');
    expect(code).toBe(0);
    expect(answers.map(({ id }) => id)).toEqual(['1', '2', '3', undefined]);
    expect(answers.at(-1)).toEqual({ event: 'result', entries: 3 });
  });

  it('ends with 0 when nothing is left, and when nothing was there', async () => {
    const _id = new ObjectId();
    await things.insert([{ _id, name: 'fine' }]);
    await put('1', { key: entityKeyOf(_id) });
    expect(await banyan('replay', 'things')).toMatchObject({ code: 0, result: { settled: 1, kept: 0 } });
    expect(await banyan('replay', 'things')).toMatchObject({ code: 0, result: { settled: 0, kept: 0 } });
  });

  it('drops an entry only when told so twice', async () => {
    await put('1', { source: 'project-things', body: 'not JSON' });
    const asked = await banyan('drop', 'things', '1');
    expect([asked.code, await left()]).toEqual([2, ['1']]);
    expect(asked.stderr).toMatch(/say --yes/);
    const done = await banyan('drop', 'things', '1', '--yes');
    expect([done.code, await left()]).toEqual([0, []]);
  });

  it('names the plan or the entry that does not exist', async () => {
    const plan = await banyan('list', 'thing');
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringMatching(/no plan .*thing.*things/)]);
    const entry = await banyan('show', 'things', 'nothing');
    expect([entry.code, entry.stderr]).toEqual([
      2,
      expect.stringMatching(/nothing of things with the id nothing/),
    ]);
  });
});
