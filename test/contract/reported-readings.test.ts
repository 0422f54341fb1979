import { MemoryControlStore } from '../../services/store/memory-control-store.ts';
import { describeReportedReadings } from './reported-readings-contract.ts';

describeReportedReadings('memory', async (clock) => new MemoryControlStore({ clock }));
