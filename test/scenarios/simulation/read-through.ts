import { recordOfDocument, type Transform, type VersionedRecord } from '../../../services/core/index.ts';
import { ReadThrough } from '../../../services/store/read-through.ts';
import type { Flow } from './flow.ts';
import { type Projection, transformOf } from './projection.ts';
import type { Random } from './random.ts';
import type { Latest } from './simulated-database.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { isKeyOf } from './thing-ids.ts';
import type { WorldParts } from './world-parts.ts';

/** A service reads a key through each table that it has, which fills what the table misses. */
export const readThrough = async (
  key: string,
  flows: readonly Flow[],
  parts: WorldParts,
  random: Random,
): Promise<void> => {
  const { clock, conditions, database } = parts;
  for (const { projection, sink } of flows) {
    if (projection.sink !== 'conditional' || !isKeyOf(projection.entity, key)) continue;
    const process = new SimulatedProcess({
      name: 'reader',
      clock,
      random,
      failures: () => conditions.failures(),
    });
    const transform = transformOf(projection, () => conditions.isMended);
    const read = (keys: readonly string[]) =>
      process.call(() => keys.map((one) => recordOf(one, database.latest(one), projection, transform)));
    const reader = new ReadThrough({ store: sink.as(process), source: { read }, report: () => undefined });
    await reader.get(key);
  }
};

/** What the source says of a key: a tombstone where a deletion left its floor. */
const recordOf = (
  key: string,
  { document, floors }: Latest,
  { slice }: Projection,
  transform: Transform,
): VersionedRecord | undefined => {
  if (document) return recordOfDocument(document, slice, transform);
  const version = floors?.[slice];
  return version === undefined ? undefined : { key, version, state: null };
};
