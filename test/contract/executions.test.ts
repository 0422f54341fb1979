import { MemoryExecutions } from '../../migrations/backfill/step-functions/memory-executions.ts';
import { describeExecutions } from './executions-contract.ts';

describeExecutions('memory', async () => {
  const executions = new MemoryExecutions();
  const stop = async (name: string, cause: string) => executions.end(name, 'stopped', { error: '', cause });
  return { executions, stop };
});
