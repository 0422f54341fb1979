import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStream, PendingRow } from '../../../services/outbox/index.ts';
import { RelayWorld } from '../../support/relay-world.ts';
import { seededRandom, whole } from '../simulation/random.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const MAX_BUFFERED_ROWS = 1_000;
const KEYS = 500;

/** Kinesis, as it is when it cannot be reached, and the requests that it never saw. */
class AwayStream implements EventStream {
  isAway = true;
  readonly askedAtMs: number[] = [];
  readonly #world: RelayWorld;

  constructor(world: RelayWorld) {
    this.#world = world;
  }

  async send(...request: Parameters<EventStream['send']>) {
    this.askedAtMs.push(this.#world.clock.nowMs());
    if (this.isAway) throw new Error('connect ECONNREFUSED');
    return this.#world.stream.send(...request);
  }
}

let world: RelayWorld;
let stream: AwayStream;
let random: () => number;
let committed: PendingRow[];
beforeEach(() => {
  world = new RelayWorld();
  stream = new AwayStream(world);
  random = seededRandom(7);
  committed = [];
});
afterEach(() => world.end());

const start = (holder: string) =>
  world.start(holder, { stream, random, settings: { maxBufferedRows: MAX_BUFFERED_ROWS } });

/** Three rows a second, of few keys most of the time. */
const writeFor = async (minutes: number, eachMinute: () => void = () => undefined) => {
  for (let second = 0; second < minutes * 60; second += 1) {
    const keys = Array.from({ length: 3 }, () => `k${whole(random, KEYS * random())}`);
    committed.push(...world.commit(...keys));
    await world.clock.advance(SECOND_MS);
    if (second % 60 === 59) eachMinute();
  }
};

const numbersByKey = () => {
  const numbers = new Map<string, number[]>();
  for (const { key, event } of committed) {
    numbers.set(key, [...(numbers.get(key) ?? []), Number(JSON.parse(event).id)]);
  }
  return numbers;
};

describe('Kinesis that is away for an hour', () => {
  it('costs a request every few seconds and a bounded memory, and nothing is lost when it is back', async () => {
    const { relay } = start('a');
    await writeFor(60, () => {
      expect(relay.progress.state).toBe('leading');
      expect(relay.progress.bufferedRows).toBeLessThanOrEqual(MAX_BUFFERED_ROWS);
    });
    expect(relay.progress.bufferedRows).toBe(MAX_BUFFERED_ROWS);
    expect(await relay.lag()).toMatchObject({ rows: committed.length });
    const lastTenMinutes = stream.askedAtMs.filter((atMs) => atMs > world.clock.nowMs() - 10 * MINUTE_MS);
    expect(lastTenMinutes.length).toBeGreaterThan(10 * 12);
    expect(lastTenMinutes.length).toBeLessThan(10 * 60);

    stream.isAway = false;
    await writeFor(1);
    await world.clock.advance(10 * SECOND_MS);
    expect(await relay.lag()).toEqual({ rows: 0, seconds: 0 });
    for (const [key, numbers] of numbersByKey()) expect(world.received(key)).toEqual(numbers);
  }, 60_000);

  it('may cost the leader its life, too: its successor has the rest', async () => {
    const first = start('a');
    await writeFor(20);
    const second = start('b');
    await writeFor(1);
    expect(second.relay.progress.state).toBe('standing-by');
    first.kill();
    await writeFor(20);
    expect(second.relay.progress).toMatchObject({ state: 'leading', bufferedRows: MAX_BUFFERED_ROWS });

    stream.isAway = false;
    await writeFor(1);
    await world.clock.advance(10 * SECOND_MS);
    expect(await second.relay.lag()).toEqual({ rows: 0, seconds: 0 });
    for (const [key, numbers] of numbersByKey()) expect(world.received(key)).toEqual(numbers);
  }, 60_000);
});
