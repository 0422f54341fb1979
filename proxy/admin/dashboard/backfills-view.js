import { ask } from './ask.js';
import { drawn, element, field, say, table } from './element.js';
import { countText, durationText, moment, percentText, rateText } from './format.js';

/**
 * @typedef {{ atMs: number, by: string, action: string, rate?: { perSecond: number, unit: string }, range?: { floor: number, ceiling: number } }} Order
 * @typedef {{ by: string, atMs: number }} Signed
 * @typedef {object} Progress
 * @property {string} activity
 * @property {number} done
 * @property {number} total
 * @property {{ [name: string]: number }} counts
 * @property {number} elapsedMs
 * @property {number} perSecond
 * @property {number} [etaMs]
 * @property {string} [throttle]
 * @typedef {object} Run
 * @property {string} plan
 * @property {'running' | 'paused' | 'stopped' | 'copied' | 'cancelled'} status
 * @property {number} startedAtMs
 * @property {{ paused?: Signed, rate?: Signed & { perSecond: number, unit: string }, concurrency?: Signed & { floor: number, ceiling: number } }} orders
 * @property {Progress} progress
 * @property {readonly { name: string, perSecond: number, throttle?: string }[]} workers
 * @typedef {{ plan: string, status: 'never-run' } | Run} Backfill
 * @typedef {object} BackfillsParts
 * @property {import('./api.js').Api} api
 * @property {import('./api.js').Person} person
 * @property {import('./main.js').Act} act
 */

/** Every plan's newest run, and the hand on it. @param {BackfillsParts} parts */
export const backfillsView = (parts) => {
  const none = element('p', { class: 'note', hidden: true }, 'No plan is configured.');
  const cards = element('div', { class: 'panels' });
  /** @type {Map<string, ReturnType<typeof backfillCard>>} */
  const known = new Map();
  return {
    title: 'Backfills',
    node: element(
      'article',
      {},
      element('header', { class: 'title' }, element('h1', { tabindex: -1 }, 'Backfills')),
      none,
      cards,
    ),
    refresh: async () => {
      const backfills = await parts.api.backfills();
      none.hidden = backfills.length > 0;
      for (const backfill of backfills) {
        let card = known.get(backfill.plan);
        if (!card) {
          card = backfillCard(parts, backfill.plan);
          known.set(backfill.plan, card);
          cards.append(card.node);
        }
        card.show(backfill);
      }
    },
    close: () => undefined,
  };
};

/** @param {BackfillsParts} parts @param {string} plan */
const backfillCard = (parts, plan) => {
  const status = element('p', {});
  const bar = element('progress', { 'aria-label': `Progress of ${plan}`, max: 1, value: 0 });
  const numbers = element('p', {});
  const slowed = element('div', {});
  const drawSlowed = drawn(slowed, slowedOf);
  const controls = parts.person.role === 'operator' ? backfillControls(parts, plan) : undefined;
  const node = element(
    'section',
    { class: 'panel', 'aria-label': plan },
    element('h2', {}, plan),
    status,
    bar,
    numbers,
    slowed,
    controls?.node,
    ordersOf(parts, plan),
  );
  return {
    node,
    /** @param {Backfill} backfill */
    show: (backfill) => {
      const run = backfill.status === 'never-run' ? undefined : backfill;
      bar.hidden = !run;
      numbers.hidden = !run;
      controls?.show(run);
      if (!run) return say(status, `never run: banyan backfill run ${plan} starts it`);
      const { done, total, activity, perSecond, etaMs, elapsedMs } = run.progress;
      const part = total === 0 ? 0 : done / total;
      bar.value = part;
      say(
        status,
        `${run.status}${activity === run.status ? '' : `, ${activity}`}; ${workersText(run.workers.length)}`,
      );
      const left = etaMs === undefined ? '' : `, ${durationText(etaMs)} left`;
      say(
        numbers,
        `${percentText(part * 100)}: ${countText(done)} of about ${countText(total)}, ${rateText(perSecond)}, after ${durationText(elapsedMs)}${left}`,
      );
      drawSlowed({
        throttle: run.status === 'running' ? run.progress.throttle : undefined,
        orders: run.orders,
        workers: run.workers,
        counts: run.progress.counts,
      });
    },
  };
};

/** @param {number} count */
const workersText = (count) =>
  count === 0 ? 'nobody works on it' : count === 1 ? 'one works on it' : `${count} work on it`;

