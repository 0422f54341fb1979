import { once } from 'node:events';
import { pino } from 'pino';
import { type DialKind, type RampTicked, startRamps } from '../../proxy/index.ts';
import { dialOf, dialPart } from './canary-dial.ts';
import { readingsOf } from './canary-readings.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** `canary ramp run`: carries out the ramps of all routes until it is interrupted, without a proxy. */
export const runRampController = async (context: CommandContext, kind: DialKind): Promise<ExitCode> => {
  const { output, clock } = context;
  const { ramps, routes } = await dialPart(context, kind);
  const { hook } = ramps;
  const names = Object.keys(routes);
  const store = await context.controlStore();
  const dial = await dialOf(context, kind);
  const shown = new Map<string, string>();
  const show = (ticked: RampTicked) => {
    const line = lineOf(ticked);
    if (line !== shown.get(ticked.route)) output.result({ event: 'ramp', ...ticked }, line);
    shown.set(ticked.route, line);
  };
  const running = startRamps({
    store,
    routes: names,
    scope: kind,
    dial,
    readings: await readingsOf(context, kind, dial),
    clock,
    log: pino({ level: 'silent' }),
    ...(hook ? { hook } : {}),
    observe: {
      ticked: show,
      led: (leads) =>
        output.result(
          { event: 'led', leads },
          leads ? 'this controller acts now' : 'another controller acts: this one stands by',
        ),
      failed: (message) => output.warn(`ramps hold, since they cannot be looked at: ${message}`),
    },
  });
  context.onClose(() => running.close());
  output.result(
    { event: 'started', routes: names },
    `watching the ramps of ${names.join(', ')}; Ctrl-C stops`,
  );
  if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
  return EXIT_CODES.ok;
};

/** Without the numbers that change at every look. */
const lineOf = ({ route, happened, trouble }: RampTicked): string => {
  const { phase, step, decision } = happened;
  const at = step ? ` at ${step.weightPercent} %` : '';
  if (trouble !== undefined) return `${route}: ${phase}${at}, in trouble: ${trouble}`;
  return `${route}: ${phase}${at}${decision ? `, ${decision.action} (${decision.cause})` : ''}`;
};
