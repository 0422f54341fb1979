import type { VirtualClock } from '../../../services/core/index.ts';
import type { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import type { Conditions } from './conditions.ts';
import type { History } from './history.ts';
import type { MutantName } from './mutant.ts';
import type { Schedule } from './schedule.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { SimulatedKinesis } from './simulated-kinesis.ts';

export interface WorldOptions {
  /** A known-bad variant of one part. */
  readonly mutant?: MutantName | undefined;
  /** Without the sweeper, the relay has but its tokens. */
  readonly withoutSweeper?: boolean | undefined;
  /** Told of everything that happens, a line each. */
  readonly note?: (line: string) => void;
}

/** What the parts of a world share. */
export interface WorldParts extends Pick<WorldOptions, 'mutant' | 'withoutSweeper'> {
  readonly schedule: Schedule;
  readonly clock: VirtualClock;
  readonly history: History;
  readonly conditions: Conditions;
  readonly database: SimulatedDatabase;
  readonly kinesis: SimulatedKinesis;
  readonly quarantine: MemoryQuarantine;
}

export const BEGIN_MS = Date.UTC(2026, 0, 1);
