import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBE_TYPE, parseEvents, systemClock } from '../../../services/core/index.ts';
import { putProbe, retentionMs } from '../../../services/outbox/stream-probe.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';

const client = kinesisClient();
let stream: string;
beforeAll(async () => {
  stream = await createStream(client, 3);
});
afterAll(() => client.destroy());

describe('putProbe', () => {
  it('answers a time between before and after, and leaves one probe on every shard', async () => {
    const beforeMs = Date.now();
    const arrivedAtMs = await putProbe({ client, stream, clock: systemClock });
    // Kinesis may tell the arrival in whole seconds.
    expect(arrivedAtMs).toBeGreaterThan(beforeMs - 1_000);
    expect(arrivedAtMs).toBeLessThanOrEqual(Date.now());
    const probes = (await readStream(client, stream)).flatMap(({ data }) => parseEvents(data));
    expect(probes.map((event) => event.type)).toEqual([PROBE_TYPE, PROBE_TYPE, PROBE_TYPE]);
  });
});

describe('retentionMs', () => {
  it('tells how long the stream keeps records', async () => {
    expect(await retentionMs({ client, stream })).toBe(24 * 3_600_000);
  });
});
