import { ControlCheckpointStore } from '../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { MemoryCheckpointStore } from '../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { VirtualClock } from '../../services/core/index.ts';
import { MemoryControlStore } from '../../services/store/memory-control-store.ts';
import { describeCheckpointStore } from './checkpoint-store-contract.ts';

describeCheckpointStore('memory', async () => ({
  store: new MemoryCheckpointStore(),
  close: async () => {},
}));

describeCheckpointStore('the control store in memory', async () => ({
  store: new ControlCheckpointStore({ control: new MemoryControlStore({ clock: new VirtualClock() }) }),
  close: async () => {},
}));
