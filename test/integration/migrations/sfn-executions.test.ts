import { randomUUID } from 'node:crypto';
import { CreateStateMachineCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SfnExecutions } from '../../../migrations/backfill/step-functions/sfn-executions.ts';
import { describeExecutions } from '../../contract/executions-contract.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';

const aws = freshAws();
const client = new SFNClient(aws);
afterAll(() => client.destroy());

const executionsOf = async (states: object): Promise<SfnExecutions> => {
  const { stateMachineArn: machineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: `machine-${randomUUID()}`,
      roleArn: `arn:aws:iam::${aws.credentials.accessKeyId}:role/any`,
      definition: JSON.stringify({ StartAt: 'First', States: states }),
    }),
  );
  return new SfnExecutions({ client, machineArn });
};

describeExecutions('AWS Step Functions', async () => {
  const executions = await executionsOf({ First: { Type: 'Wait', Seconds: 600, End: true } });
  const stop = async (name: string, cause: string) => {
    await client.send(new StopExecutionCommand({ executionArn: executions.arnOf(name), cause }));
  };
  return { executions, stop };
});

describe('SfnExecutions', () => {
  it('tell of a map that failed what its child died of', async () => {
    const broken = { Type: 'Fail', Error: 'Unavailable', Cause: '{"errorMessage":"MongoDB is away"}' };
    const executions = await executionsOf({
      First: {
        Type: 'Map',
        ItemsPath: '$.partitions',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Broken',
          States: { Broken: broken },
        },
        End: true,
      },
    });
    await executions.start('one', { partitions: [0] });
    await eventually(async () => expect(await executions.status('one')).toBe('failed'));
    expect(await executions.failure('one')).toEqual({ error: broken.Error, cause: broken.Cause });
  });

  it('name a machine that is not there', async () => {
    const machineArn = `arn:aws:states:us-east-1:${aws.credentials.accessKeyId}:stateMachine:nothing`;
    const executions = new SfnExecutions({ client, machineArn });
    await expect(executions.start('one', {})).rejects.toMatchObject({
      code: 'no-such-machine',
      message: expect.stringContaining(machineArn),
    });
  });
});
