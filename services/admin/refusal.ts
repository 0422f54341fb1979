import { BanyanError } from '../core/index.ts';

/** Why a request is not granted, for programs, and the status that says it; the sentence is the message. */
export const REFUSALS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'wrong-host': 403,
  'wrong-origin': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'revision-conflict': 409,
  'too-large': 413,
  'not-json': 415,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** What is wrong with one part of a request; it repeats no value. */
export interface Problem {
  /** `body.weightPercent` */
  readonly path: string;
  readonly message: string;
}

/** A request that is answered with an error: the client learns the code, the message, and no more. */
export class Refusal extends BanyanError {
  readonly status: number;
  readonly problems: readonly Problem[];

  constructor(code: RefusalCode, message: string, options: { problems?: readonly Problem[] } = {}) {
    super(code, message);
    this.status = REFUSALS[code];
    this.problems = options.problems ?? [];
  }
}
