import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const BLOCK = /^```(?:ts|js)\n\/\/ ([\w.-]+\.[jt]s)\b[^\n]*\n[\s\S]*?^```$/gm;

/** The programs of a README, by the file that each names in its first line, as they stand there. */
export const programsOf = (readme: string): ReadonlyMap<string, string> => {
  const text = readFileSync(join(ROOT, readme), 'utf8');
  return new Map(
    [...text.matchAll(BLOCK)].map(([block, file = '']) => [file, block.split('\n').slice(1, -1).join('\n')]),
  );
};

/** The first JSON example of a README. */
export const jsonOf = (readme: string): unknown => {
  const [, json] = /^```json\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, readme), 'utf8')) ?? [];
  if (json === undefined) throw new Error(`${readme} has no JSON`);
  return JSON.parse(json);
};
