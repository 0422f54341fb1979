import { createInterface } from 'node:readline';
import { Option } from 'commander';
import { DIAL_KINDS, type DialKind } from './canary-dial.ts';
import { previewCanary } from './canary-preview.ts';
import { setCanary } from './canary-set.ts';
import { showShadow } from './canary-shadow.ts';
import { getCanary, showHistory } from './canary-show.ts';
import type { AddCommand } from './command.ts';

interface DialFlag {
  readonly dial: DialKind;
}

interface SetFlags extends DialFlag {
  readonly why?: string;
  readonly yes?: boolean;
}

/** Adds `banyan canary get|set|rollback|history|preview|shadow`. */
export const addCanary: AddCommand = (program, run) => {
  const group = program.command('canary').description("Read and turn the dial of the proxy's routes.");
  group
    .command('get [route]')
    .description('Show the weights as they are set, with who set them and why.')
    .addOption(dialOption())
    .action((route: string | undefined, { dial }: DialFlag) =>
      run((context) => getCanary(context, dial, route)),
    );
  group
    .command('set <route> <percent>')
    .description('Give the candidate a share of the traffic: 0 to 100 in steps of 0.01.')
    .option('--why <text>', 'for the history', '')
    .option('--yes', 'do not ask', false)
    .addOption(dialOption())
    .action((route: string, percent: string, { dial: kind, why = '', yes = false }: SetFlags) =>
      run((context) => setCanary(context, { kind, route, percent, why, yes, mayOverwrite: false })),
    );
  group
    .command('rollback <route>')
    .description('Send everything back to the control, at once and unasked.')
    .option('--why <text>', 'for the history', 'rollback')
    .addOption(dialOption())
    .action((route: string, { dial: kind, why = 'rollback' }: SetFlags) =>
      run((context) => setCanary(context, { kind, route, percent: '0', why, yes: true, mayOverwrite: true })),
    );
  group
    .command('history <route>')
    .description('Show who turned the dial, when, from what to what, and why; newest first.')
    .option('--limit <n>', 'at most so many changes', '20')
    .addOption(dialOption())
    .action((route: string, { dial: kind, limit }: DialFlag & { limit: string }) =>
      run((context) => showHistory(context, { kind, route, limit })),
    );
  group
    .command('preview <route>')
    .description('Say which of the keys on stdin (one a line) would move.')
    .requiredOption('--to <percent>', 'the weight to try')
    .option('--credentials', 'the keys are tokens or session cookies: hash them as the proxy does', false)
    .action((route: string, options: { to: string; credentials: boolean }) =>
      run((context) => previewCanary(context, { route, ...options, lines: stdinLines() })),
    );
  group
    .command('shadow <route>')
    .description('Show how the answers of both sides differ, with redacted samples, as one proxy has found.')
    .option('--admin <url>', "the proxy's admin listener; the configured one by default")
    .action((route: string, { admin }: { admin?: string }) =>
      run((context) => showShadow(context, { route, admin })),
    );
};

const dialOption = (): Option =>
  new Option('--dial <dial>', "what shares the traffic: Banyan's proxy, or a load balancer's rules")
    .choices(DIAL_KINDS)
    .default('proxy');

const stdinLines = (): AsyncIterable<string> | undefined => (process.stdin.isTTY ? undefined : readLines());

/** Opens stdin when the first line is asked for: lines that come before anybody listens are lost. */
const readLines = async function* () {
  yield* createInterface({ input: process.stdin });
};
