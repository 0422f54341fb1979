import { systemClock } from '../../../services/core/index.ts';
import { MemoryControlStore } from '../../../services/store/memory-control-store.ts';
import { ControlCheckpointStore } from './control-checkpoint-store.ts';

/** Runs of one process: for tests, and for copies that leave no trace. */
export class MemoryCheckpointStore extends ControlCheckpointStore {
  constructor() {
    super({ control: new MemoryControlStore({ clock: systemClock }) });
  }
}
