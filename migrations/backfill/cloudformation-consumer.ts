import {
  type Capability,
  type CloudFormationClient,
  type Stack,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { BanyanError, messageOf, UsageError } from '../../services/core/index.ts';
import type { ConsumerStack } from '../moves/plan.ts';
import { describeStack } from './describe-stack.ts';
import type { ConsumerSwitch } from './start-consumer.ts';

const CAPABILITIES: Capability[] = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];
/** An event source mapping takes minutes to create. */
const UPDATE_WITHIN_SECONDS = 900;

/** A consumer whose event source mapping a CloudFormation stack makes once one of its parameters is not 0. */
export class CloudFormationConsumer implements ConsumerSwitch {
  readonly #client: CloudFormationClient;
  readonly #consumer: ConsumerStack;
  readonly #signal: AbortSignal;

  /** `signal` ends the waiting, not the update. */
  constructor(options: { client: CloudFormationClient; consumer: ConsumerStack; signal: AbortSignal }) {
    this.#client = options.client;
    this.#consumer = options.consumer;
    this.#signal = options.signal;
  }

  /** @throws UsageError when there is no such stack, or it has no such parameter. */
  async startsAtSeconds(): Promise<number> {
    const { stack, startParameter } = this.#consumer;
    const parameter = (await this.#describe()).Parameters?.find((p) => p.ParameterKey === startParameter);
    if (parameter) return Number(parameter.ParameterValue);
    throw new UsageError(`the stack ${stack} has no parameter ${startParameter}, which starts the consumer`);
  }

  /** Changes that one parameter: template and all other parameters stay what they are. */
  async startAt(seconds: number): Promise<void> {
    const { stack, startParameter } = this.#consumer;
    const { Parameters = [] } = await this.#describe();
    await this.#client.send(
      new UpdateStackCommand({
        StackName: stack,
        UsePreviousTemplate: true,
        Capabilities: CAPABILITIES,
        Parameters: Parameters.map(({ ParameterKey }) =>
          ParameterKey === startParameter
            ? { ParameterKey, ParameterValue: String(seconds) }
            : { ParameterKey, UsePreviousValue: true },
        ),
      }),
    );
    await this.#updated();
  }

  #describe(): Promise<Stack> {
    return describeStack(this.#client, this.#consumer.stack, "the plan's consumer");
  }

  async #updated(): Promise<void> {
    const { stack } = this.#consumer;
    try {
      await waitUntilStackUpdateComplete(
        {
          client: this.#client,
          maxWaitTime: UPDATE_WITHIN_SECONDS,
          minDelay: 1,
          maxDelay: 5,
          abortSignal: this.#signal,
        },
        { StackName: stack },
      );
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw new BanyanError(
        'consumer-not-started',
        `the update of the stack ${stack} did not complete: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
}
