import { readRelayStatus, type StoredRelayStatus } from '../../services/outbox/index.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';

/** `relay status`: what MongoDB knows, whether or not a relay runs. */
export const showRelayStatus = async (context: CommandContext): Promise<ExitCode> => {
  const { db } = await context.mongo();
  const status = await readRelayStatus({ db, clock: context.clock });
  context.output.result(status, describe(status));
  return EXIT_CODES.ok;
};

const describe = (status: StoredRelayStatus): string =>
  [
    `leader     ${status.leader ?? 'nobody: start one with `banyan relay`'}`,
    `epoch      ${status.epoch}`,
    `lag        ${formatNumber(status.lagRows)} rows, ${status.lagSeconds.toFixed(1)} s`,
    `oldest     ${at(status.oldestUnacknowledgedAtMs, 'everything is acknowledged')}`,
    `position   ${at(status.tokenSavedAtMs, 'none yet')}`,
    ...troubleLines(status),
  ].join('\n');

const troubleLines = ({ trouble }: StoredRelayStatus): string[] =>
  trouble ? [`trouble    since ${new Date(trouble.sinceMs).toISOString()}: ${trouble.message}`] : [];

const at = (ms: number | null, never: string): string => (ms === null ? never : new Date(ms).toISOString());
