import { describe, expect, it } from '@jest/globals';
import type { Executions } from '../../migrations/backfill/step-functions/executions.ts';

export interface OpenExecutions {
  readonly executions: Executions;
  /** Stops an execution from outside, with a cause. */
  stop(name: string, cause: string): Promise<void>;
}

/** What every `Executions` promises: names are used once, and an end is told with its reason. */
export const describeExecutions = (name: string, open: () => Promise<OpenExecutions>): void => {
  describe(`executions: ${name}`, () => {
    it('know nothing of a name that was never used', async () => {
      const { executions } = await open();
      expect(await executions.status('never')).toBeUndefined();
    });

    it('run once they are started, and give a name once', async () => {
      const { executions } = await open();
      expect(await executions.start('one', { partitions: [1] })).toBe('started');
      expect(await executions.status('one')).toBe('running');
      expect(await executions.start('one', { partitions: [1, 2] })).toBe('taken');
      expect(await executions.start('two', { partitions: [] })).toBe('started');
    });

    it('say that they were stopped, and why, and do not give the name again', async () => {
      const { executions, stop } = await open();
      await executions.start('one', {});
      await stop('one', 'enough');
      expect(await executions.status('one')).toBe('stopped');
      expect(await executions.failure('one')).toMatchObject({ cause: 'enough' });
      expect(await executions.start('one', { other: true })).toBe('taken');
    });
  });
};
