import { ask } from './ask.js';
import { drawn, element, field, panel, table } from './element.js';
import { moment } from './format.js';

/**
 * @typedef {import('./route-view.js').ProxyCanary} Canary
 * @typedef {import('./route-view.js').RouteParts} RouteParts
 */

const HOUR_MS = 3_600_000;

/** Users whom somebody has put on a side. @param {RouteParts} parts */
export const pinsPanel = (parts) => {
  const pins = element('div', {});
  const heading = panel('Pins', pins, parts.person.role === 'operator' && pinForm(parts));
  const draw = drawn(pins, (/** @type {Pick<Canary, 'pins' | 'allowed'>} */ now) => pinsOf(parts, now));
  return {
    node: heading,
    /** @param {Canary} canary */
    show: ({ pins: pinned, allowed }) => draw({ pins: pinned, allowed }),
  };
};

/** @param {RouteParts} parts @param {Pick<Canary, 'pins' | 'allowed'>} now */
const pinsOf = ({ api, act, person }, { pins, allowed }) => {
  const unpin = (/** @type {string} */ key) =>
    element(
      'button',
      {
        type: 'button',
        'aria-label': `Unpin ${key}`,
        click: async () => {
          const text = `${key} goes by the weight again.`;
          const answer = await ask({ title: 'Unpin?', text, confirm: 'Unpin' });
          if (answer) await act(() => api.unpin(key, answer.why), { done: `Unpinned ${key}.` });
        },
      },
      'Unpin …',
    );
  const may = person.role === 'operator';
  return [
    element(
      'p',
      { class: 'note' },
      `${pins.length === 0 ? 'Nobody is pinned.' : `${pins.length} pinned.`} ${allowed === 0 ? '' : `${allowed} on the route's list are the candidate's at any weight.`}`,
    ),
    pins.length > 0 &&
      table(
        'Pins',
        ['User', 'Side', 'Until', 'By', 'Why', ...(may ? [''] : [])],
        pins.map(({ key, side, untilMs, by, why }) => [
          element('code', {}, key),
          side,
          untilMs === undefined ? '–' : moment(untilMs),
          by,
          why,
          ...(may ? [unpin(key)] : []),
        ]),
      ),
  ];
};

/** @param {RouteParts} parts */
const pinForm = ({ api, act }) => {
  const key = element('input', { type: 'text', required: true, maxlength: 512, autocomplete: 'off' });
  const side = element(
    'select',
    {},
    element('option', { value: 'candidate' }, 'candidate'),
    element('option', { value: 'control' }, 'control'),
  );
  const hours = element('input', { type: 'number', min: 0.1, step: 0.1, max: 8_760 });
  const credentials = element('input', { type: 'checkbox' });
  const why = element('input', { type: 'text', maxlength: 500, autocomplete: 'off' });
  const form = element(
    'form',
    {
      class: 'form',
      submit: (event) => {
        event.preventDefault();
        const until = hours.value === '' ? {} : { forMs: Math.round(Number(hours.value) * HOUR_MS) };
        const pin = {
          key: key.value,
          credentials: credentials.checked,
          side: side.value,
          ...until,
          why: why.value,
        };
        void act(
          async () => {
            await api.pin(pin);
            form.reset();
          },
          { done: `Pinned to the ${pin.side}.` },
        );
      },
    },
    element(
      'div',
      { class: 'pair' },
      field('User key', key),
      field('Side', side),
      field('Hours (empty: until unpinned)', hours),
    ),
    field('Why (for the history)', why),
    element(
      'label',
      { class: 'tick' },
      credentials,
      'The key is a token or a session cookie: the server hashes it',
    ),
    element('div', { class: 'buttons' }, element('button', { type: 'submit' }, 'Pin')),
  );
  return element('details', {}, element('summary', {}, 'Pin a user'), form);
};
