import { ask } from './ask.js';
import { wordsOf } from './dial-words.js';
import { drawn, element, panel, table } from './element.js';
import { durationText, moment, percentText, signed } from './format.js';

/**
 * @typedef {import('./api.js').Ramp} Ramp
 * @typedef {NonNullable<Ramp['ramp']>} Course
 * @typedef {NonNullable<Course['happened']['decision']>['evidence'][number]} Evidence
 * @typedef {import('./route-view.js').RouteParts} RouteParts
 */

const PHASES = {
  running: 'goes on by itself',
  waiting: 'has passed its step and waits for a person',
  paused: 'is paused; its guards still turn it back',
  complete: 'is complete; its guards go on watching',
  'rolled-back': 'was turned back',
  aborted: 'was aborted; nobody watches',
};
const VERDICTS = {
  against: 'against',
  doubtful: 'doubtful',
  fine: 'fine',
  unproven: 'no data',
  idle: 'not asked',
};
const OVER = ['rolled-back', 'aborted'];

/** The ramp's plan, where it is, why it holds, and the judge's evidence. @param {RouteParts} parts */
export const rampPanel = (parts) => {
  const course = element('div', {});
  const controls = element('div', { class: 'buttons' });
  const events = element('div', {});
  const drawCourse = drawn(course, courseOf);
  const drawControls = drawn(controls, (/** @type {Controls} */ now) => controlsOf(parts, now));
  const drawEvents = drawn(events, eventsOf);
  return {
    node: panel(
      'Ramp',
      course,
      parts.person.role === 'operator' && controls,
      element('details', {}, element('summary', {}, 'What happened to ramps'), events),
    ),
    /** @param {Ramp} ramp */
    show: (ramp) => {
      drawCourse({ ...ramp, unwatchedMs: coarse(ramp.unwatchedMs) });
      drawControls({ phase: ramp.ramp?.happened.phase ?? null, plans: ramp.plans });
    },
    showEvents: drawEvents,
  };
};

/** @typedef {{ phase: keyof typeof PHASES | null, plans: Ramp['plans'] }} Controls */

/** So that it is not drawn anew with each second. @param {number | null} ms */
const coarse = (ms) => (ms === null ? null : Math.floor(ms / 10_000) * 10_000);

/** @param {Ramp} now */
const courseOf = ({ dial, ramp, unwatchedMs, plans }) => {
  if (!ramp)
    return [
      element(
        'p',
        { class: 'note' },
        plans.length > 0
          ? 'No ramp was ever started.'
          : 'No ramp was ever started, and no plan is configured: give the route ramp: { steps: … }.',
      ),
    ];
  const { wanted, happened } = ramp;
  const { phase, decision, step, ended, paused } = happened;
  const pending = wanted.order.number > happened.order && !OVER.includes(phase);
  return [
    element(
      'p',
      {},
      element('strong', { class: `phase ${phase}` }, phase),
      ` ${wanted.planName ?? 'The route’s plan'} ${PHASES[phase]}.`,
    ),
    element(
      'p',
      { class: 'note' },
      'Started ',
      moment(wanted.started.atMs),
      ' by ',
      signed(wanted.started.by, wanted.started.why),
    ),
    unwatchedMs !== null &&
      element(
        'p',
        { class: 'warning' },
        `No controller has looked for ${durationText(unwatchedMs)}: nobody turns it back. ${wordsOf(dial).controller}`,
      ),
    pending &&
      element(
        'p',
        { class: 'warning' },
        `${wanted.order.action} was ordered by ${wanted.order.by}; no controller has seen it yet.`,
      ),
    stepsOf(ramp),
    paused && element('p', {}, `Paused by ${signed(paused.by, paused.why)}`),
    ended && element('p', {}, 'Ended ', moment(ended.atMs), ' by ', signed(ended.by, ended.why)),
    decision &&
      decision.reason !== ended?.why &&
      element(
        'p',
        {},
        element('strong', {}, decisionWord(decision.action, decision.toPercent)),
        ` ${decision.reason}`,
        step?.heldSinceMs ? element('span', {}, ' Held since ', moment(step.heldSinceMs), '.') : null,
      ),
    decision && decision.evidence.length > 0 && evidenceOf(decision.evidence),
  ];
};

/** @param {'advance' | 'hold' | 'rollback'} action @param {number} toPercent */
const decisionWord = (action, toPercent) =>
  ({ advance: `Goes on to ${percentText(toPercent)}:`, hold: 'Holds:', rollback: 'Turned back:' })[action];

