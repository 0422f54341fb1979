import type { ExecutionFailure, ExecutionStatus, Executions } from './executions.ts';

interface MemoryExecution {
  readonly input: object;
  readonly status: ExecutionStatus;
  readonly failure?: ExecutionFailure;
}

/** Executions that nobody executes: for tests. */
export class MemoryExecutions implements Executions {
  readonly started = new Map<string, MemoryExecution>();

  async status(name: string): Promise<ExecutionStatus | undefined> {
    return this.started.get(name)?.status;
  }

  async start(name: string, input: object): Promise<'started' | 'taken'> {
    if (this.started.has(name)) return 'taken';
    this.started.set(name, { input, status: 'running' });
    return 'started';
  }

  async failure(name: string): Promise<ExecutionFailure> {
    return this.started.get(name)?.failure ?? { error: '', cause: '' };
  }

  /** Ends one that was started. */
  end(name: string, status: ExecutionStatus, failure?: ExecutionFailure): void {
    const input = this.started.get(name)?.input ?? {};
    this.started.set(name, { input, status, ...(failure ? { failure } : {}) });
  }
}
