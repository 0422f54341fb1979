import { describe, expect, it } from '@jest/globals';
import {
  type Availability,
  type Choice,
  type Engine,
  EngineMissingError,
} from '../../../../../infra/local/engines/engine.ts';
import { findAll, startFirst } from '../../../../../infra/local/engines/first-choice.ts';

const engine = (origin: string): Engine => ({
  name: 'Engine',
  origin,
  container: false,
  address: 'nowhere:',
  stop: async () => {},
});

const choice = (name: string, availability: Availability, failure?: string): Choice => ({
  name,
  look: async () => ({ availability, detail: `${name} is ${availability}` }),
  start: async () => {
    if (failure) throw new Error(failure);
    return engine(name);
  },
});

const start = (choices: Choice[], more: { signal?: AbortSignal } = {}) => {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  return { lines, started: startFirst({ engine: 'Engine', choices, advice: 'Install one.', log, ...more }) };
};

describe('the first choice that works', () => {
  it('is taken, with later ones left alone', async () => {
    const { started, lines } = start([
      choice('a', 'missing'),
      choice('b', 'fetchable'),
      choice('c', 'ready'),
    ]);
    expect((await started).origin).toBe('b');
    expect(lines).toEqual([]);
  });

  it('makes way for the next when it fails to start, and says so', async () => {
    const { started, lines } = start([choice('a', 'ready', 'it broke'), choice('b', 'ready')]);
    expect((await started).origin).toBe('b');
    expect(lines).toEqual(['Engine, a: it broke']);
  });

  it('does not exist when all are missing or fail: the error gives the advice and every reason', async () => {
    const { started } = start([choice('a', 'missing'), choice('b', 'ready', 'it broke')]);
    const error = await started.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineMissingError);
    expect(error).toMatchObject({ code: 'engine-missing', tried: ['a: a is missing', 'b: it broke'] });
    expect((error as Error).message).toBe(
      'Engine cannot be had. Install one.\n  a: a is missing\n  b: it broke',
    );
  });

  it('is not looked for once the start was given up', async () => {
    const { started } = start([choice('a', 'ready')], { signal: AbortSignal.abort(new Error('enough')) });
    await expect(started).rejects.toThrow('enough');
  });
});

describe('what is found', () => {
  it('names every choice in order, without starting any', async () => {
    const never = { ...choice('b', 'fetchable'), start: () => Promise.reject(new Error('started')) };
    expect(await findAll([choice('a', 'missing'), never])).toEqual([
      { choice: 'a', availability: 'missing', detail: 'a is missing' },
      { choice: 'b', availability: 'fetchable', detail: 'b is fetchable' },
    ]);
  });
});
