import { BanyanError, systemClock } from '../../../services/core/index.ts';

const READY_WITHIN_MS = 90_000;

/** The version of the OpenSearch that answers. @throws what the connection said. */
export const openSearchVersion = async (address: string): Promise<string> => {
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) });
  const { version } = (await answer.json()) as { version?: { number?: string; distribution?: string } };
  if (version?.distribution === 'opensearch' && version.number) return version.number;
  throw new BanyanError('not-opensearch', `what answers at ${address} is no OpenSearch`);
};

/** Resolves once the node answers. @throws BanyanError `not-ready` after a minute and a half. */
export const openSearchReady = async (address: string, signal: AbortSignal): Promise<void> => {
  const untilMs = systemClock.nowMs() + READY_WITHIN_MS;
  while (!(await answers(address))) {
    if (systemClock.nowMs() > untilMs) {
      throw new BanyanError('not-ready', `OpenSearch does not answer within ${READY_WITHIN_MS / 1_000} s`);
    }
    await systemClock.sleep(100, signal);
  }
};

const answers = (address: string): Promise<boolean> =>
  openSearchVersion(address).then(
    () => true,
    () => false,
  );
