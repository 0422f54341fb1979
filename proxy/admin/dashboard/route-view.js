import { Refused } from './api.js';
import { ask } from './ask.js';
import { dialPanel } from './dial-panel.js';
import { element } from './element.js';
import { percentText } from './format.js';
import { historyPanel } from './history-panel.js';
import { pinsPanel } from './pins-panel.js';
import { rampPanel } from './ramp-panel.js';
import { shadowPanel } from './shadow-panel.js';
import { trafficPanel } from './traffic-panel.js';

/**
 * @typedef {import('./api.js').Canary} Canary
 * @typedef {object} RouteParts
 * @property {import('./api.js').RouteApi} api
 * @property {string} route
 * @property {import('./api.js').Person} person
 * @property {import('./main.js').Act} act
 * @property {(text: string, kind: 'good' | 'bad') => void} tell
 */

/** The proxies are asked for their samples less often than counters are read. */
const SHADOW_EVERY_MS = 5_000;

/** All that concerns one route. @param {RouteParts} parts */
export const routeView = (parts) => {
  const { api, route, person } = parts;
  const about = element('p', { class: 'note' });
  const dial = dialPanel(parts);
  const traffic = trafficPanel();
  const ramp = rampPanel(parts);
  const shadow = shadowPanel();
  const pins = pinsPanel(parts);
  const history = historyPanel();
  let historyOf = '';
  let shadowAtMs = Number.NEGATIVE_INFINITY;

  const refreshHistory = async (/** @type {Canary} */ canary) => {
    const state = JSON.stringify([canary.revision, canary.cohorts, canary.ramp]);
    if (state === historyOf) return;
    const cohorts = canary.cohorts.map(async ({ cohort }) =>
      (await api.history(cohort)).map((change) => ({ ...change, cohort })),
    );
    const [events, ...changes] = await Promise.all([api.rampHistory(), api.history(undefined), ...cohorts]);
    history.show(changes.flat().sort((a, b) => b.atMs - a.atMs));
    ramp.showEvents(events);
    historyOf = state;
  };
  const refreshShadow = async (/** @type {Canary} */ { shadowPercent }) => {
    if (shadowPercent !== null && performance.now() - shadowAtMs < SHADOW_EVERY_MS) return;
    shadow.show(shadowPercent === null ? null : await api.shadow(), shadowPercent);
    shadowAtMs = performance.now();
  };

  return {
    title: route,
    node: element(
      'article',
      {},
      element(
        'header',
        { class: 'title' },
        element('div', {}, element('h1', { tabindex: -1 }, route), about),
        person.role === 'operator' ? rollbackButton(parts) : undefined,
      ),
      element(
        'div',
        { class: 'panels' },
        element('div', { class: 'column' }, dial.node, ramp.node),
        element('div', { class: 'column' }, traffic.node, shadow.node, history.node, pins.node),
      ),
    ),
    /** @param {readonly Canary[]} canaries */
    refresh: async (canaries) => {
      const canary = canaries.find((one) => one.route === route);
      if (!canary) throw new Refused(404, 'not-found', `There is no route ${route} any more.`);
      const { methods, path, candidate, safe } = canary;
      about.textContent = `${methods.join(', ')} ${path}, by ${candidate}${safe ? '' : '; the control rescues nothing here'}`;
      dial.show(canary);
      pins.show(canary);
      const beside = Promise.all([refreshHistory(canary), refreshShadow(canary)]);
      // Whatever fails of these is told below, once what matters most is shown.
      beside.catch(() => undefined);
      const [readings, course] = await Promise.all([api.readings(), api.ramp()]);
      traffic.show(readings, canary.weightPercent);
      ramp.show(course);
      await beside;
    },
    close: () => traffic.close(),
  };
};

/** @param {RouteParts} parts */
const rollbackButton = ({ api, route, act }) =>
  element(
    'button',
    {
      type: 'button',
      class: 'danger big',
      click: async () => {
        const answer = await ask({
          title: `Roll back ${route}?`,
          text: 'Everybody goes to the control within two seconds, cohorts, lists and pins as well. Whoever turns the dial at the same moment loses.',
          confirm: 'Roll back now',
          danger: true,
        });
        if (answer)
          await act(() => api.rollBack(answer.why), {
            done: `Rolled back: ${route} is at ${percentText(0)}.`,
            otherwise: `From a terminal: banyan canary rollback ${route}`,
          });
      },
    },
    'Roll back',
  );
