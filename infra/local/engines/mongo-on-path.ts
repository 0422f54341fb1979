import { BanyanError } from '../../../services/core/index.ts';
import type { Choice } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { startMongod } from './mongod-process.ts';
import { programOnPath, runProgram, saidOf } from './run-program.ts';

const OLDEST = 6;
const VERSION = /db version v((\d+)\.\d+\.\d+)/;

type Found = { readonly program: string; readonly origin: string } | { readonly why: string };

/** The machine's own mongod, 6.0 or newer. */
export const mongoOnPath = ({ path, mongoDataFolder, mongoMembers }: EngineOptions): Choice => ({
  name: 'mongod on the PATH',
  look: async () => {
    const found = await find(path);
    if ('why' in found) return { availability: 'missing', detail: found.why };
    return { availability: 'ready', detail: found.origin };
  },
  start: async () => {
    const found = await find(path);
    if ('why' in found) throw new BanyanError('no-mongod', found.why);
    return startMongod({ ...found, dataFolder: mongoDataFolder, members: mongoMembers });
  },
});

const find = async (path: string): Promise<Found> => {
  const program = programOnPath('mongod', path);
  if (!program) return { why: 'there is no mongod on the PATH' };
  try {
    const printed = await runProgram(program, ['--version'], { timeoutMs: 10_000 });
    const [, version = 'of an unknown version', major = '0'] = VERSION.exec(printed) ?? [];
    if (Number(major) < OLDEST) return { why: `${program} is ${version}, ${OLDEST}.0 is needed` };
    return { program, origin: `mongod ${version} at ${program}` };
  } catch (thrown) {
    return { why: saidOf(thrown) };
  }
};
