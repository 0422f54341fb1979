import type { Command } from 'commander';
import type { Run } from './command.ts';
import { type DialFlag, dialOption } from './dial-option.ts';

interface StartFlags extends DialFlag {
  readonly plan?: string;
  readonly why?: string;
  readonly yes?: boolean;
}

/** Adds `banyan canary ramp start|pause|resume|abort|status|run`. */
export const addCanaryRamp = (canary: Command, run: Run): void => {
  const group = canary
    .command('ramp')
    .description('Let a route climb by itself, step by step, and turn back when the candidate fails.');
  group
    .command('start <route>')
    .description("Start a ramp where the dial is, by the route's plan.")
    .option('--plan <name>', "a plan of ramps.plans, in place of the route's")
    .option('--why <text>', 'for the history', '')
    .option('--yes', 'do not ask', false)
    .addOption(dialOption())
    .action((route: string, { dial: kind, plan, why = '', yes = false }: StartFlags) =>
      run(async (context) =>
        (await import('./canary-ramp.ts')).startRamp(context, { kind, route, plan, why, yes }),
      ),
    );
  const orders = {
    pause: 'Stay at this step. Guards go on watching, and turn it back if they must.',
    resume: 'Go on after a pause, or from a step that waits for somebody.',
    abort: 'End the ramp and leave the dial where it is; `canary rollback` ends it and turns the dial to 0.',
  } as const;
  for (const action of ['pause', 'resume', 'abort'] as const) {
    group
      .command(`${action} <route>`)
      .description(orders[action])
      .option('--why <text>', 'for the history', '')
      .addOption(dialOption())
      .action((route: string, { dial: kind, why = '' }: DialFlag & { why?: string }) =>
        run(async (context) =>
          (await import('./canary-ramp.ts')).orderRamp(context, { kind, route, action, why }),
        ),
      );
  }
  group
    .command('status <route>')
    .description('Show what is wanted, what happened, and the last decision with its evidence.')
    .addOption(dialOption())
    .action((route: string, { dial: kind }: DialFlag) =>
      run(async (context) => (await import('./canary-ramp.ts')).showRamp(context, kind, route)),
    );
  group
    .command('run')
    .description('Carry out ramps without a proxy, as for a canary mounted in the monolith. Ctrl-C stops.')
    .addOption(dialOption())
    .action(({ dial: kind }: DialFlag) =>
      run(async (context) => (await import('./canary-ramp-run.ts')).runRampController(context, kind)),
    );
};
