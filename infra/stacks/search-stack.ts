import { CfnOutput, CfnParameter, Duration, Stack, type StackProps } from 'aws-cdk-lib';
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

export interface SearchStackProps extends StackProps, QuarantineProps {
  readonly users: Stream;
  readonly guard: Table;
  readonly claims: Bucket;
}

/** Stateless: the consumer that keeps the search index, and the API that searches it. */
export class SearchStack extends Stack {
  constructor(scope: Construct, id: string, props: SearchStackProps) {
    super(scope, id, props);
    const indexer = this.#indexer(props);
    const api = this.#api();
    new CfnOutput(this, 'SearchApiId', { value: api.api.apiId });
    new CfnOutput(this, 'SearchApiUrl', { value: api.api.apiEndpoint });
    new CfnOutput(this, 'IndexUsersFunctionName', { value: indexer.function.functionName });
  }

  #indexer(props: SearchStackProps): ServiceFunction {
    const endpoint = this.#endpoint('CloudSearchDocumentEndpoint', 'documents');
    const indexer = new ServiceFunction(this, 'IndexUsers', {
      entry: 'services/search/index-users.ts',
      description: 'Keeps the search index up to date with the users stream',
      timeout: Duration.seconds(60),
      environment: {
        GUARD_TABLE: props.guard.tableName,
        CLOUDSEARCH_DOCUMENT_ENDPOINT: endpoint,
        QUARANTINE_BUCKET: props.quarantine.bucketName,
        CLAIMS_BUCKET: props.claims.bucketName,
      },
    });
    indexer.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
      [props.guard.tableArn],
    );
    indexer.allow(['cloudsearch:document'], [this.#domainArn]);
    allowQuarantine(indexer, props, 'index-users');
    allowClaims(indexer, props.claims);
    new StreamConsumer(this, 'Users', {
      consumer: indexer,
      stream: props.users,
      parameters: new MappingParameters(this, 'MappingParameters'),
      // CloudSearch takes few, large batches: up to 5 MB, about one in ten seconds for each of its threads.
      batchSize: 1_000,
      window: Duration.seconds(2),
      parallelizationFactor: 1,
    });
    return indexer;
  }

  #api(): ServiceApi {
    const search = new ServiceFunction(this, 'SearchUsers', {
      entry: 'services/search/search-users.ts',
      description: 'Searches users by name, the popular ones first',
      timeout: Duration.seconds(5),
      environment: { CLOUDSEARCH_SEARCH_ENDPOINT: this.#endpoint('CloudSearchSearchEndpoint', 'searches') },
    });
    search.allow(['cloudsearch:search'], [this.#domainArn]);
    return new ServiceApi(this, 'SearchApi', {
      handler: search,
      routes: [{ path: '/', methods: [HttpMethod.POST] }],
      ratePerSecond: 2_000,
      access: 'Search is public, as it is in the monolith; the stage is throttled.',
    });
  }

  #endpoint(id: string, what: string): string {
    return new CfnParameter(this, id, {
      allowedPattern: 'https?://.+',
      description: `The address of the CloudSearch domain for ${what}`,
    }).valueAsString;
  }

  get #domainArn(): string {
    const existing = this.node.tryFindChild('CloudSearchDomain') as CfnParameter | undefined;
    const domain =
      existing ??
      new CfnParameter(this, 'CloudSearchDomain', {
        default: 'users',
        description: "The CloudSearch domain's name",
      });
    return this.formatArn({ service: 'cloudsearch', resource: 'domain', resourceName: domain.valueAsString });
  }
}
