import { describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { UsageError } from '../../../../services/core/index.ts';
import { prepareOutbox } from '../../../../services/outbox/index.ts';

describe('prepareOutbox', () => {
  it('refuses a standalone MongoDB with a sentence that says what to do', async () => {
    // What a mongod answers to `hello` that is of no replica set.
    const standalone = { command: async () => ({ isWritablePrimary: true, ok: 1 }) } as unknown as Db;
    const preparing = prepareOutbox(standalone);
    await expect(preparing).rejects.toBeInstanceOf(UsageError);
    await expect(preparing).rejects.toThrow(/runs standalone.*start mongod with --replSet rs0/);
  });
});
