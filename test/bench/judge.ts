import { NO_READINGS } from '../../proxy/metrics/readings.ts';
import { judge } from '../../proxy/ramp/judge.ts';
import { rampPlanSchema } from '../../proxy/ramp/ramp-plan.ts';
import { type Figure, measured } from './figure.ts';
import { type FailureStream, failuresOf } from './judging/failure-stream.ts';
import { kayentaFindsHigh } from './judging/kayenta.ts';
import { median } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';

type Run = BenchRun<{ runs: number; minutes: number }>;

/** Requests of both sides a minute. */
const TRAFFIC = { quiet: 400, steady: 2_000, busy: 20_000 };
type Traffic = keyof typeof TRAFFIC;

const WEIGHT_PERCENT = 5;
const FAILURE_RATE = 0.002;
/** How often an operator would ask a judge that looks at a table of minutes. */
const LOOK_EVERY_MINUTES = 5;
const PLAN = rampPlanSchema.parse({ steps: [{ weightPercent: WEIGHT_PERCENT, bakeMs: 0 }] });
const ALPHA_PERCENT = PLAN.guards.falseAlarmPercent;

interface Outcome {
  /** Requests of the candidate until our judge turned it back; `undefined` when it never did. */
  readonly candidateRequests: number | undefined;
  readonly kayentaAtTheEnd: boolean;
  /** Requests of the candidate until the first look at which Kayenta's rule found it. */
  readonly kayentaAtALook: number | undefined;
}

/** Asks ours at every failure of the candidate, since evidence rises at no other request. */
const judgeStream = (stream: FailureStream): Outcome => {
  const failures = { control: new Array<number>(stream.minutes).fill(0), candidate: [] as number[] };
  failures.candidate = failures.control.slice();
  let [control, candidate] = [0, 0];
  let candidateRequests: number | undefined;
  for (const failure of failuresOf(stream)) {
    const side = failure.candidate ? 'candidate' : 'control';
    failures[side][failure.minute] = (failures[side][failure.minute] ?? 0) + 1;
    if (failure.candidate) candidate++;
    else control++;
    if (!failure.candidate || candidateRequests !== undefined) continue;
    const evidence = judge(
      PLAN.guards,
      {
        ...NO_READINGS,
        firstFailures: {
          weightPercent: stream.weightPercent,
          control: { users: control, requests: failure.controlRequests },
          candidate: { users: candidate, requests: failure.candidateRequests },
        },
      },
      PLAN.steps.length,
    );
    if (evidence.some(({ verdict }) => verdict === 'against')) candidateRequests = failure.candidateRequests;
  }
  return { candidateRequests, ...kayentaOf(stream, failures) };
};

const kayentaOf = (
  { minutes, weightPercent, requestsPerMinute }: FailureStream,
  failures: { readonly control: readonly number[]; readonly candidate: readonly number[] },
): Omit<Outcome, 'candidateRequests'> => {
  const share = weightPercent / 100;
  const control = failures.control.map((count) => count / (requestsPerMinute * (1 - share)));
  const candidate = failures.candidate.map((count) => count / (requestsPerMinute * share));
  const findsAt = (minute: number) => kayentaFindsHigh(control.slice(0, minute), candidate.slice(0, minute));
  const looks = Array.from(
    { length: Math.floor(minutes / LOOK_EVERY_MINUTES) },
    (_, at) => (at + 1) * LOOK_EVERY_MINUTES,
  );
  const foundAt = looks.find(findsAt);
  return {
    kayentaAtTheEnd: findsAt(minutes),
    kayentaAtALook: foundAt === undefined ? undefined : foundAt * requestsPerMinute * share,
  };
};

const runsAt = (run: Run, traffic: Traffic, ratio: number, round: number): Outcome[] =>
  Array.from({ length: run.sizes.runs }, (_, at) =>
    judgeStream({
      weightPercent: WEIGHT_PERCENT,
      minutes: run.sizes.minutes,
      requestsPerMinute: TRAFFIC[traffic],
      failureRate: FAILURE_RATE,
      ratio,
      seed: (round * 100 + ratio) * 100_000 + at,
    }),
  );

const percentOf = (outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): number =>
  (outcomes.filter(holds).length * 100) / outcomes.length;

const figuresAt = (run: Run, traffic: Traffic, ratio: number): Figure[] => {
  const rounds = Array.from({ length: run.rounds }, (_, round) => runsAt(run, traffic, ratio, round));
  const what = `${traffic}, ${ratio === 1 ? 'false alarms, A/A' : `found, ${ratio} × errors`}`;
  run.say(`${what}: ${run.rounds} × ${run.sizes.runs} runs`);
  const share = (who: string, holds: (outcome: Outcome) => boolean, goal?: { atMost: number }) =>
    measured({
      figure: `${what}: ${who}`,
      unit: '% of runs',
      values: rounds.map((outcomes) => percentOf(outcomes, holds)),
      ...(goal ? { goal } : {}),
    });
  const ours = (outcome: Outcome) => outcome.candidateRequests !== undefined;
  const until = (who: string, found: (outcome: Outcome) => number | undefined) =>
    measured({
      figure: `${what}: ${who}`,
      unit: 'candidate requests',
      values: rounds.map((outcomes) => median(outcomes.flatMap((outcome) => found(outcome) ?? []))),
    });
  return [
    share('the judge, at every request', ours, ratio === 1 ? { atMost: ALPHA_PERCENT } : undefined),
    share('Kayenta’s rule, once at the end', ({ kayentaAtTheEnd }) => kayentaAtTheEnd),
    share(
      `Kayenta’s rule, every ${LOOK_EVERY_MINUTES} minutes`,
      ({ kayentaAtALook }) => kayentaAtALook !== undefined,
    ),
    ...(ratio === 1
      ? []
      : [
          until('the judge, median until then', ({ candidateRequests }) => candidateRequests),
          until('Kayenta’s rule, median until then', ({ kayentaAtALook }) => kayentaAtALook),
        ]),
  ];
};

await runBench({
  name: 'judge',
  rounds: 1,
  sizes: { runs: 1_000, minutes: 60 },
  parts: Object.keys(TRAFFIC),
  measure: async (run: Run) =>
    (Object.keys(TRAFFIC) as Traffic[])
      .filter((traffic) => run.wants(traffic))
      .flatMap((traffic) => [1, 2, 5, 10].flatMap((ratio) => figuresAt(run, traffic, ratio)))
      // Nobody found it, so that there is no median either.
      .filter(({ value }) => !Number.isNaN(value)),
});
