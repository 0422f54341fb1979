import { createInterface } from 'node:readline';
import { forceSide } from './canary-force.ts';
import { pinUser, unpinUser } from './canary-pin.ts';
import { previewCanary } from './canary-preview.ts';
import { addCanaryRamp } from './canary-ramp-commands.ts';
import { setCanary } from './canary-set.ts';
import { showShadow } from './canary-shadow.ts';
import { getCanary, showHistory } from './canary-show.ts';
import { watchCanary } from './canary-watch.ts';
import type { AddCommand } from './command.ts';
import { type DialFlag, dialOption } from './dial-option.ts';

interface SetFlags extends DialFlag {
  readonly cohort?: string;
  readonly why?: string;
  readonly yes?: boolean;
}

interface HistoryFlags extends DialFlag {
  readonly cohort?: string;
  readonly pins: boolean;
  readonly limit: string;
}

interface PreviewFlags extends DialFlag {
  readonly cohort?: string;
  readonly to: string;
  readonly credentials: boolean;
}

interface PinFlags {
  readonly side: string;
  readonly for?: string;
  readonly credentials: boolean;
  readonly why: string;
}

const COHORT = ['--cohort <name>', 'of the route: users with a weight of their own'] as const;
const CREDENTIALS = '--credentials';

/** Adds `banyan canary get|set|rollback|history|preview|pin|unpin|force|shadow|watch|ramp`. */
export const addCanary: AddCommand = (program, run) => {
  const group = program.command('canary').description("Read and turn the dial of the proxy's routes.");
  group
    .command('get [route]')
    .description('Show the weights as they are set, with who set them and why; cohorts and pins too.')
    .addOption(dialOption())
    .action((route: string | undefined, { dial }: DialFlag) =>
      run((context) => getCanary(context, dial, route)),
    );
  group
    .command('set <route> <percent>')
    .description('Give the candidate a share of the traffic: 0 to 100 in steps of 0.01.')
    .option(...COHORT)
    .option('--why <text>', 'for the history', '')
    .option('--yes', 'do not ask', false)
    .addOption(dialOption())
    .action((route: string, percent: string, { dial: kind, cohort, why = '', yes = false }: SetFlags) =>
      run((context) => setCanary(context, { kind, route, cohort, percent, why, yes, mayOverwrite: false })),
    );
  group
    .command('rollback <route>')
    .description(
      'Send everything back to the control, cohorts, allowed and pinned users too, at once and unasked.',
    )
    .option('--why <text>', 'for the history', 'rollback')
    .addOption(dialOption())
    .action((route: string, { dial: kind, why = 'rollback' }: SetFlags) =>
      run((context) => setCanary(context, { kind, route, percent: '0', why, yes: true, mayOverwrite: true })),
    );
  group
    .command('history <route>')
    .description(
      'Show who turned the dial, when, from what to what, and why, and what ramps did; newest first.',
    )
    .option(...COHORT)
    .option('--pins', 'show who was pinned instead', false)
    .option('--limit <n>', 'at most so many changes', '20')
    .addOption(dialOption())
    .action((route: string, { dial: kind, ...options }: HistoryFlags) =>
      run((context) => showHistory(context, { kind, route, ...options })),
    );
  group
    .command('preview <route>')
    .description(
      'Say how many users would move, and which of the keys on stdin (one a line). Testers, and those whom the candidate has failed lately, may be elsewhere.',
    )
    .requiredOption('--to <percent>', 'the weight to try')
    .option('--cohort <name>', 'turn its dial instead; the keys are its users')
    .option(CREDENTIALS, 'the keys are tokens or session cookies: hash them as the proxy does', false)
    .addOption(dialOption())
    .action((route: string, { dial: kind, ...options }: PreviewFlags) =>
      run((context) => previewCanary(context, { kind, route, ...options, lines: stdinLines() })),
    );
  group
    .command('pin <route> <key>')
    .description(
      'Put one user on a side, whatever the weight is; his key is what a key source of the route says of him.',
    )
    .requiredOption('--side <side>', 'control or candidate')
    .option('--for <time>', 'as 30m, 1h or 2d; until unpinned by default')
    .option(CREDENTIALS, 'the key is a token or a session cookie: only its hash is kept', false)
    .option('--why <text>', 'for the history', '')
    .action((route: string, key: string, flags: PinFlags) =>
      run((context) => pinUser(context, { route, key, ...flags })),
    );
  group
    .command('unpin <route> <key>')
    .description('Leave a user to the weight again.')
    .option(CREDENTIALS, 'the key is a token or a session cookie', false)
    .option('--why <text>', 'for the history', '')
    .action((route: string, key: string, flags: Pick<PinFlags, 'credentials' | 'why'>) =>
      run((context) => unpinUser(context, { route, key, ...flags })),
    );
  group
    .command('force <route>')
    .description(
      "Make a tester's link and cookie, signed by the proxy's secrets: whoever has it is on that side.",
    )
    .requiredOption('--side <side>', 'control or candidate')
    .option('--for <time>', 'as 30m, 1h or 2d', '1h')
    .action((route: string, options: { side: string; for: string }) =>
      run((context) => forceSide(context, { route, ...options })),
    );
  group
    .command('shadow <route>')
    .description('Show how the answers of both sides differ, with redacted samples, as one proxy has found.')
    .option('--admin <url>', "the proxy's admin listener; the configured one by default")
    .action((route: string, { admin }: { admin?: string }) =>
      run((context) => showShadow(context, { route, admin })),
    );
  group
    .command('watch [route]')
    .description('Show weights, shares, errors and latency of both sides, and the ramp, live. Ctrl-C ends.')
    .option('--once', 'look once, and end', false)
    .addOption(dialOption())
    .action((route: string | undefined, { dial: kind, once }: DialFlag & { once: boolean }) =>
      run((context) => watchCanary(context, { kind, route, once })),
    );
  addCanaryRamp(group, run);
};

const stdinLines = (): AsyncIterable<string> | undefined => (process.stdin.isTTY ? undefined : readLines());

/** Opens stdin when the first line is asked for: lines that come before anybody listens are lost. */
const readLines = async function* () {
  yield* createInterface({ input: process.stdin });
};
