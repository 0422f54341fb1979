/* Constructs for CDK v2; `aws-cdk-lib`, `constructs` and `esbuild` are the deployment's own dependencies. */
export { BackfillMachine, type BackfillMachineProps } from './constructs/backfill-machine.ts';
export { CanaryRule, type CanaryRuleProps } from './constructs/canary-rule.ts';
export { MappingParameters } from './constructs/mapping-parameters.ts';
export { ServiceApi, type ServiceApiProps } from './constructs/service-api.ts';
export {
  type FunctionNetwork,
  ServiceFunction,
  type ServiceFunctionProps,
} from './constructs/service-function.ts';
export { StreamConsumer, type StreamConsumerProps } from './constructs/stream-consumer.ts';
export {
  allowQuarantine,
  ControlStack,
  type ControlStackProps,
  type QuarantineProps,
} from './stacks/control-stack.ts';
