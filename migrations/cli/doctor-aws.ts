import type { DoctorCheck } from './doctor-report.ts';

const WITHIN_MS = 2_000;

/** Where clients of AWS are sent to, and whether a local endpoint answers at all, whatever it says. */
export const checkAws = async (endpoint: string | undefined): Promise<DoctorCheck> => {
  const name = 'Its AWS';
  if (!endpoint) return { name, status: 'ok', detail: "AWS itself, by the SDK's own settings" };
  try {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(WITHIN_MS) });
    await answer.body?.cancel();
    return { name, status: 'ok', detail: `AWS_ENDPOINT_URL, ${endpoint}` };
  } catch {
    return { name, status: 'absent', detail: `AWS_ENDPOINT_URL, ${endpoint}, does not answer` };
  }
};
