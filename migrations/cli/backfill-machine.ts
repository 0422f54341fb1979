import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
import { UsageError } from '../../services/core/index.ts';
import { describeStack } from '../backfill/describe-stack.ts';
import { SfnExecutions } from '../backfill/step-functions/sfn-executions.ts';
import { type BackfillMachineConfig, partOf } from './config.ts';
import type { CommandContext } from './context.ts';

/**
 * The executions of the state machine that the configuration names.
 * @throws UsageError when it names none, or one that is not deployed.
 */
export const executionsOf = async (context: CommandContext): Promise<SfnExecutions> => {
  const config = await context.config();
  const machine = partOf(config, 'backfillMachine');
  if ('folder' in partOf(config, 'quarantine')) {
    throw new UsageError(
      'workers on Step Functions keep what is rejected in S3: `quarantine` must name a bucket, the same here as there',
    );
  }
  const client = new SFNClient({});
  context.onClose(async () => client.destroy());
  return new SfnExecutions({ client, machineArn: await arnOf(machine) });
};

const arnOf = async (machine: BackfillMachineConfig): Promise<string> => {
  if ('arn' in machine) return machine.arn;
  const client = new CloudFormationClient({});
  try {
    const { Outputs = [] } = await describeStack(client, machine.stack, 'the state machine of backfills');
    const found = Outputs.find(({ OutputKey }) => OutputKey === machine.output)?.OutputValue;
    if (found) return found;
  } finally {
    client.destroy();
  }
  throw new UsageError(
    `the stack ${machine.stack} has no output ${machine.output} with a state machine's ARN`,
  );
};
