import { GuardedSearchIndex } from '../../services/search/guarded-search-index.ts';
import { MemoryIndex } from '../../services/search/memory-index.ts';
import { MemoryVersionGuard } from '../../services/store/memory-version-guard.ts';
import { hurriedClock } from '../support/hurried-clock.ts';
import { refusing } from '../support/refusing-index.ts';
import { type Person, personRanking } from './searches-contract.ts';
import { describeVersionedStore } from './versioned-store-contract.ts';

describeVersionedStore<Person>(
  'guarded index in memory',
  async () => {
    const index = refusing(
      new MemoryIndex<Person>({ ranking: personRanking }),
      (state) => state.name === 'bad',
    );
    const guard = new MemoryVersionGuard();
    return { store: new GuardedSearchIndex({ index, guard, clock: hurriedClock(1_000) }) };
  },
  {
    state: (n) => ({ nick: `nick${n}`, name: `state ${n}`, fans: n % 1_000, tags: [`${n}`] }),
    unstorable: { nick: 'nick', name: 'bad', fans: 0, tags: ['x'] },
    answersTombstones: true,
    repeated: 'stale',
  },
);
