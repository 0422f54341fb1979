import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { UsageError } from '../../services/core/index.ts';

/**
 * A stack as it is deployed; `holds` says what it is needed for.
 * @throws UsageError `no-such-stack`
 */
export const describeStack = async (
  client: CloudFormationClient,
  stack: string,
  holds: string,
): Promise<Stack> => {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const [described] = Stacks;
    if (described) return described;
  } catch (thrown) {
    if (!(thrown instanceof CloudFormationServiceException && thrown.name === 'ValidationError'))
      throw thrown;
  }
  throw new UsageError(`there is no stack ${stack}: deploy it first, it holds ${holds}`, {
    code: 'no-such-stack',
  });
};
