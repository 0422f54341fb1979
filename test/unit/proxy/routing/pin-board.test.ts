import { describe, expect, it } from '@jest/globals';
import { OperatorPins } from '../../../../proxy/routing/operator-pins.ts';
import { MAX_PINS } from '../../../../proxy/routing/pin.ts';
import { PinBoard } from '../../../../proxy/routing/pin-board.ts';
import { UsageError, VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const setUp = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const board = new PinBoard({ store, clock });
  const pins = new OperatorPins({ store, clock, timeoutMs: 1_000 });
  return { clock, store, board, pins };
};
const pin = { route: 'profiles', key: 'u1', side: 'candidate', by: 'ann', why: '' } as const;

describe('an operator’s pin', () => {
  it('holds at an instance from its next reading until it is taken away', async () => {
    const { board, pins } = setUp();
    await board.pin(pin);
    expect(pins.some('profiles')).toBe(false);
    await pins.refresh();
    expect([pins.some('profiles'), pins.some('search')]).toEqual([true, false]);
    expect(pins.sideOf('profiles', 'u1')).toBe('candidate');
    expect(pins.sideOf('search', 'u1')).toBeUndefined();
    expect(await board.unpin(pin)).toMatchObject({ side: 'candidate' });
    await pins.refresh();
    expect(pins.sideOf('profiles', 'u1')).toBeUndefined();
    expect(await board.unpin(pin)).toBeUndefined();
  });

  it('ends with its time, at the instance and on the board', async () => {
    const { board, pins, clock } = setUp();
    await board.pin({ ...pin, untilMs: clock.nowMs() + 60_000 });
    await pins.refresh();
    expect(pins.sideOf('profiles', 'u1')).toBe('candidate');
    await clock.advance(60_000);
    expect(pins.sideOf('profiles', 'u1')).toBeUndefined();
    expect(await board.list('profiles')).toEqual([]);
  });

  it('takes the place of the one that the user had', async () => {
    const { board, clock } = setUp();
    await board.pin(pin);
    await board.pin({ ...pin, side: 'control', by: 'bob' });
    expect(await board.list('profiles')).toEqual([
      { ...pin, side: 'control', by: 'bob', atMs: clock.nowMs() },
    ]);
  });

  it('is kept beside that of another operator at the same moment', async () => {
    const { board } = setUp();
    await Promise.all(['u1', 'u2', 'u3', 'u4'].map((key) => board.pin({ ...pin, key })));
    expect((await board.list('profiles')).map(({ key }) => key).sort()).toEqual(['u1', 'u2', 'u3', 'u4']);
  });

  it('is refused when there are too many, unless some have ended', async () => {
    const { board, store, clock } = setUp();
    const many = Array.from({ length: MAX_PINS }, (_, at) => ({ ...pin, key: `k${at}`, atMs: 0 }));
    await store.put('pins', { pins: many }, 0);
    await expect(board.pin(pin)).rejects.toThrow(UsageError);
    await expect(board.pin({ ...pin, key: 'k0', side: 'control' })).resolves.toBeUndefined();
    await store.put('pins', { pins: many.map((each) => ({ ...each, untilMs: clock.nowMs() })) }, 'any');
    await expect(board.pin(pin)).resolves.toBeUndefined();
  });

  it('stays as it was while the store is away, or holds what cannot be read', async () => {
    const { board, pins, store } = setUp();
    await board.pin(pin);
    await pins.refresh();
    await store.put('pins', { pins: 'all' }, 'any');
    await pins.refresh();
    expect(pins.sideOf('profiles', 'u1')).toBe('candidate');
    expect(pins.awayBecause).toContain('is no list of pins');
    store.get = async () => {
      throw new Error('no route to host');
    };
    await pins.refresh();
    expect(pins.awayBecause).toBe('no route to host');
    expect(pins.sideOf('profiles', 'u1')).toBe('candidate');
  });
});
