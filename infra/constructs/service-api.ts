import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnStage, HttpApi, type HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

export interface ServiceApiProps {
  readonly handler: ServiceFunction;
  readonly routes: readonly { readonly path: string; readonly methods: HttpMethod[] }[];
  /** Required. Requests per second that the stage accepts; twice as many in a burst. */
  readonly ratePerSecond: number;
  /** Required. Who may call it, since API Gateway itself lets everybody in. */
  readonly access: string;
}

/** An HTTP API in front of one function, with an access log that holds no query strings, and a 5xx alarm. */
export class ServiceApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: ServiceApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { description: props.handler.function.functionName });
    const integration = new HttpLambdaIntegration('Integration', props.handler.function);
    for (const { path, methods } of props.routes)
      this.api.addRoutes({ path, methods: [...methods], integration });
    Validations.of(this.api).acknowledge({ id: 'AwsSolutions::AwsSolutions-APIG4', reason: props.access });
    this.#configureStage(props.ratePerSecond);
    this.#alarmOnErrors();
  }

  #configureStage(ratePerSecond: number): void {
    const stage = this.api.defaultStage?.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new Error('the HTTP API has no default stage');
    const log = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    stage.accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        route: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
        integrationError: '$context.integrationErrorMessage',
      }),
    };
    stage.defaultRouteSettings = {
      throttlingRateLimit: ratePerSecond,
      throttlingBurstLimit: 2 * ratePerSecond,
    };
  }

  #alarmOnErrors(): void {
    new Alarm(this, 'ServerErrors', {
      alarmDescription: `${Stack.of(this).stackName}: the API answers 5xx`,
      metric: this.api.metricServerError({ period: Duration.minutes(1), statistic: 'Sum' }),
      threshold: 5,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
