import {
  type EventSourceMappingConfiguration,
  type LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { MappingConfiguration } from '../mapping-settings.ts';

/** A Kinesis mapping as Lambda lists it. */
export interface DeployedMapping extends EventSourceMappingConfiguration {
  readonly UUID: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
}

/** Every mapping from a Kinesis stream, whatever its state: an emulator's is not to be trusted. */
export const deployedMappings = async (lambda: LambdaClient): Promise<DeployedMapping[]> => {
  const found: DeployedMapping[] = [];
  let marker: string | undefined;
  do {
    const page = await lambda.send(new ListEventSourceMappingsCommand({ Marker: marker }));
    found.push(...(page.EventSourceMappings ?? []).filter(readsKinesis));
    marker = page.NextMarker || undefined;
  } while (marker);
  return found;
};

const readsKinesis = (mapping: EventSourceMappingConfiguration): mapping is DeployedMapping =>
  mapping.UUID !== undefined &&
  mapping.FunctionArn !== undefined &&
  mapping.EventSourceArn?.split(':')[2] === 'kinesis';

/** The simulator's configuration of a deployed mapping, which is everything that Lambda says of it. */
export const configurationOf = (
  deployed: DeployedMapping,
  startingTimestampSeconds: number | undefined,
): MappingConfiguration => ({
  UUID: deployed.UUID,
  FunctionArn: deployed.FunctionArn,
  EventSourceArn: deployed.EventSourceArn,
  StartingPosition: deployed.StartingPosition ?? 'LATEST',
  StartingPositionTimestamp: deployed.StartingPositionTimestamp ?? startingTimestampSeconds,
  BatchSize: deployed.BatchSize,
  MaximumBatchingWindowInSeconds: deployed.MaximumBatchingWindowInSeconds,
  ParallelizationFactor: deployed.ParallelizationFactor,
  BisectBatchOnFunctionError: deployed.BisectBatchOnFunctionError,
  FunctionResponseTypes: deployed.FunctionResponseTypes?.filter((type) => type === 'ReportBatchItemFailures'),
  MaximumRetryAttempts: deployed.MaximumRetryAttempts,
  MaximumRecordAgeInSeconds: deployed.MaximumRecordAgeInSeconds,
  FilterCriteria: {
    Filters: deployed.FilterCriteria?.Filters?.map(({ Pattern }) => ({ Pattern: Pattern ?? '' })),
  },
  DestinationConfig: { OnFailure: { Destination: deployed.DestinationConfig?.OnFailure?.Destination } },
});
