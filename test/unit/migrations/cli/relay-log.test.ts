import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { MongoNetworkError } from 'mongodb';
import { pino } from 'pino';
import { logRelay } from '../../../../migrations/cli/relay-log.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const setUp = () => {
  const lines: { msg: string; leftOut?: number; why?: string; err?: { message: string } }[] = [];
  const sink = new Writable({
    write: (line, _, done) => {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const clock = new VirtualClock();
  return { lines, clock, log: logRelay({ logger: pino(sink), clock }) };
};

const failure = { type: 'send-failed', stream: 's', records: 1, error: new Error('away') } as const;

describe('logRelay', () => {
  it('logs the first failure of a kind in a second, and counts those that it leaves out', async () => {
    const { lines, clock, log } = setUp();
    for (let n = 0; n < 50; n += 1) log(failure);
    log({ type: 'token-lost', error: new Error('lost') });
    await clock.advance(1_000);
    log(failure);
    expect(lines.map((line) => [line.err?.message, line.leftOut])).toEqual([
      ['away', 0],
      ['lost', 0],
      ['away', 49],
    ]);
  });

  it('says in a sentence that an engine is away, without a stack', () => {
    const { lines, log } = setUp();
    const error = new MongoNetworkError('connect ECONNREFUSED 127.0.0.1:27017');
    log({ type: 'interrupted', error, retryInMs: 500 });
    expect(lines[0]?.why).toMatch(/^MongoDB does not answer at 127\.0\.0\.1:27017: is it running/);
    expect(lines[0]).not.toHaveProperty('err');
  });

  it('logs who leads and what goes to quarantine, and no single batch', () => {
    const { lines, log } = setUp();
    const row = { id: '1', stream: 's', key: 'k', event: '', createdAtMs: 0 };
    log({ type: 'leading', epoch: 1 });
    log({ type: 'published', rows: [row], atMs: 0 });
    log({ type: 'acknowledged', rows: 1 });
    log({ type: 'quarantined', row, reason: 'too large' });
    expect(lines.map((line) => line.msg)).toEqual(['leading', 'quarantined']);
  });
});
