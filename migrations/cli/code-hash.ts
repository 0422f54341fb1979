import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const IMPORTS = /(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/**
 * A hash of a module and of every file that it imports by a path, and those import, whatever the folder they lie in;
 * of a package that is imported by its name, the version that is installed. What is imported by a computed name is
 * not seen.
 */
export const codeHashOf = async (file: string): Promise<string> => {
  const root = dirname(resolve(file));
  const parts = new Map<string, string>();
  const waiting = [resolve(file)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = relative(root, path);
    if (parts.has(name)) continue;
    const text = await readFile(path, 'utf8').catch(() => '');
    parts.set(name, text);
    for (const [, imported = ''] of text.matchAll(IMPORTS)) {
      if (imported.startsWith('.')) waiting.push(resolve(dirname(path), imported));
      else parts.set(`package ${packageOf(imported)}`, versionOfPackage(path, packageOf(imported)));
    }
  }
  const hash = createHash('sha256');
  for (const name of [...parts.keys()].sort()) hash.update(`${name}\0${parts.get(name)}\0`);
  return hash.digest('hex');
};

const packageOf = (imported: string): string =>
  imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/');

/** Nothing of a package that does not tell, and of what Node brings. */
const versionOfPackage = (from: string, name: string): string => {
  try {
    return (createRequire(from)(`${name}/package.json`) as { version?: string }).version ?? '';
  } catch {
    return '';
  }
};
