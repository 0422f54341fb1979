import { describe, expect, it } from '@jest/globals';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { NotifyingQuarantine, type QuarantineNotice } from '../../../services/stream/notifying-quarantine.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';

const entry: QuarantineEntry = {
  id: '1',
  source: 'project-profile',
  key: 'ann',
  reason: 'it is not JSON',
  atMs: 7,
  body: 'personal: é',
};
const listed = async (quarantine: MemoryQuarantine | NotifyingQuarantine) => {
  const entries: QuarantineEntry[] = [];
  for await (const one of quarantine.list(entry.source)) entries.push(one);
  return entries;
};

describe('a quarantine that tells others', () => {
  it('tells them all but the record, once it is kept', async () => {
    const kept = new MemoryQuarantine();
    const notices: [QuarantineNotice, number][] = [];
    const quarantine = new NotifyingQuarantine({
      quarantine: kept,
      notify: async (notice) => {
        notices.push([notice, (await listed(kept)).length]);
      },
    });
    await quarantine.put(entry);
    const { body: _, ...rest } = entry;
    expect(notices).toEqual([[{ ...rest, bytes: 12 }, 1]]);
  });

  it('has not taken an entry of which nobody could be told, and tells when it is put again', async () => {
    const told: string[] = [];
    let isAway = true;
    const quarantine = new NotifyingQuarantine({
      quarantine: new MemoryQuarantine(),
      notify: async ({ id }) => {
        if (isAway) throw new Error('the queue is away');
        told.push(id);
      },
    });
    await expect(quarantine.put(entry)).rejects.toThrow('the queue is away');
    isAway = false;
    await quarantine.put(entry);
    expect(told).toEqual(['1']);
    expect(await listed(quarantine)).toEqual([entry]);
  });
});
