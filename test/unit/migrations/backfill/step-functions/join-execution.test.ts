import { describe, expect, it } from '@jest/globals';
import {
  executionInputOf,
  joinExecution,
} from '../../../../../migrations/backfill/step-functions/join-execution.ts';
import { MemoryExecutions } from '../../../../../migrations/backfill/step-functions/memory-executions.ts';

const RUN = { plan: 'things', id: '20260101T000000000Z-0a1b2c3d', partitionCount: 3 };
const INPUT = executionInputOf(RUN, { maxRejects: { documents: 5 } });

describe("a run's execution", () => {
  it('is started under the name of the run, with all of its partitions', async () => {
    const executions = new MemoryExecutions();
    expect(await joinExecution(executions, INPUT)).toEqual({ name: RUN.id, joined: false });
    expect(executions.started.get(RUN.id)?.input).toEqual({
      plan: 'things',
      run: RUN.id,
      partitions: [0, 1, 2],
      settings: { maxRejects: { documents: 5 } },
    });
  });

  it('is joined while it runs', async () => {
    const executions = new MemoryExecutions();
    await joinExecution(executions, INPUT);
    expect(await joinExecution(executions, INPUT)).toEqual({ name: RUN.id, joined: true });
    expect(executions.started.size).toBe(1);
  });

  it.each(['failed', 'stopped', 'succeeded'] as const)('is followed by another once it %s', async (how) => {
    const executions = new MemoryExecutions();
    const { name } = await joinExecution(executions, INPUT);
    executions.end(name, how);
    expect(await joinExecution(executions, INPUT)).toEqual({ name: `${RUN.id}-2`, joined: false });
    expect(await joinExecution(executions, INPUT)).toEqual({ name: `${RUN.id}-2`, joined: true });
    executions.end(`${RUN.id}-2`, how);
    expect(await joinExecution(executions, INPUT)).toEqual({ name: `${RUN.id}-3`, joined: false });
  });

  it('is one, when two start it at once', async () => {
    const executions = new MemoryExecutions();
    const both = await Promise.all([joinExecution(executions, INPUT), joinExecution(executions, INPUT)]);
    expect(executions.started.size).toBe(1);
    expect(both.map(({ joined }) => joined).sort()).toEqual([false, true]);
  });
});
