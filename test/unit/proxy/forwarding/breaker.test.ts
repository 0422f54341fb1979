import { describe, expect, it } from '@jest/globals';
import { Breaker } from '../../../../proxy/forwarding/breaker.ts';
import type { ForwardOutcome } from '../../../../proxy/forwarding/forwarder.ts';
import { eventually } from '../../../support/eventually.ts';

const failed: ForwardOutcome = { kind: 'failed', failure: 'timeout', reason: '', staleConnection: false };
const answered: ForwardOutcome = { kind: 'answered' };
const aborted: ForwardOutcome = { kind: 'aborted' };

const openBreaker = async (retryAfterMs = 20): Promise<Breaker> => {
  const breaker = new Breaker({ failures: 2, retryAfterMs });
  await breaker.run(async () => failed);
  await breaker.run(async () => failed);
  return breaker;
};

/** The outcome of the first request that is let through again, and a way to end it. */
const probe = async (breaker: Breaker): Promise<(outcome: ForwardOutcome) => void> => {
  let end: ((outcome: ForwardOutcome) => void) | undefined;
  await eventually(() => {
    void breaker.run(() => new Promise<ForwardOutcome>((resolve) => (end = resolve)));
    expect(end).toBeDefined();
  });
  return end as (outcome: ForwardOutcome) => void;
};

describe('Breaker', () => {
  it('asks as long as failures are not in a row', async () => {
    const breaker = new Breaker({ failures: 2, retryAfterMs: 20 });
    for (const outcome of [failed, answered, failed, answered])
      expect(await breaker.run(async () => outcome)).toBe(outcome);
    expect(breaker.state).toBe('closed');
  });

  it('asks no more after its failures in a row', async () => {
    const breaker = await openBreaker(60_000);
    expect(breaker.state).toBe('open');
    let asked = false;
    const outcome = await breaker.run(async () => {
      asked = true;
      return answered;
    });
    expect([outcome, asked]).toEqual(['open', false]);
  });

  it('lets one request through to see, and answers the others at once meanwhile', async () => {
    const breaker = await openBreaker();
    const end = await probe(breaker);
    expect(breaker.state).toBe('half-open');
    expect(await breaker.run(async () => answered)).toBe('open');
    end(answered);
    await eventually(() => expect(breaker.state).toBe('closed'));
    expect(await breaker.run(async () => answered)).toBe(answered);
  });

  it.each([failed, aborted])('stays open when the one that was let through ends as %j', async (outcome) => {
    const breaker = await openBreaker();
    (await probe(breaker))(outcome);
    await eventually(() => expect(breaker.state).toBe('open'));
  });

  it('takes a client that leaves for no failure', async () => {
    const breaker = new Breaker({ failures: 1, retryAfterMs: 20 });
    expect(await breaker.run(async () => aborted)).toBe(aborted);
    expect(breaker.state).toBe('closed');
  });
});
