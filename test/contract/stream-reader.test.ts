import { MemoryStream } from '../../infra/local/event-source-mapping/index.ts';
import { VirtualClock } from '../../services/core/index.ts';
import { describeStreamReader } from './stream-reader-contract.ts';

describeStreamReader('memory', async () => {
  const clock = new VirtualClock();
  const reader = new MemoryStream({ clock });
  return {
    reader,
    put: async (partitionKey, data) => {
      reader.put({ partitionKey, data });
    },
    pass: (ms) => clock.advance(ms),
    nowMs: () => clock.nowMs(),
  };
});
