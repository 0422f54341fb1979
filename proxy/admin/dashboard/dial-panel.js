import { Refused } from './api.js';
import { wordsOf } from './dial-words.js';
import { drawn, element, field, panel, say, table } from './element.js';
import { moment, percentText, sentenceOf, signed } from './format.js';

/**
 * @typedef {import('./api.js').Canary} Canary
 * @typedef {import('./api.js').Preview} Preview
 * @typedef {import('./route-view.js').RouteParts} RouteParts
 */

/** Where the dial stands and, for an operator, how it is turned: choose, preview, set. @param {RouteParts} parts */
export const dialPanel = (parts) => {
  const standing = element('div', {});
  const drawStanding = drawn(standing, standingOf);
  const turning = parts.person.role === 'operator' ? turningForm(parts) : undefined;
  return {
    node: panel('Dial', standing, turning?.node),
    /** @param {Canary} canary */
    show: (canary) => {
      const { dial, weightPercent, setAtMs, by, why, rolledBack } = canary;
      const trouble = canary.dial === 'alb' ? canary.trouble : null;
      const cohorts = cohortsOf(canary);
      drawStanding({ dial, weightPercent, setAtMs, by, why, rolledBack, cohorts, trouble });
      turning?.show(canary);
    },
  };
};

/** @param {Canary} canary */
const cohortsOf = (canary) => (canary.dial === 'proxy' ? canary.cohorts : []);

/** @typedef {Pick<Canary, 'dial' | 'weightPercent' | 'setAtMs' | 'by' | 'why' | 'rolledBack'>} Standing */

/** @param {Standing & { cohorts: ReturnType<typeof cohortsOf>, trouble: string | null }} canary */
const standingOf = ({ dial, weightPercent, setAtMs, by, why, rolledBack, cohorts, trouble }) => [
  element(
    'p',
    { class: 'weight' },
    element('strong', {}, percentText(weightPercent)),
    ` of the ${wordsOf(dial).shared} are the candidate’s`,
  ),
  element(
    'p',
    { class: 'note' },
    ...(setAtMs === null ? ['Nobody has ever set it.'] : ['Set ', moment(setAtMs), ' by ', signed(by, why)]),
  ),
  trouble !== null &&
    element(
      'p',
      { class: 'warning' },
      `This is what was set last; the rule cannot be read: ${sentenceOf(trouble)}`,
    ),
  rolledBack &&
    dial === 'proxy' &&
    element(
      'p',
      { class: 'warning' },
      'It was rolled back: cohorts, lists and pins are the control’s too, until the dial is set again.',
    ),
  cohorts.length > 0 &&
    table(
      'Cohorts',
      ['Cohort', 'Weight', 'Set by'],
      cohorts.map((cohort) => [
        cohort.cohort,
        cohort.setAtMs === null ? 'as the route' : percentText(cohort.weightPercent),
        cohort.setAtMs === null ? '–' : signed(cohort.by, cohort.why),
      ]),
    ),
];

