import { type Random, seededRandom } from '../../scenarios/simulation/random.ts';

/** One simulated canary: requests of users who come once, and fail by chance. */
export interface FailureStream {
  readonly weightPercent: number;
  readonly minutes: number;
  /** Of both sides, a minute. */
  readonly requestsPerMinute: number;
  /** Of the control, 0 to 1. */
  readonly failureRate: number;
  /** Times the control's rate that the candidate's is. */
  readonly ratio: number;
  readonly seed: number;
}

/** A failure, and how many requests each side had had until then, it included. */
export interface SimulatedFailure {
  readonly minute: number;
  readonly candidate: boolean;
  readonly controlRequests: number;
  readonly candidateRequests: number;
}

/**
 * The failures of a stream in their order. Successes are skipped over, since nobody asks about them: the requests
 * from one failure to the next are a geometric number.
 */
export const failuresOf = function* (stream: FailureStream): Generator<SimulatedFailure> {
  const random = seededRandom(stream.seed);
  const share = stream.weightPercent / 100;
  const ofCandidate = share * stream.failureRate * stream.ratio;
  const rate = ofCandidate + (1 - share) * stream.failureRate;
  const total = stream.minutes * stream.requestsPerMinute;
  let candidateRequests = 0;
  let requests = 0;
  for (;;) {
    const skipped = Math.floor(Math.log(1 - random()) / Math.log(1 - rate));
    if (requests + skipped >= total) return;
    const candidate = random() < ofCandidate / rate;
    candidateRequests += binomialOf(random, skipped, share) + (candidate ? 1 : 0);
    requests += skipped + 1;
    yield {
      minute: Math.floor((requests - 1) / stream.requestsPerMinute),
      candidate,
      controlRequests: requests - candidateRequests,
      candidateRequests,
    };
  }
};

/** Of so many requests, how many are the candidate's: from one of its to the next is a geometric number again. */
const binomialOf = (random: Random, trials: number, share: number): number => {
  let hits = -1;
  for (let passed = 0; passed <= trials; hits++)
    passed += 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - share));
  return hits;
};
