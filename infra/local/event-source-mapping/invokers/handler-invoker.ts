import type { KinesisStreamEvent } from 'aws-lambda';
import { messageOf } from '../../../../services/core/index.ts';
import type { Invoker } from './invoker.ts';

/** A Kinesis handler in this process; a context or a callback it does not get. */
export type BatchHandler = (event: KinesisStreamEvent) => Promise<unknown>;

/**
 * Invokes a handler in process. Event and answer pass through JSON, as they do on the way to Lambda and back, so
 * that a handler can neither change a batch that will be retried nor answer what JSON cannot hold.
 */
export const handlerInvoker = (handler: BatchHandler): Invoker => ({
  invoke: async (event) => {
    try {
      return { outcome: 'answered', answer: throughJson(await handler(throughJson(event))) };
    } catch (thrown) {
      return { outcome: 'function-error', functionError: 'Unhandled', message: messageOf(thrown) };
    }
  },
});

const throughJson = <T>(value: T): T =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
