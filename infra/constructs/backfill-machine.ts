import { extname, join } from 'node:path';
import {
  ArnFormat,
  type CfnElement,
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  Token,
  Validations,
} from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { quarantineName } from '../../services/stream/quarantine-name.ts';
import { allowQuarantine, type QuarantineProps } from '../stacks/control-stack.ts';
import { backfillDefinition } from './backfill-definition.ts';
import { type FunctionNetwork, ServiceFunction } from './service-function.ts';

export interface BackfillMachineProps extends QuarantineProps {
  /** Required. The path of `banyan.config.ts`, which is bundled into the workers with all that it imports. */
  readonly config: string;
  /** Required. The plans that may be copied here; one with a fresh sink by its whole name, PLAN@SINK. */
  readonly plans: readonly string[];
  /** Required. What the configuration reads of its environment, but for secrets. */
  readonly environment: { readonly [variable: string]: string };
  /**
   * Required. What the configuration reads that is secret, such as MongoDB's URI: the variable → the name of the
   * Secrets Manager secret whose string is its value.
   */
  readonly secrets: { readonly [variable: string]: string };
  readonly controlTable: ITable;
  /** Optional: defaults to 10. Workers at the same time; each reads one partition. */
  readonly maxConcurrency?: number;
  /** Optional: defaults to 15 minutes, Lambda's longest. A worker hands back before. */
  readonly timeout?: Duration;
  /** Optional: defaults to 1,769, which is one processor. */
  readonly memorySize?: number;
  /** Optional: defaults to none. Where MongoDB is reached; AWS must be reached from there too. */
  readonly network?: FunctionNetwork;
}

/** The name of the stack's output with the state machine's ARN, which the configuration's `backfillMachine` reads. */
const OUTPUT = 'BackfillMachineArn';

/** Of the machine by its name, and of its map by the map's label: the documentation names both. */
const EXECUTIONS = [':*', '/Partitions:*'];

/** The worker's file, as it is in a checkout or in the package. */
const WORKER = join(
  import.meta.dirname,
  `../../migrations/cli/lambda/copy-partition${extname(import.meta.filename)}`,
);

/**
 * Runs backfills of `banyan backfill run PLAN --on step-functions`: a worker as a Lambda function, and a state machine
 * that lets so many of them copy at once. The workers may read and write the control table, read the secrets, and
 * quarantine; what the sinks want is allowed by `worker.allow`.
 */
export class BackfillMachine extends Construct {
  readonly worker: ServiceFunction;
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: BackfillMachineProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.minutes(15);
    this.worker = this.#worker(props, timeout);
    this.machine = this.#machine(props.maxConcurrency ?? 10, timeout);
    new CfnOutput(this, 'Arn', { value: this.machine.stateMachineArn }).overrideLogicalId(OUTPUT);
  }

  #worker(props: BackfillMachineProps, timeout: Duration): ServiceFunction {
    const worker = new ServiceFunction(this, 'Worker', {
      entry: WORKER,
      aliases: { 'banyan-config-of-the-team': props.config },
      description: 'Copies a partition of a backfill, and hands back how far it came',
      timeout,
      environment: { ...props.environment, BANYAN_SECRETS: Stack.of(this).toJsonString(props.secrets) },
      memorySize: props.memorySize ?? 1_769,
      ...(props.network ? { network: props.network } : {}),
    });
    worker.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [props.controlTable.tableArn]);
    for (const secret of new Set(Object.values(props.secrets))) worker.allowSecret(secret);
    for (const plan of props.plans) allowQuarantine(worker, props, quarantineName(plan));
    return worker;
  }

  #machine(maxConcurrency: number, timeout: Duration): StateMachine {
    const workerArn = this.worker.function.functionArn;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [workerArn] }));
    const invocationSeconds = timeout.toSeconds() + 30;
    const definition = backfillDefinition({ workerArn, maxConcurrency, invocationSeconds });
    const machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      role,
      tracingEnabled: true,
      // Without data: positions are ids, and those may be of persons.
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'Log', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray and the delivery of logs know no resources.',
    });
    this.#allowMap(machine, role);
    return machine;
  }

  /**
   * A distributed map starts its children as executions of its own machine.
   * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  #allowMap(machine: StateMachine, role: Role): void {
    const { stateMachineArn, stateMachineName } = machine;
    const policy = new Policy(this, 'MapPolicy', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: EXECUTIONS.map((which) => this.#executionsArn(`${stateMachineName}${which}`)),
        }),
      ],
    });
    const name = `<${Stack.of(this).getLogicalId(machine.node.defaultChild as CfnElement)}.Name>`;
    for (const which of EXECUTIONS) {
      Validations.of(policy).acknowledge({
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::${this.#findingOf(`${name}${which}`)}]`,
        reason: 'Step Functions names the executions of a map.',
      });
    }
  }

  #executionsArn(resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat });
  }

  /** How cdk-nag writes such an ARN. */
  #findingOf(executions: string): string {
    const { partition, region, account } = Stack.of(this);
    const [inPartition, inRegion, ofAccount] = [
      [partition, 'Partition'],
      [region, 'Region'],
      [account, 'AccountId'],
    ].map(([value, pseudo]) => (Token.isUnresolved(value) ? `<AWS::${pseudo}>` : value));
    return `arn:${inPartition}:states:${inRegion}:${ofAccount}:execution:${executions}`;
  }
}