/** @param {RouteParts} parts */
const turningForm = ({ api, canary: { dial }, act, tell }) => {
  /** @type {Canary | undefined} */
  let seen;
  /** What was previewed, with the revision that a change has to meet. @type {{ preview: Preview, expectedRevision: number } | undefined} */
  let previewed;
  const number = element('input', { type: 'number', min: 0, max: 100, step: 0.01, required: true, value: 0 });
  const slider = element('input', { type: 'range', min: 0, max: 100, step: 0.01, value: 0 });
  const why = element('input', { type: 'text', maxlength: 500, autocomplete: 'off' });
  const cohort = element('select', {});
  const cohortField = field('Whose dial', cohort);
  const keys = element('textarea', { rows: 3, spellcheck: 'false' });
  const outcome = element('div', { class: 'preview', 'aria-live': 'polite' });
  const set = element(
    'button',
    { type: 'button', class: 'primary', hidden: true, click: () => void turn() },
    'Set',
  );
  const drawCohorts = drawn(cohort, (/** @type {readonly string[]} */ names) => [
    element('option', { value: '' }, 'the route'),
    ...names.map((name) => element('option', { value: name }, `cohort ${name}`)),
  ]);

  const dialOf = (/** @type {Canary} */ canary) =>
    cohortsOf(canary).find(({ cohort: name }) => name === cohort.value) ?? canary;
  const named = () => (cohort.value === '' ? {} : { cohort: cohort.value });
  const forget = () => {
    previewed = undefined;
    outcome.replaceChildren();
    set.hidden = true;
  };
  const startAt = (/** @type {number} */ weightPercent) => {
    number.value = String(weightPercent);
    slider.value = String(weightPercent);
  };
  slider.addEventListener('input', () => {
    number.value = slider.value;
    forget();
  });
  number.addEventListener('input', () => {
    slider.value = number.value;
    forget();
  });
  keys.addEventListener('input', forget);
  cohort.addEventListener('change', () => {
    forget();
    if (seen) startAt(dialOf(seen).weightPercent);
  });

  const look = () =>
    act(
      async () => {
        const canary = await api.read();
        const asked = keys.value.split('\n').flatMap((line) => line.trim() || []);
        const preview = await api.preview({ ...named(), toPercent: Number(number.value), keys: asked });
        previewed = { preview, expectedRevision: dialOf(canary).revision };
        outcome.replaceChildren(...previewOf(dial, preview));
        set.textContent = `Set to ${percentText(preview.toPercent)}`;
        set.hidden = false;
      },
      { quiet: true },
    );

  const turn = () => {
    if (!previewed) return;
    const { preview, expectedRevision } = previewed;
    const change = { ...named(), weightPercent: preview.toPercent, expectedRevision, why: why.value.trim() };
    return act(
      async () => {
        const canary = await api.set(change).catch((thrown) => meanwhile(thrown));
        forget();
        number.focus();
        if (!canary) return;
        why.value = '';
        tell(`The dial is at ${percentText(preview.toPercent)}. ${wordsOf(dial).follows}`, 'good');
      },
      { quiet: true },
    );
  };

  /** Says who was first. @param {unknown} thrown */
  const meanwhile = async (thrown) => {
    if (!(thrown instanceof Refused) || thrown.code !== 'revision-conflict') throw thrown;
    const now = dialOf(await api.read());
    tell(
      `${now.by} set it to ${percentText(now.weightPercent)} meanwhile${now.why === '' ? '' : ` (${now.why})`}. Nothing was changed: look again, and decide again.`,
      'bad',
    );
    return undefined;
  };

  const node = element(
    'form',
    {
      class: 'form',
      submit: (event) => {
        event.preventDefault();
        void look();
      },
    },
    cohortField,
    element('div', { class: 'pair' }, field('Weight in %', number), field('The same, as a slider', slider)),
    field('Why (for the history)', why),
    dial === 'proxy' &&
      element(
        'details',
        {},
        element('summary', {}, 'See what happens to certain users'),
        field('Their keys, one on each line', keys),
      ),
    element('div', { class: 'buttons' }, element('button', { type: 'submit' }, 'Preview'), set),
    outcome,
  );
  return {
    node,
    /** @param {Canary} canary */
    show: (canary) => {
      const names = cohortsOf(canary).map(({ cohort: name }) => name);
      drawCohorts(names);
      cohortField.hidden = names.length === 0;
      if (!seen) startAt(canary.weightPercent);
      seen = canary;
    },
  };
};

/** @param {Canary['dial']} dial @param {Preview} preview */
const previewOf = (dial, preview) => {
  const { fromPercent, toPercent, movingPercent, keys, held, toCandidate, toControl, weights } = preview;
  const to = toPercent >= fromPercent ? 'candidate' : 'control';
  const moved = element('p', {});
  say(
    moved,
    movingPercent === 0
      ? `It is at ${percentText(fromPercent)} already: nobody moves.`
      : `From ${percentText(fromPercent)} to ${percentText(toPercent)}: ${percentText(movingPercent)} of the ${wordsOf(dial).shared} move to the ${to}${weights ? `, by weights of ${weights.control} and ${weights.candidate}` : ', and nobody else'}.`,
  );
  if (keys === 0) return [moved];
  const moving = [...toCandidate, ...toControl];
  const some = element(
    'p',
    {},
    `Of ${keys} given, ${moving.length} move${moving.length === 0 ? '' : `: ${moving.join(', ')}`}.`,
  );
  return held === 0
    ? [moved, some]
    : [moved, some, element('p', {}, `${held} are pinned or listed: no weight moves them.`)];
};
