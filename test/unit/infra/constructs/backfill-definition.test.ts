import { describe, expect, it } from '@jest/globals';
import { backfillDefinition } from '../../../../infra/constructs/backfill-definition.ts';
import { WORKER_ERRORS } from '../../../../migrations/backfill/step-functions/explain-failure.ts';

const definition = backfillDefinition({ workerArn: 'arn:worker', maxConcurrency: 7, invocationSeconds: 930 });
const { Partitions } = (definition as { States: { Partitions: { ItemProcessor: { States: States } } } })
  .States;
type States = { readonly [name: string]: { readonly [field: string]: unknown } };
const { Copy, Done, ...more } = Partitions.ItemProcessor.States;

describe('the state machine of backfills', () => {
  it('maps over the partitions that it is started with, so many at once, each as a workflow of its own', () => {
    expect(Partitions).toMatchObject({
      Type: 'Map',
      ItemsPath: '$.partitions',
      MaxConcurrency: 7,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: 'Copy' },
      End: true,
    });
  });

  it('asks a worker again with what it handed back, until it is not unfinished', () => {
    expect(Copy).toMatchObject({ Type: 'Task', Resource: 'arn:worker', Next: 'Is it done?' });
    expect(Copy).not.toHaveProperty('ResultPath');
    expect(more['Is it done?']).toMatchObject({
      Choices: [{ Variable: '$.state', StringEquals: 'unfinished', Next: 'Copy' }],
      Default: 'Done',
    });
  });

  it('repeats what may pass, and no mistake', () => {
    const retriers = (Copy?.Retry ?? []) as { ErrorEquals: string[] }[];
    const repeated = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(repeated).toEqual(
      expect.arrayContaining([
        'Lambda.ServiceException',
        'Lambda.TooManyRequestsException',
        'Sandbox.Timedout',
        WORKER_ERRORS.unavailable,
        WORKER_ERRORS.retryable,
      ]),
    );
    for (const never of [WORKER_ERRORS.usage, 'States.ALL', 'States.TaskFailed']) {
      expect(repeated).not.toContain(never);
    }
  });

  it('gathers nothing from its children, whose number is not bounded by what a map may gather', () => {
    expect(Done).toEqual({ Type: 'Succeed', OutputPath: null });
    expect(Partitions).toMatchObject({ ResultPath: null });
  });
});
