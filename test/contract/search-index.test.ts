import { MemoryIndex } from '../../services/search/memory-index.ts';
import { describeSearchIndex, personRanking } from './search-index-contract.ts';

describeSearchIndex('memory', async () => new MemoryIndex({ ranking: personRanking }));
