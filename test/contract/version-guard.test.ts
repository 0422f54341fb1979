import { MemoryVersionGuard } from '../../services/store/memory-version-guard.ts';
import { describeVersionGuard } from './version-guard-contract.ts';

describeVersionGuard('memory', async () => new MemoryVersionGuard());
