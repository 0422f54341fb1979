import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RelayEvent } from '../../../../services/outbox/index.ts';
import { RelayTrouble } from '../../../../services/outbox/relay-trouble.ts';

const failed = (message: string): RelayEvent => ({
  type: 'send-failed',
  stream: 's',
  records: 1,
  error: new Error(message),
});
const unacknowledged: RelayEvent = { type: 'acknowledge-failed', rows: 1, error: new Error('no primary') };
const interrupted = (message: string): RelayEvent => ({
  type: 'interrupted',
  error: new Error(message),
  retryInMs: 1,
});
const published: RelayEvent = { type: 'published', rows: [], atMs: 0 };

let trouble: RelayTrouble;
beforeEach(() => {
  trouble = new RelayTrouble();
});

describe('RelayTrouble', () => {
  it('is none while nothing fails', () => {
    trouble.note({ type: 'leading', epoch: 1 }, 0);
    trouble.note(published, 0);
    expect(trouble.current).toBeUndefined();
  });

  it('tells the newest failure, and since when there was no success', () => {
    trouble.note(failed('throttled'), 10);
    trouble.note(failed('refused'), 20);
    expect(trouble.current).toEqual({ message: 'refused', sinceMs: 10 });
  });

  it('is over with a success of the same kind', () => {
    trouble.note(failed('refused'), 10);
    trouble.note({ type: 'acknowledged', rows: 1 }, 20);
    expect(trouble.current).toMatchObject({ message: 'refused' });
    trouble.note(published, 30);
    expect(trouble.current).toBeUndefined();
  });

  it('is the oldest of several', () => {
    trouble.note(unacknowledged, 10);
    trouble.note(failed('refused'), 20);
    expect(trouble.current).toEqual({ message: 'no primary', sinceMs: 10 });
  });

  it('lasts from the first interruption until there is a leader again', () => {
    trouble.note(failed('refused'), 10);
    trouble.note(interrupted('no primary'), 20);
    trouble.note(interrupted('still none'), 30);
    expect(trouble.current).toEqual({ message: 'still none', sinceMs: 20 });
    trouble.note({ type: 'standing-by' }, 40);
    expect(trouble.current).toBeUndefined();
  });
});
