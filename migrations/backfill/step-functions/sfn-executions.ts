import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
  type ExecutionStatus as SfnStatus,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { UsageError } from '../../../services/core/index.ts';
import type { ExecutionFailure, ExecutionStatus, Executions } from './executions.ts';

const STATUSES: { readonly [status in SfnStatus]: ExecutionStatus } = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'stopped',
  ABORTED: 'stopped',
};

/** Executions of a state machine of AWS Step Functions. */
export class SfnExecutions implements Executions {
  readonly #client: SFNClient;
  readonly #machineArn: string;

  constructor(options: { client: SFNClient; machineArn: string }) {
    this.#client = options.client;
    this.#machineArn = options.machineArn;
  }

  async status(name: string): Promise<ExecutionStatus | undefined> {
    try {
      const { status = 'RUNNING' } = await this.#describe(this.arnOf(name));
      return STATUSES[status];
    } catch (thrown) {
      if (thrown instanceof ExecutionDoesNotExist) return undefined;
      throw thrown;
    }
  }

  /** The same name and input again is no error while the first runs: that one is meant. */
  async start(name: string, input: object): Promise<'started' | 'taken'> {
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#machineArn,
          name,
          input: JSON.stringify(input),
        }),
      );
      return 'started';
    } catch (thrown) {
      if (thrown instanceof ExecutionAlreadyExists) return 'taken';
      if (!(thrown instanceof StateMachineDoesNotExist)) throw thrown;
      throw new UsageError(`there is no state machine ${this.#machineArn}: deploy it (infra/README.md)`, {
        code: 'no-such-machine',
        cause: thrown,
      });
    }
  }

  /** A map that failed says only that it did: what failed in it is said by its child. */
  async failure(name: string): Promise<ExecutionFailure> {
    const executionArn = this.arnOf(name);
    const { mapRuns = [] } = await this.#client.send(new ListMapRunsCommand({ executionArn }));
    for (const { mapRunArn } of mapRuns) {
      const { executions = [] } = await this.#client.send(
        new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1 }),
      );
      const [child] = executions;
      if (child?.executionArn) return failureIn(await this.#describe(child.executionArn));
    }
    return failureIn(await this.#describe(executionArn));
  }

  /** The ARN of an execution, for people. */
  arnOf(name: string): string {
    return `${this.#machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  #describe(executionArn: string) {
    return this.#client.send(new DescribeExecutionCommand({ executionArn }));
  }
}

const failureIn = (described: {
  readonly status?: SfnStatus | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): ExecutionFailure => ({
  error:
    described.error ??
    (described.status === 'ABORTED' ? 'the execution was stopped' : (described.status ?? '')),
  cause: described.cause ?? '',
});
