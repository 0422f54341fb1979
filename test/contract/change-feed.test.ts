import { systemClock } from '../../services/core/index.ts';
import { MemoryChangeFeed } from '../../services/outbox/changes/memory-change-feed.ts';
import { describeChangeFeed, type NamedChange } from './change-feed-contract.ts';

describeChangeFeed('MemoryChangeFeed', async () => {
  const feed = new MemoryChangeFeed<NamedChange>({ clock: systemClock });
  let i = 0;
  return {
    feed,
    commit: async (...names) => {
      i += 1;
      const clusterTime = { t: 1_700_000_000, i };
      const transaction = names.length > 1 ? `transaction ${i}` : undefined;
      feed.commit(...names.map((name) => ({ name, clusterTime, transaction })));
    },
    lose: async ({ token }) => {
      feed.forgetHistory();
      return token;
    },
    close: async () => undefined,
  };
});
