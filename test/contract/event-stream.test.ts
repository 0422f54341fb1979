import { MemoryEventStream } from '../../services/outbox/index.ts';
import { describeEventStream } from './event-stream-contract.ts';

describeEventStream('memory', async () => {
  const stream = new MemoryEventStream({ streams: ['one', 'two'] });
  return { stream, received: async (name) => stream.entries(name), close: async () => undefined };
});
