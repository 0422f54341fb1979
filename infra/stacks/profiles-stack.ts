import { CfnOutput, CfnParameter, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { MappingParameters } from '../constructs/mapping-parameters.ts';
import { ServiceApi } from '../constructs/service-api.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { StreamConsumer } from '../constructs/stream-consumer.ts';
import { allowClaims, allowQuarantine, type QuarantineProps } from './control-stack.ts';

export interface ProfilesStackProps extends StackProps, QuarantineProps {
  readonly users: Stream;
  readonly profiles: Table;
  readonly claims: Bucket;
}

/** Stateless: the consumer that copies profiles on, and the API that serves them. */
export class ProfilesStack extends Stack {
  constructor(scope: Construct, id: string, props: ProfilesStackProps) {
    super(scope, id, props);
    const projector = this.#projector(props);
    const api = this.#api(props);
    new CfnOutput(this, 'ProfilesApiId', { value: api.api.apiId });
    new CfnOutput(this, 'ProfilesApiUrl', { value: api.api.apiEndpoint });
    new CfnOutput(this, 'ProjectProfileFunctionName', { value: projector.function.functionName });
  }

  #projector(props: ProfilesStackProps): ServiceFunction {
    const projector = new ServiceFunction(this, 'ProjectProfile', {
      entry: 'services/profiles/project-profile.ts',
      description: 'Copies profiles from the users stream into the profiles table',
      timeout: Duration.seconds(60),
      environment: {
        PROFILES_TABLE: props.profiles.tableName,
        QUARANTINE_BUCKET: props.quarantine.bucketName,
        CLAIMS_BUCKET: props.claims.bucketName,
      },
    });
    projector.allow(['dynamodb:PutItem'], [props.profiles.tableArn]);
    allowQuarantine(projector, props, 'project-profile');
    allowClaims(projector, props.claims);
    new StreamConsumer(this, 'Users', {
      consumer: projector,
      stream: props.users,
      parameters: new MappingParameters(this, 'MappingParameters'),
      batchSize: 500,
      window: Duration.seconds(0),
      parallelizationFactor: 1,
    });
    return projector;
  }

  #api(props: ProfilesStackProps): ServiceApi {
    const secretName = new CfnParameter(this, 'MongoSecretName', {
      description: "The Secrets Manager secret that holds the monolith's MongoDB URI",
    }).valueAsString;
    const profiles = new ServiceFunction(this, 'ProfilesApi', {
      entry: 'services/profiles/profiles-api.ts',
      description: 'Serves profiles; reads through to the monolith and writes where the authority is',
      timeout: Duration.seconds(10),
      environment: {
        PROFILES_TABLE: props.profiles.tableName,
        MONGODB_SECRET_NAME: secretName,
        MONGODB_DATABASE: new CfnParameter(this, 'MongoDatabase', {
          description: "The monolith's database",
        }).valueAsString,
      },
    });
    profiles.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
      [props.profiles.tableArn],
    );
    profiles.allowSecret(secretName);
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W2509',
      reason: 'MongoSecretName is the name of a secret, which is no secret.',
    });
    return new ServiceApi(this, 'Http', {
      handler: profiles,
      routes: [
        {
          path: '/profiles/{id}',
          methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.PUT, HttpMethod.DELETE],
        },
      ],
      ratePerSecond: 2_000,
      access:
        "Profiles are public, as in the monolith; writes need the owner's session, which the handler checks.",
    });
  }
}
