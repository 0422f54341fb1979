import { describe, expect, it } from '@jest/globals';
import { CLAIM_CHECK_RECORD_BYTES, ClaimCheckStream } from '../../../../services/outbox/claim-check.ts';
import { MemoryEventStream } from '../../../../services/outbox/index.ts';
import type { ClaimStore } from '../../../../services/stream/claim-store.ts';
import { MemoryClaimStore } from '../../../../services/stream/memory-claim-store.ts';
import { RelayWorld } from '../../../support/relay-world.ts';

const event = (id: string, bytes: number) => ({
  specversion: '1.0',
  id,
  subject: 'a',
  data: { text: 'x'.repeat(bytes) },
});

const setUp = (claims: ClaimStore = new MemoryClaimStore(), maxRecordBytes?: number) => {
  const stream = new MemoryEventStream({ streams: ['users'] });
  const limit = maxRecordBytes === undefined ? {} : { maxRecordBytes };
  const checked = new ClaimCheckStream({ stream, claims, ...limit });
  const sent = () => stream.entries('users').map(({ data }) => JSON.parse(data));
  return { claims, checked, sent };
};

describe('a stream with claim checks', () => {
  it('passes on what fits', async () => {
    const { checked, sent } = setUp();
    const small = event('1', 10);
    expect(await checked.send('users', [{ key: 'a', data: JSON.stringify(small) }])).toEqual([undefined]);
    expect(sent()).toEqual([small]);
  });

  it('sends what does not fit by reference, with everything but its data', async () => {
    const { claims, checked, sent } = setUp();
    const large = event('1', 1024 * 1024);
    const entries = [
      { key: 'a', data: JSON.stringify(large) },
      { key: 'b', data: '{}' },
    ];
    expect(await checked.send('users', entries)).toEqual([undefined, undefined]);
    const { data, ...rest } = large;
    expect(sent()).toEqual([{ ...rest, dataref: expect.any(String) }, {}]);
    expect(JSON.parse((await claims.get(sent()[0].dataref)) ?? '')).toEqual(data);
  });

  it('counts the key, and bytes instead of characters', async () => {
    const limit = Buffer.byteLength(JSON.stringify(event('1', 10))) + 2;
    const fitting = { key: 'é', data: JSON.stringify(event('1', 10)) };
    const { checked, sent } = setUp(undefined, limit);
    await checked.send('users', [fitting, { ...fitting, key: 'éé' }]);
    expect(sent().map((one) => 'dataref' in one)).toEqual([false, true]);
  });

  it('claims each event of a batch', async () => {
    const { checked, sent } = setUp(undefined, 300);
    await checked.send('users', [{ key: 'a', data: JSON.stringify([event('1', 100), event('2', 100)]) }]);
    const [batch] = sent();
    expect(batch).toMatchObject([{ id: '1' }, { id: '2' }]);
    expect(new Set(batch.map(({ dataref }: { dataref: string }) => dataref)).size).toBe(2);
  });

  it('uses one claim for one event, however often it is sent', async () => {
    const { checked, sent } = setUp(undefined, 100);
    const entry = { key: 'a', data: JSON.stringify(event('1', 100)) };
    await checked.send('users', [entry]);
    await checked.send('users', [entry]);
    expect(sent()[1]).toEqual(sent()[0]);
  });

  it('fails an entry alone when its claim cannot be kept', async () => {
    const away = { put: () => Promise.reject(new Error('away')), get: async () => undefined };
    const { checked, sent } = setUp(away, 100);
    const outcomes = await checked.send('users', [
      { key: 'a', data: JSON.stringify(event('1', 100)) },
      { key: 'b', data: '{}' },
    ]);
    expect(outcomes).toMatchObject([{ code: 'claim-failed', retryable: true }, undefined]);
    expect(sent()).toEqual([{}]);
  });

  it('leaves a relay nothing to quarantine for its size', async () => {
    const world = new RelayWorld();
    const stream = new ClaimCheckStream({ stream: world.stream, claims: new MemoryClaimStore() });
    const relay = world.start('a', { stream, settings: { maxRecordBytes: CLAIM_CHECK_RECORD_BYTES } });
    await world.clock.advance(1_000);
    const large = world.row('a', { event: JSON.stringify(event('1', 3 * 1024 * 1024)) });
    world.feed.commit(large, world.row('a', { event: JSON.stringify(event('2', 10)) }));
    await world.clock.advance(1_000);
    const told = world.stream.entries('users').map(({ data }) => JSON.parse(data));
    expect(told).toMatchObject([
      { id: '1', dataref: expect.any(String) },
      { id: '2', data: {} },
    ]);
    await relay.stop();
  });
});