/** @param {{ throttle: string | undefined, orders: Run['orders'], workers: Run['workers'], counts: Progress['counts'] }} now */
const slowedOf = ({ throttle, orders: { paused, rate, concurrency }, workers, counts }) => [
  throttle !== undefined && element('p', { class: 'warning' }, `Throttled: ${throttle}`),
  paused && element('p', { class: 'warning' }, 'Paused ', moment(paused.atMs), ` by ${paused.by}`),
  rate && element('p', {}, `At most ${countText(rate.perSecond)} ${rate.unit} a second, says ${rate.by}`),
  concurrency && element('p', {}, `${rangeText(concurrency)} batches at once, says ${concurrency.by}`),
  element(
    'p',
    { class: 'note' },
    Object.entries(counts)
      .map(([name, count]) => `${name} ${countText(count)}`)
      .join(', '),
  ),
  workers.length > 0 &&
    table(
      'Who works on it',
      ['Worker', 'Rate', 'Slowed by'],
      workers.map(({ name, perSecond, throttle: why }) => [name, rateText(perSecond), why ?? '–']),
    ),
];

/** @param {{ floor: number, ceiling: number }} range */
const rangeText = ({ floor, ceiling }) => (floor === ceiling ? String(floor) : `${floor}–${ceiling}`);

/** @param {BackfillsParts} parts @param {string} plan */
const backfillControls = ({ api, act }, plan) => {
  const order = (/** @type {'pause' | 'resume' | 'cancel'} */ action) =>
    act(() => api.orderBackfill(plan, action), { done: `Ordered: ${action} ${plan}.` });
  const pause = element('button', { type: 'button', click: () => void order('pause') }, 'Pause');
  const resume = element('button', { type: 'button', click: () => void order('resume') }, 'Resume');
  const cancel = element(
    'button',
    {
      type: 'button',
      class: 'danger',
      click: async () => {
        const text = 'The run ends for good. What was copied stays.';
        if (
          await ask({
            title: `Cancel the backfill ${plan}?`,
            text,
            confirm: 'Cancel the run',
            danger: true,
            why: false,
          })
        )
          await order('cancel');
      },
    },
    'Cancel the run …',
  );
  const setting = (
    /** @type {string} */ label,
    /** @type {string} */ placeholder,
    /** @type {(text: string) => Promise<unknown>} */ set,
  ) => {
    const input = element('input', {
      type: 'text',
      placeholder,
      required: true,
      maxlength: 40,
      autocomplete: 'off',
    });
    return element(
      'form',
      {
        class: 'inline',
        submit: (event) => {
          event.preventDefault();
          const text = input.value.trim();
          void act(
            async () => {
              await set(text);
              input.value = '';
            },
            { done: `Ordered: ${label.toLowerCase()} ${text} for ${plan}.` },
          );
        },
      },
      field(label, input),
      element('button', { type: 'submit' }, 'Set'),
    );
  };
  const node = element(
    'div',
    { class: 'form' },
    element('div', { class: 'buttons' }, pause, resume, cancel),
    element(
      'div',
      { class: 'pair' },
      setting('Throttle', '500, 5MB, 200wu or off', (rate) => api.throttleBackfill(plan, rate)),
      setting('Batches at once', '8, 2-32 or off', (batches) => api.setBackfillConcurrency(plan, batches)),
    ),
  );
  return {
    node,
    /** @param {Run | undefined} run */
    show: (run) => {
      node.hidden = !run || run.status === 'copied' || run.status === 'cancelled';
      const paused = run?.orders.paused !== undefined;
      pause.hidden = paused;
      resume.hidden = !paused;
    },
  };
};

/** @param {BackfillsParts} parts @param {string} plan */
const ordersOf = ({ api, act }, plan) => {
  const orders = element('div', {});
  const draw = drawn(orders, (/** @type {readonly Order[]} */ given) =>
    given.length === 0
      ? ['Nothing was ordered yet.']
      : [
          table(
            'Orders',
            ['When', 'What', 'By'],
            given.map(({ atMs, action, by, rate, range }) => [
              moment(atMs),
              `${action}${rate ? ` ${countText(rate.perSecond)} ${rate.unit}` : ''}${range ? ` ${rangeText(range)}` : ''}`,
              by,
            ]),
          ),
        ],
  );
  const details = element('details', {}, element('summary', {}, 'History'), orders);
  details.addEventListener('toggle', () => {
    if (details.open) void act(async () => draw(await api.backfillHistory(plan)), { quiet: true });
  });
  return details;
};
