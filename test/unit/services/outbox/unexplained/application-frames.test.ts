import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  applicationFrames,
  framesIn,
} from '../../../../../services/outbox/unexplained/application-frames.ts';

const OUTBOX = resolve(import.meta.dirname, '../../../../../services/outbox');

describe("the application's frames of a stack", () => {
  it("are neither Node's, nor a package's, nor the outbox's", () => {
    const stack = [
      'Error: a place in the source',
      `    at recorder.started (file://${OUTBOX}/unexplained/record-write-sites.ts:80:17)`,
      '    at MongoClient.emit (node:events:514:28)',
      '    at async Collection.updateOne (/app/node_modules/mongodb/lib/collection.js:239:16)',
      '    at async rename (file:///app/users.ts:15:25)',
      '    at async Promise.all (index 0)',
      '    at async file:///app/main.ts:3:1',
    ].join('\n');
    expect(framesIn(stack)).toEqual(['rename (file:///app/users.ts:15:25)', 'file:///app/main.ts:3:1']);
  });

  it('are a handful', () => {
    const stack = Array.from({ length: 9 }, (_, n) => `    at f${n} (file:///app/a.ts:1:1)`).join('\n');
    expect(framesIn(stack)).toEqual(['0', '1', '2', '3', '4'].map((n) => `f${n} (file:///app/a.ts:1:1)`));
  });

  it('reach across what was awaited', async () => {
    const write = async () => {
      await Promise.resolve();
      return applicationFrames();
    };
    const caller = async () => {
      const frames = await write();
      return frames;
    };
    const inThisTest = expect.stringContaining('application-frames.test.ts');
    expect((await caller()).slice(0, 3)).toEqual([inThisTest, inThisTest, inThisTest]);
  });

  it('leave the depth of other stacks as it was', () => {
    const before = Error.stackTraceLimit;
    applicationFrames();
    expect(Error.stackTraceLimit).toBe(before);
  });
});
