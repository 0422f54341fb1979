import type { StepReading } from './reader-load.ts';
import { quantile } from './reader-load.ts';

export interface CopyCounts {
  readonly read: number;
  readonly written: number;
  readonly stale: number;
  readonly rejected: number;
}

/** One step of the dial on one route, as clients saw it. */
export interface CanaryStep {
  readonly route: string;
  readonly weightPercent: number;
  /** Per cent of the users that the candidate answered. */
  readonly share: number;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly control: { readonly p50Ms: number | null; readonly p99Ms: number | null };
  readonly candidate: { readonly p50Ms: number | null; readonly p99Ms: number | null };
}

/** The whole story of a demo, as `--json FILE` writes it. */
export interface DemoReport {
  users: number;
  phases: { name: string; ms: number }[];
  backfill: { search?: CopyCounts; profiles?: CopyCounts };
  verify: { when: string; plan: string; compared: number; mismatches: number }[];
  canary: CanaryStep[];
  /** Writes that were acknowledged while all of this went on. */
  acknowledgedWrites: number;
  clientErrors5xx: number;
  lostWrites: number;
  /** Requests that the control answered after the candidate had failed. */
  rescued: number;
  /** The most memory that our own processes took together (PSS), Lambdas included, in MiB. */
  peakMemoryMiB: number;
  elapsedMs: number;
  ok: boolean;
  /** Why it is not ok, a sentence each. */
  failures: string[];
}

export const emptyReport = (users: number): DemoReport => ({
  users,
  phases: [],
  backfill: {},
  verify: [],
  canary: [],
  acknowledgedWrites: 0,
  clientErrors5xx: 0,
  lostWrites: 0,
  rescued: 0,
  peakMemoryMiB: 0,
  elapsedMs: 0,
  ok: false,
  failures: [],
});

export const canaryStep = (weightPercent: number, reading: StepReading): CanaryStep => {
  const both = [...reading.controlMs, ...reading.candidateMs];
  const latency = (samples: readonly number[]) => ({
    p50Ms: quantile(samples, 0.5),
    p99Ms: quantile(samples, 0.99),
  });
  return {
    route: reading.route,
    weightPercent,
    share: reading.requests === 0 ? 0 : Math.round((reading.candidate / reading.requests) * 10_000) / 100,
    requests: reading.requests,
    errors: reading.errors,
    ...latency(both),
    control: latency(reading.controlMs),
    candidate: latency(reading.candidateMs),
  };
};
