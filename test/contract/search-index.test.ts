import { MemoryIndex } from '../../services/search/memory-index.ts';
import { describeSearchIndex } from './search-index-contract.ts';
import { personRanking } from './searches-contract.ts';

describeSearchIndex('memory', async () => new MemoryIndex({ ranking: personRanking }));
