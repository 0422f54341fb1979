import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeHashOf } from '../../../../migrations/cli/code-hash.ts';

describe('the hash of a configuration and its code', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-code-'));
    await write(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (to: string, transform = 'export const transform = () => 1;') => {
    await mkdir(join(to, 'plans'), { recursive: true });
    await writeFile(join(to, 'config.ts'), "import { plan } from './plans/plan.ts';\nexport default plan;");
    await writeFile(
      join(to, 'plans/plan.ts'),
      "export * from '../transform.ts';\nimport config from '../config.ts';\nimport x from 'no-such-package';",
    );
    await writeFile(join(to, 'transform.ts'), transform);
    await writeFile(join(to, 'unrelated.ts'), transform);
  };
  const hash = () => codeHashOf(join(folder, 'config.ts'));

  it('is another one when a file changes that it imports, however far away', async () => {
    const before = await hash();
    await writeFile(join(folder, 'transform.ts'), 'export const transform = () => 2;');
    expect(await hash()).not.toBe(before);
  });

  it('is the same when other files change, and in another folder', async () => {
    const before = await hash();
    await writeFile(join(folder, 'unrelated.ts'), 'changed');
    expect(await hash()).toBe(before);
    await write(join(folder, 'copy'));
    expect(await codeHashOf(join(folder, 'copy/config.ts'))).toBe(before);
  });
});
