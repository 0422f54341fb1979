import { UnavailableError } from '../../services/core/index.ts';
import type { ShadowReport } from './shadow-record.ts';

/**
 * What one proxy has found, by route, as its admin listener tells it.
 * @throws UnavailableError when it does not answer.
 */
export const shadowReportsAt = async (
  adminAddress: string,
): Promise<{ readonly [route: string]: ShadowReport | undefined }> => {
  try {
    const response = await fetch(new URL('/shadow', adminAddress), { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return (await response.json()) as { [route: string]: ShadowReport };
  } catch (cause) {
    throw new UnavailableError("the proxy's admin listener", adminAddress, { cause });
  }
};
