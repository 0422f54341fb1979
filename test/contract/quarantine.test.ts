import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FolderQuarantine } from '../../services/stream/folder-quarantine.ts';
import { MemoryQuarantine } from '../../services/stream/memory-quarantine.ts';
import { NotifyingQuarantine } from '../../services/stream/notifying-quarantine.ts';
import { describeQuarantine } from './quarantine-contract.ts';

describeQuarantine('memory', async () => ({ quarantine: new MemoryQuarantine() }));

describeQuarantine('memory, of which others are told', async () => ({
  quarantine: new NotifyingQuarantine({ quarantine: new MemoryQuarantine(), notify: async () => undefined }),
}));

describeQuarantine('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quarantine-'));
  const close = () => rm(folder, { recursive: true });
  return { quarantine: new FolderQuarantine({ folder: join(folder, 'made', 'when needed') }), close };
});

describe('a quarantine in a folder', () => {
  it('leaves no unfinished file, and nothing outside its folder', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'quarantine-'));
    const quarantine = new FolderQuarantine({ folder: join(parent, 'own') });
    await quarantine.put({ id: '../../../x', source: '../..', reason: 'r', atMs: 0, body: 'b' });
    expect(await readdir(parent)).toEqual(['own']);
    const files = await readdir(join(parent, 'own'), { recursive: true });
    expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(1);
    expect(files).toHaveLength(2);
    await rm(parent, { recursive: true });
  });
});
