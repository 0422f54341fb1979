import { MemoryControlStore } from '../../services/store/memory-control-store.ts';
import { describeControlStore } from './control-store-contract.ts';

describeControlStore('memory', async (clock) => ({ store: new MemoryControlStore({ clock }) }));
