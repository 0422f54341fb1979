import { systemClock } from '../../services/core/index.ts';
import { MemoryOutboxFeed } from '../../services/outbox/index.ts';
import { describeOutboxFeed } from './outbox-feed-contract.ts';

describeOutboxFeed('memory', async () => {
  const feed = new MemoryOutboxFeed({ clock: systemClock });
  let count = 0;
  const row = (key: string) => {
    count += 1;
    return { id: `row-${count}`, stream: 'users', key, event: '{"specversion":"1.0"}', createdAtMs: count };
  };
  return {
    feed,
    commit: async (...keys) => {
      const rows = keys.map(row);
      feed.commit(...rows);
      return rows.map(({ id }) => id);
    },
    nextMs: async () => count + 1,
    lose: async (token) => {
      feed.forgetHistory();
      return token;
    },
    close: async () => undefined,
  };
});
