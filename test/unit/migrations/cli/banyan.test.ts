import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CODES } from '../../../../migrations/cli/exit-codes.ts';

const ENTRY = fileURLToPath(new URL('../../../../migrations/cli/banyan.js', import.meta.url));
const OLD_NODE =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';

/** What `banyan` said on stderr, and how it ended; `unread` closes its stdout before it can write. */
const banyan = async (args: readonly string[], { nodeArgs = [] as string[], unread = false } = {}) => {
  const child = spawn(process.execPath, [...nodeArgs, ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (unread) child.stdout.destroy();
  else child.stdout.resume();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { pid: child.pid, code, said };
};

describe('the command banyan', () => {
  it('says which Node it needs on an older one, before anything can fail of that', async () => {
    expect(await banyan(['--help'], { nodeArgs: ['--import', OLD_NODE] })).toMatchObject({
      code: EXIT_CODES.usage,
      said: 'error: Banyan needs Node 22.22 or newer; this is 20.20.2\n',
    });
  });

  it('copies in the process that was started, as it was started, with one arena for all threads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'banyan-'));
    const config = join(folder, 'banyan.config.mjs');
    const tells =
      'JSON.stringify({ pid: process.pid, flags: process.execArgv, arenas: process.env.MALLOC_ARENA_MAX })';
    await writeFile(config, `export default () => { throw new Error(${tells}) };`);
    const nodeArgs = ['--disable-warning=ExperimentalWarning', '--stack-trace-limit=3'];
    const { pid, said } = await banyan(['--config', config, 'backfill', 'status', 'users'], { nodeArgs });
    expect(JSON.parse(/{.*}/.exec(said)?.[0] ?? said)).toEqual(
      process.platform === 'linux'
        ? { pid, flags: expect.arrayContaining(nodeArgs), arenas: '1' }
        : { pid, flags: nodeArgs },
    );
    await rm(folder, { recursive: true });
  });

  it('ends without a stack trace when nobody reads what it says', async () => {
    const { said } = await banyan(['admin', 'token', 'ada', '--role', 'operator'], {
      nodeArgs: ['--disable-warning=ExperimentalWarning'],
      unread: true,
    });
    expect(said).toBe('');
  });
});
