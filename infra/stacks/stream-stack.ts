import { CfnOutput, CfnParameter, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';

/** Stateful: the streams that the monolith publishes to. */
export class StreamStack extends Stack {
  readonly users: Stream;
  readonly follows: Stream;
  readonly yubls: Stream;
  readonly #shardCount: number;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    const shards = new CfnParameter(this, 'ShardCount', {
      type: 'Number',
      default: 2,
      minValue: 1,
      description: 'Shards of each stream: one takes 1,000 records and 1 MB a second',
    });
    this.#shardCount = shards.valueAsNumber;
    this.users = this.#stream('Users');
    this.follows = this.#stream('Follows');
    this.yubls = this.#stream('Yubls');
  }

  #stream(id: string): Stream {
    const stream = new Stream(this, id, {
      streamMode: StreamMode.PROVISIONED,
      shardCount: this.#shardCount,
      // A backfill must fit into it: a copy, then replay, starts from before the copy (DESIGN, section 3).
      retentionPeriod: Duration.days(7),
      encryption: StreamEncryption.MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, `${id}StreamName`, { value: stream.streamName });
    return stream;
  }
}
