import { dirname } from 'node:path';
import { BanyanError, systemClock } from '../../../services/core/index.ts';

const READY_WITHIN_MS = 60_000;

/** The environment of a MiniStack that serves one person's machine, on the loopback, and starts nothing else. */
export const ministackSettings = (port: number): { readonly [name: string]: string } => ({
  BIND_HOST: '127.0.0.1',
  GATEWAY_PORT: String(port),
  LOG_LEVEL: 'WARNING',
  LAMBDA_EXECUTOR: 'local',
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
});

/** The search path of Lambdas: they run with the first `node` there, which has to be ours. */
export const lambdaPath = (path: string): string => `${dirname(process.execPath)}:${path}`;

/** Resolves once MiniStack answers. @throws BanyanError `not-ready` after a minute. */
export const ministackReady = async (address: string, signal: AbortSignal): Promise<void> => {
  const untilMs = systemClock.nowMs() + READY_WITHIN_MS;
  while (!(await healthy(address))) {
    if (systemClock.nowMs() > untilMs) {
      throw new BanyanError('not-ready', `MiniStack does not answer within ${READY_WITHIN_MS / 1000} s`);
    }
    await systemClock.sleep(50, signal);
  }
};

const healthy = async (address: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${address}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
};
