import {
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HandedBack } from '../../../migrations/backfill/step-functions/partition-task.ts';
import { entityKeyOf } from '../../../services/core/index.ts';
import { MIXED_IDS } from '../../contract/source-contract.ts';
import { deployMachine, WORKERS_AT_ONCE } from '../../support/deployed-machine.ts';
import { eventually } from '../../support/eventually.ts';
import { type Ended, resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

/** Each partition takes a worker longer than it may take: at 700 ms for each batch of ten, one at a time. */
const SLOW = { THINGS_PUT_MS: '700', THINGS_BATCHES_AT_ONCE: '1' };
const MANY = 400;
const IDS = [...MIXED_IDS.filter((id) => id !== ''), ...Array.from({ length: MANY }, (_, i) => 1_000 + i)];
const PATIENT_MS = 180_000;
const RUN = ['backfill', 'run', 'things', '--on', 'step-functions'];

describe('a backfill on Step Functions', () => {
  let things: Things;
  let sfn: SFNClient;
  let variables: { readonly [name: string]: string };
  beforeAll(async () => {
    things = await makeThings();
    sfn = new SFNClient(things.aws);
    await things.insert(IDS.map((_id) => ({ _id, name: `thing ${entityKeyOf(_id)}` })));
    ({ variables } = await deployMachine(things, SLOW));
  }, PATIENT_MS);
  afterAll(async () => {
    sfn.destroy();
    await things.close();
  });

  const executionOf = ({ answers }: Pick<Ended, 'answers'>) =>
    answers.find(({ event }) => event === 'execution') as { execution: string; joined: boolean } | undefined;

  /** Gives the deployed workers another environment. */
  const changeWorkers = async (changed: { readonly [name: string]: string }): Promise<void> => {
    const lambda = new LambdaClient(things.aws);
    const { Functions: [worker] = [] } = await lambda.send(new ListFunctionsCommand({}));
    const Variables = { ...worker?.Environment?.Variables, ...changed };
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: worker?.FunctionName,
        Environment: { Variables },
      }),
    );
    lambda.destroy();
  };

  /** What the workers of an execution handed back, in their order, by partition. */
  const handedBackIn = async (executionArn: string): Promise<HandedBack[][]> => {
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns[0]?.mapRunArn;
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ mapRunArn }));
    return Promise.all(
      executions.map(async (child) => {
        const { events = [] } = await sfn.send(
          new GetExecutionHistoryCommand({ executionArn: child.executionArn }),
        );
        return events.flatMap(({ taskSucceededEventDetails: done }) =>
          done?.output ? [JSON.parse(done.output) as HandedBack] : [],
        );
      }),
    );
  };

  it(
    'is copied by workers who hand back, while whoever watches may go and come again',
    async () => {
      const watching = things.start(RUN, variables);
      await eventually(async () => {
        const view = await things.checkpoint();
        expect(view?.partitions.some(({ owner }) => owner)).toBe(true);
      }, PATIENT_MS);
      watching.child.kill('SIGINT');
      const gone = await watching.ended;
      expect(gone.code).toBe(130);

      const ended = await things.banyan(RUN, variables);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(executionOf(ended)).toMatchObject({ joined: true, execution: executionOf(gone)?.execution });
      expect(resultOf(ended)).toMatchObject({
        status: 'copied',
        read: IDS.length,
        written: IDS.length,
        rejected: 0,
      });
      const stored = await things.stored();
      expect([...stored.keys()].sort()).toEqual(IDS.map(entityKeyOf).sort());
      expect(stored.get(entityKeyOf(1_007))?.state).toEqual({ name: `thing ${entityKeyOf(1_007)}` });

      const children = await handedBackIn(executionOf(ended)?.execution ?? '');
      expect(children).toHaveLength((await things.checkpoint())?.partitions.length ?? 0);
      const again = children.filter(([first]) => first?.state === 'unfinished');
      expect(again.length).toBeGreaterThan(0);
      for (const [first, second] of again)
        expect(second?.counts.read).toBeGreaterThan(first?.counts.read ?? 0);
      for (const child of children) expect(child.at(-1)).toMatchObject({ state: 'finished' });

      const verified = await things.banyan(['verify', 'things'], variables);
      expect(resultOf(verified)).toMatchObject({ verdict: 'equal', mismatches: 0 });
      const copied = await things.banyan(RUN, variables);
      expect(copied).toMatchObject({ code: 0 });
      expect(executionOf(copied)).toBeUndefined();
    },
    PATIENT_MS,
  );

  it(
    'obeys an operator, and has no more workers than were deployed',
    async () => {
      const watching = things.start([...RUN, '--restart'], variables);
      await eventually(async () => {
        const view = await things.checkpoint();
        const owners = new Set(view?.partitions.flatMap(({ owner }) => owner?.name ?? []));
        expect(view?.run.ended).toBeUndefined();
        expect(owners.size).toBe(WORKERS_AT_ONCE);
      }, PATIENT_MS);
      expect(await things.banyan(['backfill', 'pause', 'things'])).toMatchObject({ code: 0 });
      await eventually(async () => {
        const status = await things.banyan(['backfill', 'status', 'things']);
        expect(status.answers[0]).toMatchObject({
          status: 'paused',
          progress: { throttle: expect.stringMatching(/^paused by /) },
        });
      }, PATIENT_MS);
      expect(await things.banyan(['backfill', 'cancel', 'things'])).toMatchObject({ code: 0 });
      const ended = await watching.ended;
      expect(ended.code).toBe(130);
      expect(resultOf(ended)).toMatchObject({ status: 'cancelled' });
    },
    PATIENT_MS,
  );

  it(
    'says what its workers died of, and goes on with another execution',
    async () => {
      await things.insert([{ _id: 'bad', name: 7 }]);
      const only = ['--filter', '{"_id":{"$in":["ada","bad"]}}'];
      await changeWorkers({ THINGS_TABLE: 'no-such-table' });
      const failed = await things.banyan([...RUN, ...only], variables);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(
        'the workers of things stopped: there is no DynamoDB table no-such-table',
      );
      expect(failed.stderr).toContain('banyan backfill resume things');
      const first = executionOf(failed)?.execution;

      await changeWorkers({ THINGS_TABLE: things.table });
      const resumed = await things.banyan(
        ['backfill', 'resume', 'things', '--on', 'step-functions', '--max-rejects', '0'],
        variables,
      );
      expect(executionOf(resumed)).toMatchObject({ joined: false, execution: `${first}-2` });
      expect(resumed.code).toBe(4);
      expect(resumed.stderr).toContain('1 of 2 documents were rejected, and at most 0 are accepted');
      const listed = await things.banyan(['quarantine', 'list', 'things'], variables);
      expect(listed.answers).toContainEqual(expect.objectContaining({ key: 'bad' }));
    },
    PATIENT_MS,
  );

  it.each([
    [['--limit', '5'], '--limit'],
    [['--max-rate', '5'], '--max-rate'],
    [['--only-between', '22:00-06:00'], '--only-between'],
    [['--dry-run'], '--dry-run'],
  ])('refuses %j, which is of one process', async (more, named) => {
    const refused = await things.banyan([...RUN, ...more], variables);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(named);
  });

  it('says what is missing before it begins anything', async () => {
    const unnamed = await things.banyan(RUN, { THINGS_QUARANTINE_BUCKET: 'any' });
    expect(unnamed.code).toBe(2);
    expect(unnamed.stderr).toContain('no `backfillMachine`');
    const absent = await things.banyan(RUN, { ...variables, THINGS_MACHINE_STACK: 'Nothing' });
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain('there is no stack Nothing: deploy it first');
    const folder = await things.banyan(RUN, { THINGS_MACHINE_STACK: 'Machine' });
    expect(folder.code).toBe(2);
    expect(folder.stderr).toContain('must name a bucket');
  });
});
