import type { ClientErrors } from './client-errors.ts';
import type { Answer, Call, HttpClient } from './http-client.ts';

/** How the requests of one step on one route went. */
export interface StepReading {
  route: string;
  requests: number;
  /** Requests that the candidate answered. */
  candidate: number;
  /** Which of the users those were. */
  candidates: Set<number>;
  /** Answers of 500 and above, or broken connections, as clients saw them. */
  errors: number;
  /** Latency samples in milliseconds. */
  controlMs: number[];
  candidateMs: number[];
}

export interface StepOptions {
  readonly route: string;
  /** Required. As many distinct users as requests: each asks once. */
  readonly requests: number;
  readonly concurrency: number;
  /** The request of the `n`th user. */
  readonly request: (n: number) => Call;
  /** Receives the reading, which grows while the step goes on. */
  readonly onBegin?: (reading: StepReading) => void;
  readonly signal: AbortSignal;
}

/** Puts one step's readers through the proxy and says how they fared on either side. */
export const readStep = async (
  parts: { http: HttpClient; errors: ClientErrors },
  options: StepOptions,
): Promise<StepReading> => {
  const reading: StepReading = {
    route: options.route,
    requests: 0,
    candidate: 0,
    candidates: new Set(),
    errors: 0,
    controlMs: [],
    candidateMs: [],
  };
  options.onBegin?.(reading);
  let next = 0;
  const reader = async (): Promise<void> => {
    while (next < options.requests && !options.signal.aborted) {
      const user = next++;
      const call = options.request(user);
      const answer = await parts.http.call(call).catch((error: Error) => error);
      note(reading, user, answer);
      if (parts.errors.note(`${call.method} of route ${options.route}`, answer)) reading.errors += 1;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, reader));
  options.signal.throwIfAborted();
  return reading;
};

const note = (reading: StepReading, user: number, answer: Answer | Error): void => {
  reading.requests += 1;
  if (answer instanceof Error) return;
  if (answer.side === 'candidate') {
    reading.candidate += 1;
    reading.candidates.add(user);
    reading.candidateMs.push(answer.ms);
  } else {
    reading.controlMs.push(answer.ms);
  }
};

/** The value below which `share` of the samples lie; null without samples. */
export const quantile = (samples: readonly number[], share: number): number | null => {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1);
  const value = sorted[Math.max(0, at)];
  return value === undefined ? null : Math.round(value * 100) / 100;
};
