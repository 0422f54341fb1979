import { recordOfDocument, type VersionedRecord } from '../../../services/core/index.ts';
import type { Flow } from './flow.ts';
import { type Projection, transformOf } from './projection.ts';
import type { WorldParts } from './world-parts.ts';

/** Every key whose projection is not what the source says, unless it is in quarantine, where it belongs. */
export const differences = async (flows: readonly Flow[], parts: WorldParts): Promise<string[]> => {
  const found: string[] = [];
  for (const { projection, sink } of flows) {
    for (const key of parts.database.keysOf(projection.entity)) {
      const wanted = wantedOf(projection, key, parts);
      const held = await sink.peek(key);
      if (isSame(wanted, held) || (await isQuarantined(projection, key, parts))) continue;
      found.push(`${projection.name} has ${shown(held)} of ${key} instead of ${shown(wanted)}`);
    }
  }
  return found;
};

const wantedOf = (
  projection: Projection,
  key: string,
  { database }: WorldParts,
): VersionedRecord | undefined => {
  const { document, floors } = database.latest(key);
  if (document)
    return recordOfDocument(
      document,
      projection.slice,
      transformOf(projection, () => true),
    );
  const version = floors?.[projection.slice];
  return version === undefined ? undefined : { key, version, state: null };
};

/** Whether what the key is now can be nowhere else, and is there. */
const isQuarantined = async (
  projection: Projection,
  key: string,
  { database, quarantine, conditions }: WorldParts,
): Promise<boolean> => {
  const { document } = database.latest(key);
  const isPoison = !conditions.isMended && String(document?.part).startsWith('poison');
  const sources = [...(isPoison ? [projection.name] : []), ...(document?.big ? ['relay'] : [])];
  for (const source of sources) {
    for await (const entry of quarantine.list(source)) if (entry.key === key) return true;
  }
  return false;
};

/** A tombstone that is not there any more is one all the same. */
const isSame = (wanted: VersionedRecord | undefined, held: VersionedRecord | undefined): boolean => {
  if (!wanted || wanted.state === null) return !held || held.state === null;
  return held?.version === wanted.version && JSON.stringify(held.state) === JSON.stringify(wanted.state);
};

const shown = (record: VersionedRecord | undefined): string =>
  record ? `${JSON.stringify(record.state)} at ${record.version}` : 'nothing';
