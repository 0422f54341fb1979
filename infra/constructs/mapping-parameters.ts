import { CfnCondition, CfnParameter, Fn, type IResolvable } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * The stack parameters that start a stream consumer. A mapping's starting position cannot be changed, and
 * where to start is known only once a backfill has begun: so the mapping does not exist until
 * `StartingPositionTimestamp` names a moment, and changing it replaces the mapping.
 */
export class MappingParameters extends Construct {
  /** Unix seconds; 0: there is no mapping yet. */
  readonly startingPositionTimestamp: CfnParameter;
  readonly enabled: IResolvable;
  readonly started: CfnCondition;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.startingPositionTimestamp = new CfnParameter(scope, 'StartingPositionTimestamp', {
      type: 'Number',
      default: 0,
      minValue: 0,
      description: 'From when on the stream is consumed, in Unix seconds; 0 for not at all (yet)',
    });
    const enabled = new CfnParameter(scope, 'EventSourceMappingEnabled', {
      allowedValues: ['true', 'false'],
      default: 'true',
      description: 'false where something other than Lambda polls the stream',
    });
    const isEnabled = new CfnCondition(scope, 'ConsumerEnabled', {
      expression: Fn.conditionEquals(enabled, 'true'),
    });
    this.enabled = Fn.conditionIf(isEnabled.logicalId, true, false);
    this.started = new CfnCondition(scope, 'ConsumerStarted', {
      expression: Fn.conditionNot(Fn.conditionEquals(this.startingPositionTimestamp, 0)),
    });
  }
}
