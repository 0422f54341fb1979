import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BanyanError } from '../../../services/core/index.ts';
import { programOnPath, runProgram, saidOf } from './run-program.ts';

/** A Python 3 and what it can install with. */
export interface Python {
  readonly program: string;
  /** `3.11`. */
  readonly version: string;
  /** Its own `pip`, or the one that `venv` brings. */
  readonly installer: 'pip' | 'venv';
}

// Nothing but the core: a minimal Python has no json.
const ABOUT = `
import importlib.util, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(sys.executable)
print('%d.%d' % sys.version_info[:2])
print('pip' if has('pip') else 'venv' if has('venv') and has('ensurepip') else 'none')
`;

const OLDEST = 10;

/** The `python3` on the search path, 3.10 or newer, that can install packages; otherwise a sentence on what is missing. */
export const findPython = async (path: string): Promise<Python | { readonly why: string }> => {
  const program = programOnPath('python3', path);
  if (!program) return { why: 'there is no python3 on the PATH' };
  try {
    const printed = await runProgram(program, ['-c', ABOUT], { timeoutMs: 20_000 });
    const [executable = program, version = '', installer] = printed.trim().split('\n');
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major !== 3 || minor < OLDEST) return { why: `python3 is ${version}, 3.${OLDEST} is needed` };
    if (installer === 'pip' || installer === 'venv') return { program: executable, version, installer };
    return { why: 'python3 has neither pip nor venv (Debian, Ubuntu: apt-get install python3-venv)' };
  } catch (thrown) {
    return { why: `python3 does not work: ${saidOf(thrown)}` };
  }
};

export interface PipInstallOptions {
  readonly python: Python;
  /** Required. A requirements file with a hash for everything it names. */
  readonly requirements: string;
  /** Required. The folder that gets the packages. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs pinned wheels into a folder of ours, leaving the system's packages alone.
 * @throws BanyanError `pip-failed` with the end of what pip printed.
 */
export const pipInstall = async (options: PipInstallOptions): Promise<void> => {
  const { python } = options;
  if (python.installer === 'pip') return install(python.program, options);
  const venv = await mkdtemp(join(tmpdir(), 'banyan-venv-'));
  try {
    await runProgram(python.program, ['-m', 'venv', venv], { signal: options.signal });
    await install(join(venv, 'bin', 'python3'), options);
  } finally {
    await rm(venv, { recursive: true, force: true });
  }
};

// A person's pip configuration (an index, a proxy) stays in force, save for what contradicts a folder of our own.
const PIP_ENV = {
  PIP_USER: '0',
  PIP_REQUIRE_VIRTUALENV: '0',
  PIP_ROOT_USER_ACTION: 'ignore',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
};

const install = async (
  program: string,
  { requirements, folder, signal }: PipInstallOptions,
): Promise<void> => {
  const flags = ['--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes', '--retries', '2'];
  try {
    await runProgram(
      program,
      ['-m', 'pip', 'install', ...flags, '--target', folder, '--requirement', requirements],
      { env: { ...process.env, ...PIP_ENV }, signal },
    );
  } catch (cause) {
    throw new BanyanError('pip-failed', `pip cannot install: ${saidOf(cause)}`, { cause });
  }
};
