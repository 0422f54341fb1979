import type { BackfillRun } from '../checkpoint-store.ts';
import type { Executions } from './executions.ts';
import type { ExecutionInput, WorkSettings } from './partition-task.ts';

/** The execution that works on a run, and whether it did before. */
export interface JoinedExecution {
  readonly name: string;
  readonly joined: boolean;
}

/**
 * The name of a run's nth execution, from 1. One that ended cannot be started again, nor its name be used again:
 * whoever goes on with a run starts the next. At most 80 characters, by Step Functions' limit.
 */
const executionNameOf = (run: string, nth: number): string => (nth === 1 ? run : `${run}-${nth}`);

/** What a run's execution is started with; the same for everybody who starts it. */
export const executionInputOf = (
  { plan, id, partitionCount }: Pick<BackfillRun, 'plan' | 'id' | 'partitionCount'>,
  settings: WorkSettings,
): ExecutionInput => ({
  plan,
  run: id,
  partitions: Array.from({ length: partitionCount }, (_, number) => number),
  settings,
});

/** The run's execution: the one that is under way, or a new one. Of two who start it at once, one joins the other's. */
export const joinExecution = async (
  executions: Executions,
  input: ExecutionInput,
): Promise<JoinedExecution> => {
  for (let nth = 1; ; ) {
    const name = executionNameOf(input.run, nth);
    const status = await executions.status(name);
    if (status === 'running') return { name, joined: true };
    if (status !== undefined) nth += 1;
    else if ((await executions.start(name, input)) === 'started') return { name, joined: false };
  }
};
