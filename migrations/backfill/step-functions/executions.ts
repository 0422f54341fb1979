/** How an execution of the state machine is; `stopped` by somebody, or because its time was over. */
export type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'stopped';

/** Why an execution failed: of the worker that did, where one did. */
export interface ExecutionFailure {
  /** The name of the error. */
  readonly error: string;
  /** What Step Functions says; of a worker, JSON with an `errorMessage`. */
  readonly cause: string;
}

/** The executions of one state machine, by their names: each name is used once. */
export interface Executions {
  /** `undefined` when there never was one of that name. */
  status(name: string): Promise<ExecutionStatus | undefined>;
  /** Starts one; `taken` when somebody else did meanwhile. `input` becomes JSON. */
  start(name: string, input: object): Promise<'started' | 'taken'>;
  /** Why one failed, or was stopped. */
  failure(name: string): Promise<ExecutionFailure>;
}
