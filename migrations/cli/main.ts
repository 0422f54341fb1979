#!/usr/bin/env node
import { Command, type Option } from 'commander';
import pc from 'picocolors';
import { addAdmin } from './admin.ts';
import { addBackfill } from './backfill.ts';
import { addCanary } from './canary.ts';
import { addCapture } from './capture.ts';
import { addCertificate } from './certificate.ts';
import type { AddCommand, Run } from './command.ts';
import { defaultConfigFile, loadConfig } from './config.ts';
import { createContext } from './context.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { exitCodeOf, explain } from './failures.ts';
import { createOutput } from './output.ts';
import { addProxy } from './proxy.ts';
import { addQuarantine } from './quarantine.ts';
import { addRelay } from './relay.ts';
import { addRepair } from './repair.ts';
import { addSink } from './sink.ts';
import { addUnexplained } from './unexplained.ts';
import { addVerify } from './verify.ts';

const COMMANDS: readonly AddCommand[] = [
  addDemo,
  addBackfill,
  addVerify,
  addRepair,
  addCertificate,
  addRelay,
  addCapture,
  addCanary,
  addProxy,
  addAdmin,
  addDoctor,
  addQuarantine,
  addSink,
  addUnexplained,
];

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(EXIT_CODES.interrupted);
    interrupted.abort(new Error('interrupted'));
  });
}

// `banyan … | head` stops reading: as with Ctrl-C, what is under way is finished, and nobody is there to be told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => interrupted.abort(new Error('nobody reads the output')));
}

/** Those of the program, whose own help names them already: of a group, only its own help names the options. */
const visibleGlobalOptions = (command: Command): Option[] => {
  if (!command.parent) return [];
  let root = command.parent;
  while (root.parent) root = root.parent;
  return [...root.options];
};

/** `cannotTell` is `cannot tell`. */
const inWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const program = new Command('banyan')
  .description(
    'Moves a feature out of a Node/MongoDB monolith into serverless services while both keep running.',
  )
  .option('--config <file>', 'the configuration', defaultConfigFile())
  .option('--json', 'answer in JSON, one value a line', false)
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage))
  .addHelpText(
    'after',
    `\nExit codes: ${Object.entries(EXIT_CODES)
      .map(([meaning, code]) => `${code} ${inWords(meaning)}`)
      .join(', ')}`,
  );

const run: Run = async (body) => {
  const { config, json } = program.opts<{ config: string; json: boolean }>();
  const context = createContext({
    config: () => loadConfig(config, process.env),
    output: createOutput({ json }),
    interrupted: interrupted.signal,
  });
  try {
    process.exitCode = await body(context);
  } catch (thrown) {
    const said = interrupted.signal.aborted ? 'interrupted' : `${pc.red('error:')} ${explain(thrown)}`;
    process.stderr.write(`${said}\n`);
    process.exitCode = exitCodeOf(thrown, interrupted.signal.aborted);
  } finally {
    await context.close();
  }
};

for (const add of COMMANDS) add(program, run);
await program.parseAsync();