/** @param {Course} course */
const stepsOf = ({ wanted, happened }) => {
  const now = happened.step?.weightPercent ?? -1;
  const over = OVER.includes(happened.phase);
  return element(
    'ol',
    { class: 'steps', 'aria-label': 'Steps' },
    ...wanted.plan.steps.map(({ weightPercent, bakeMs, pause }) => {
      const at = weightPercent === now;
      const state = at
        ? over
          ? 'ended here'
          : 'here'
        : weightPercent < now
          ? 'passed'
          : over
            ? 'never'
            : 'ahead';
      return element(
        'li',
        { class: at ? 'here' : state, 'aria-current': at && !over ? 'step' : undefined },
        element('strong', {}, percentText(weightPercent)),
        element('span', {}, `${durationText(bakeMs)}${pause ? ', then waits' : ''}`),
        element('span', {}, state),
      );
    }),
  );
};

/** Each guard's evidence as a bar, of which the end is where the ramp is turned back. @param {readonly Evidence[]} evidence */
const evidenceOf = (evidence) =>
  element(
    'ul',
    { class: 'evidence', 'aria-label': 'The judge’s evidence' },
    ...evidence.map(({ guard, verdict, log10, log10Needed, reason }) => {
      const known = typeof log10 === 'number' && typeof log10Needed === 'number' && log10Needed > 0;
      const part = known ? Math.min(1, Math.max(0, log10 / log10Needed)) : 0;
      const fill = element('span', { class: `fill ${verdict}` });
      fill.style.width = `${part * 100}%`;
      return element(
        'li',
        {},
        element('strong', {}, guard),
        element('span', { class: `verdict ${verdict}` }, VERDICTS[verdict]),
        known && element('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
        known &&
          element(
            'span',
            { class: 'note' },
            `10^${log10.toFixed(1)} of 10^${log10Needed.toFixed(1)} to turn back`,
          ),
        element('span', { class: 'reason' }, reason),
      );
    }),
  );

/** @param {RouteParts} parts @param {Controls} now */
const controlsOf = ({ api, act, canary: { route } }, { phase, plans }) => {
  const order = (/** @type {'pause' | 'resume' | 'abort'} */ action, /** @type {string} */ text) =>
    element(
      'button',
      {
        type: 'button',
        click: async () => {
          const title = `${capital(action)} the ramp of ${route}?`;
          const answer = await ask({ title, text, confirm: capital(action), danger: action === 'abort' });
          if (answer)
            await act(() => api.orderRamp(action, answer.why), {
              done: `Ordered: ${action}. A controller carries it out within seconds.`,
            });
        },
      },
      `${capital(action)} …`,
    );
  const pause = order(
    'pause',
    'It stays where it is. Its guards go on watching, and turn it back if they must.',
  );
  const resume = order('resume', 'It goes on from where it is.');
  const abort = order('abort', 'The ramp ends. The dial stays where it is, and nobody watches it any more.');
  if (phase === 'running') return [pause, abort];
  if (phase === 'waiting' || phase === 'paused') return [resume, abort];
  if (phase === 'complete') return [abort];
  if (plans.length === 0) return [];
  const which = element(
    'select',
    {},
    ...plans.map(({ name }, at) => element('option', { value: at }, name ?? 'the route’s own')),
  );
  const start = async () => {
    const chosen = plans[Number(which.value)];
    if (!chosen) return;
    const steps = chosen.plan.steps.map(({ weightPercent }) => percentText(weightPercent)).join(', ');
    const answer = await ask({
      title: `Start a ramp of ${route}?`,
      text: `From where the dial is, by: ${steps}.`,
      confirm: 'Start',
    });
    if (answer)
      await act(() => api.startRamp(chosen.name, answer.why), {
        done: 'Started. A controller carries it out within seconds.',
      });
  };
  return [
    element('label', { class: 'field' }, element('span', {}, 'Plan'), which),
    element('button', { type: 'button', click: () => void start() }, 'Start a ramp …'),
  ];
};

/** @param {string} word */
const capital = (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** @param {import('./api.js').RampEvents} events */
const eventsOf = (events) =>
  events.length === 0
    ? [element('p', { class: 'note' }, 'Nothing yet.')]
    : [
        table(
          'What happened to ramps',
          ['When', 'What', 'From', 'To', 'By', 'Why'],
          events.map(({ atMs, event, fromPercent, toPercent, by, why }) => [
            moment(atMs),
            event,
            percentText(fromPercent),
            percentText(toPercent),
            by,
            why,
          ]),
        ),
      ];
