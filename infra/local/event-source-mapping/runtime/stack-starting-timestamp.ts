import {
  type CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';

/** The stack parameter that says from when on a mapping reads, in Unix seconds. */
export const STARTING_TIMESTAMP_PARAMETER = 'StartingPositionTimestamp';

/**
 * The starting timestamp that the emulator does not keep with a mapping, in Unix seconds, read from the stack that
 * made it; undefined while no stack has it, or its stack is being changed (its parameters may not be the mapping's).
 */
export const stackStartingTimestamp = async (
  cloudFormation: CloudFormationClient,
  mappingId: string,
): Promise<number | undefined> => {
  for (const stack of await settledStacks(cloudFormation)) {
    const parameter = stack.Parameters?.find((it) => it.ParameterKey === STARTING_TIMESTAMP_PARAMETER);
    const seconds = Number(parameter?.ParameterValue ?? Number.NaN);
    if (Number.isFinite(seconds) && (await holds(cloudFormation, stack, mappingId))) return seconds;
  }
  return undefined;
};

const settledStacks = async (cloudFormation: CloudFormationClient): Promise<Stack[]> => {
  const stacks: Stack[] = [];
  let token: string | undefined;
  do {
    const page = await cloudFormation.send(new DescribeStacksCommand({ NextToken: token }));
    stacks.push(...(page.Stacks ?? []));
    token = page.NextToken || undefined;
  } while (token);
  return stacks.filter((stack) => !stack.StackStatus?.endsWith('_IN_PROGRESS'));
};

const holds = async (
  cloudFormation: CloudFormationClient,
  stack: Stack,
  mappingId: string,
): Promise<boolean> => {
  let token: string | undefined;
  do {
    const page = await cloudFormation.send(
      new ListStackResourcesCommand({ StackName: stack.StackName, NextToken: token }),
    );
    if (page.StackResourceSummaries?.some((it) => it.PhysicalResourceId === mappingId)) return true;
    token = page.NextToken || undefined;
  } while (token);
  return false;
};
