import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE_ALIASES, BUNDLE_BANNER, OPTIONAL_NATIVE_MODULES } from '../../infra/constructs/bundling.ts';

const INVOKE = `
  const [file, event] = process.argv.slice(-2);
  const { handler } = await import(file);
  console.log('ANSWER' + JSON.stringify(await handler(JSON.parse(event))));
  process.exit();
`;

export interface BundledHandler {
  /** Without the AWS SDK. */
  readonly bytes: number;
  /** Invokes it in a process of its own, as Lambda does; answers what it answered and what it wrote. */
  invoke(
    event: object,
    env: { readonly [name: string]: string },
  ): Promise<{ answer: unknown; lines: string[] }>;
  remove(): Promise<void>;
}

/** Bundles a handler as for Lambda, but leaves the AWS SDK out, so that the rest can be weighed. */
export const bundleHandler = async (entry: string): Promise<BundledHandler> => {
  // Inside the project, so that what was left out is found.
  await mkdir('.cache', { recursive: true });
  const folder = await mkdtemp(resolve('.cache/bundle-'));
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*', ...OPTIONAL_NATIVE_MODULES],
    alias: { ...BUNDLE_ALIASES },
    banner: { js: BUNDLE_BANNER },
    logLevel: 'error',
  });
  return {
    bytes: (await stat(outfile)).size,
    invoke: (event, env) => invoke(outfile, event, env),
    remove: () => rm(folder, { recursive: true }),
  };
};

const invoke = async (file: string, event: object, env: { readonly [name: string]: string }) => {
  const args = ['--input-type=module', '-e', INVOKE, '--', file, JSON.stringify(event)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, timeout: 15_000 });
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
  const answer = lines.find((line) => line.startsWith('ANSWER'))?.slice('ANSWER'.length);
  return {
    answer: answer === undefined || answer === 'undefined' ? undefined : JSON.parse(answer),
    lines: lines.filter((line) => !line.startsWith('ANSWER')),
  };
};
