import { CfnParameter, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { BackfillMachine } from '../constructs/backfill-machine.ts';
import type { QuarantineProps } from './control-stack.ts';

export interface BackfillStackProps extends StackProps, QuarantineProps {
  readonly control: Table;
  readonly guard: Table;
  readonly profiles: Table;
}

/** Stateless, and only needed while something is copied: backfills by Lambda functions under Step Functions. */
export class BackfillStack extends Stack {
  constructor(scope: Construct, id: string, props: BackfillStackProps) {
    super(scope, id, props);
    const { control, guard, profiles, quarantine, quarantineQueue } = props;
    const { worker } = new BackfillMachine(this, 'Backfill', {
      config: 'banyan.config.ts',
      plans: ['users-to-search', 'users-to-profiles'],
      environment: {
        MONGODB_DATABASE: this.#parameter('MongoDatabase', "The monolith's database"),
        BANYAN_CONTROL_TABLE: control.tableName,
        BANYAN_GUARD_TABLE: guard.tableName,
        BANYAN_PROFILES_TABLE: profiles.tableName,
        BANYAN_QUARANTINE_BUCKET: quarantine.bucketName,
        ...(quarantineQueue ? { BANYAN_QUARANTINE_QUEUE: quarantineQueue.queueUrl } : {}),
        CLOUDSEARCH_DOCUMENT_ENDPOINT: this.#endpoint('CloudSearchDocumentEndpoint', 'documents'),
        CLOUDSEARCH_SEARCH_ENDPOINT: this.#endpoint('CloudSearchSearchEndpoint', 'searches'),
      },
      secrets: {
        MONGODB_URI: this.#parameter(
          'MongoSecretName',
          "The Secrets Manager secret that holds the monolith's MongoDB URI",
        ),
      },
      controlTable: control,
      quarantine,
      quarantineQueue,
    });
    worker.allow(['dynamodb:PartiQLInsert', 'dynamodb:PutItem'], [profiles.tableArn]);
    worker.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
      [guard.tableArn],
    );
    worker.allow(['cloudsearch:document'], [this.#domainArn()]);
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W2509',
      reason: 'MongoSecretName is the name of a secret, which is no secret.',
    });
  }

  #parameter(id: string, description: string): string {
    return new CfnParameter(this, id, { description }).valueAsString;
  }

  #endpoint(id: string, what: string): string {
    return new CfnParameter(this, id, {
      allowedPattern: 'https?://.+',
      description: `The address of the CloudSearch domain for ${what}`,
    }).valueAsString;
  }

  #domainArn(): string {
    const domain = new CfnParameter(this, 'CloudSearchDomain', {
      default: 'users',
      description: "The CloudSearch domain's name",
    });
    return this.formatArn({ service: 'cloudsearch', resource: 'domain', resourceName: domain.valueAsString });
  }
}
