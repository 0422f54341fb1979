export interface BackfillDefinitionOptions {
  readonly workerArn: string;
  /** Required. Workers at the same time. */
  readonly maxConcurrency: number;
  /** Required. Longer than an invocation may take. */
  readonly invocationSeconds: number;
}

/** Lambda itself had no room, or lost an answer. */
const OF_LAMBDA = {
  ErrorEquals: [
    'Lambda.AWSLambdaException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.SdkClientException',
    'Lambda.ServiceException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/** An engine is away, or a worker died: what it had not saved is done again by the next. */
const OF_WORKERS = {
  ErrorEquals: [
    // As the worker names them (`workerErrorName`).
    'Unavailable',
    'Retryable',
    'Lambda.Unknown',
    'Runtime.ExitError',
    'Sandbox.Timedout',
    'States.Timeout',
  ],
  IntervalSeconds: 15,
  BackoffRate: 2,
  MaxAttempts: 4,
  JitterStrategy: 'FULL',
};

/**
 * The state machine of backfills, in Amazon States Language: a child workflow for each partition, so many at once,
 * in which a worker is asked again with what it handed back until it is done. One that fails ends the execution.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
export const backfillDefinition = (options: BackfillDefinitionOptions): object => ({
  Comment: 'Copies the partitions of a backfill: its checkpoints are in the control table, not here',
  StartAt: 'Partitions',
  States: {
    Partitions: {
      Type: 'Map',
      Label: 'Partitions',
      ItemsPath: '$.partitions',
      ItemSelector: {
        'plan.$': '$.plan',
        'run.$': '$.run',
        'partition.$': '$$.Map.Item.Value',
        'settings.$': '$.settings',
      },
      MaxConcurrency: options.maxConcurrency,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Copy',
        States: copyUntilDone(options),
      },
      ResultPath: null,
      End: true,
    },
  },
});

const copyUntilDone = ({ workerArn, invocationSeconds }: BackfillDefinitionOptions) => ({
  Copy: {
    Type: 'Task',
    Resource: workerArn,
    TimeoutSeconds: invocationSeconds,
    Retry: [OF_LAMBDA, OF_WORKERS],
    Next: 'Is it done?',
  },
  'Is it done?': {
    Type: 'Choice',
    Choices: [{ Variable: '$.state', StringEquals: 'unfinished', Next: 'Copy' }],
    Default: 'Done',
  },
  // A map gathers what its children answer, of all together no more than 256 KiB.
  Done: { Type: 'Succeed', OutputPath: null },
});
