import { resolve } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BUNDLE_ALIASES, BUNDLE_BANNER, OPTIONAL_NATIVE_MODULES } from './bundling.ts';

/** The AWS SDK is bundled, so that the tested version is the one that runs. */
const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  bundleAwsSDK: true,
  mainFields: ['module', 'main'],
  externalModules: [...OPTIONAL_NATIVE_MODULES],
  banner: BUNDLE_BANNER,
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const aliasesOf = ({ aliases }: ServiceFunctionProps): string[] =>
  Object.entries({ ...BUNDLE_ALIASES, ...aliases }).map(([module, path]) => `${module}=${resolve(path)}`);

/** Where a function is on the network. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  /** Optional: defaults to the private ones. */
  readonly subnets?: SubnetSelection;
  /** Optional: defaults to one of its own, that nobody comes in by. */
  readonly securityGroups?: ISecurityGroup[];
}

export interface ServiceFunctionProps {
  /** Required. The handler's file, relative to the project's root. */
  readonly entry: string;
  /** Required. What the function is for, in a sentence. */
  readonly description: string;
  /** Required. Longer than anything the handler waits for. */
  readonly timeout: Duration;
  readonly environment: { readonly [name: string]: string };
  /** Optional: defaults to 512. */
  readonly memorySize?: number;
  /** Optional: defaults to none. Modules for which files are bundled. */
  readonly aliases?: { readonly [module: string]: string };
  /** Optional: defaults to none of one's own. */
  readonly network?: FunctionNetwork;
}

/** A bundled Node Lambda with its own log group and a role that may write that log and nothing else. */
export class ServiceFunction extends Construct {
  readonly function: NodejsFunction;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    this.function = new NodejsFunction(this, 'Function', {
      entry: props.entry,
      handler: 'handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      role: this.#role.withoutPolicyUpdates(),
      logGroup,
      environment: {
        ...props.environment,
        // Small young generation: memory is what a function is paid for, and requests are short-lived.
        NODE_OPTIONS: '--enable-source-maps --max-semi-space-size=2',
        POWERTOOLS_METRICS_NAMESPACE: 'Banyan',
        POWERTOOLS_SERVICE_NAME: id,
      },
      bundling: { ...BUNDLING, esbuildArgs: { '--alias': aliasesOf(props) } },
      ...(props.network ? this.#attach(props.network) : {}),
    });
    this.#alarmOnErrors();
  }

  /** Lets the function do `actions` on `resources`; nothing is allowed that is not named here. */
  allow(actions: string[], resources: string[]): void {
    this.#role.addToPolicy(new PolicyStatement({ actions, resources }));
  }

  /** Lets the function read a secret, by its name. */
  allowSecret(name: string): void {
    // Secrets Manager appends six characters to a secret's name in its ARN.
    const resource = `secret:${name}-??????`;
    this.allow(
      ['secretsmanager:GetSecretValue'],
      [Stack.of(this).formatArn({ service: 'secretsmanager', resource })],
    );
  }

  /** Writes down why a wildcard that cdk-nag found in the role's policy is as narrow as it can be. */
  acknowledgeWildcard(finding: string, reason: string): void {
    Validations.of(this.#role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[${finding}]`, reason });
  }

  /** CDK adds nothing to a role that is given: what Lambda needs for a network stands here. */
  #attach({ vpc, subnets, securityGroups }: FunctionNetwork) {
    this.allow(NETWORK_ACTIONS, ['*']);
    this.acknowledgeWildcard('Resource::*', 'Lambda makes network interfaces before they have a name.');
    return {
      vpc,
      ...(subnets ? { vpcSubnets: subnets } : {}),
      ...(securityGroups ? { securityGroups } : {}),
    };
  }

  #alarmOnErrors(): void {
    new Alarm(this, 'Errors', {
      alarmDescription: `${Stack.of(this).stackName}: invocations of ${this.node.id} fail`,
      metric: this.function.metricErrors({ period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
