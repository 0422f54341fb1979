import { Refused } from './api.js';
import { ask } from './ask.js';
import { dialPanel } from './dial-panel.js';
import { wordsOf } from './dial-words.js';
import { element, say } from './element.js';
import { durationText, percentText } from './format.js';
import { historyPanel } from './history-panel.js';
import { pinsPanel } from './pins-panel.js';
import { rampPanel } from './ramp-panel.js';
import { ruleTrafficPanel } from './rule-traffic-panel.js';
import { shadowPanel } from './shadow-panel.js';
import { trafficPanel } from './traffic-panel.js';

/**
 * @typedef {import('./api.js').Canary} Canary
 * @typedef {object} RouteParts
 * @property {import('./api.js').RouteApi} api
 * @property {Pick<Canary, 'dial' | 'route'>} canary Which one it is about.
 * @property {import('./api.js').Person} person
 * @property {import('./main.js').Act} act
 * @property {(text: string, kind: 'good' | 'bad') => void} tell
 */

/** The proxies are asked for their samples less often than counters are read. */
const SHADOW_EVERY_MS = 5_000;

/** What only a proxy's route has. @typedef {Extract<Canary, { dial: 'proxy' }>} ProxyCanary */

/** All that concerns one route. @param {RouteParts} parts */
export const routeView = (parts) => {
  const { api, canary: place, person } = parts;
  const { route } = place;
  const about = element('p', { class: 'note' });
  const dial = dialPanel(parts);
  const traffic = place.dial === 'alb' ? ruleTrafficPanel() : trafficPanel();
  const ramp = rampPanel(parts);
  const history = historyPanel();
  const users = place.dial === 'alb' ? undefined : { shadow: shadowPanel(), pins: pinsPanel(parts) };
  let historyOf = '';
  let shadowAtMs = Number.NEGATIVE_INFINITY;

  const refreshHistory = async (/** @type {Canary} */ canary) => {
    const dials = canary.dial === 'proxy' ? canary.cohorts : [];
    const state = JSON.stringify([canary.revision, dials, canary.ramp]);
    if (state === historyOf) return;
    const cohorts = dials.map(async ({ cohort }) =>
      (await api.history(cohort)).map((change) => ({ ...change, cohort })),
    );
    const [events, ...changes] = await Promise.all([api.rampHistory(), api.history(undefined), ...cohorts]);
    history.show(changes.flat().sort((a, b) => b.atMs - a.atMs));
    ramp.showEvents(events);
    historyOf = state;
  };
  const refreshShadow = async (/** @type {ProxyCanary} */ { shadowPercent }) => {
    if (shadowPercent !== null && performance.now() - shadowAtMs < SHADOW_EVERY_MS) return;
    users?.shadow.show(shadowPercent === null ? null : await api.shadow(), shadowPercent);
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
        element('div', { class: 'column' }, traffic.node, users?.shadow.node, history.node, users?.pins.node),
      ),
    ),
    /** @param {readonly Canary[]} canaries */
    refresh: async (canaries) => {
      const canary = canaries.find((one) => one.route === route && one.dial === place.dial);
      if (!canary) throw new Refused(404, 'not-found', `There is no route ${route} any more.`);
      say(about, aboutOf(canary));
      dial.show(canary);
      const own = canary.dial === 'proxy' ? [refreshShadow(canary)] : [];
      if (canary.dial === 'proxy') users?.pins.show(canary);
      const beside = Promise.all([refreshHistory(canary), ...own]);
      const readings = api.readings();
      // Whatever fails of these is told below, once what matters most is shown.
      for (const one of [beside, readings]) one.catch(() => undefined);
      ramp.show(await api.ramp());
      traffic.show(await readings, canary.weightPercent);
      await beside;
    },
    close: () => traffic.close(),
  };
};

/** @param {Canary} canary */
const aboutOf = (canary) => {
  if (canary.dial === 'proxy') {
    const { methods, path, candidate, safe } = canary;
    return `${methods.join(', ')} ${path}, by ${candidate}${safe ? '' : '; the control rescues nothing here'}`;
  }
  const { control, candidate, stickySeconds } = canary;
  const drawn =
    stickySeconds === null ? 'each request' : `a cookie of ${durationText(stickySeconds * 1_000)}`;
  return `By a load balancer’s rule, from ${groupOf(control)} to ${groupOf(candidate)}: a side is drawn for ${drawn}, so that there are no pins, cohorts or shadows.`;
};

/** The name in the ARN of a target group. @param {string} arn */
const groupOf = (arn) => arn.split('/')[1] ?? arn;

/** @param {RouteParts} parts */
const rollbackButton = ({ api, canary: { dial, route }, act }) =>
  element(
    'button',
    {
      type: 'button',
      class: 'danger big',
      click: async () => {
        const answer = await ask({
          title: `Roll back ${route}?`,
          text: wordsOf(dial).rollback,
          confirm: 'Roll back now',
          danger: true,
        });
        if (answer)
          await act(() => api.rollBack(answer.why), {
            done: `Rolled back: ${route} is at ${percentText(0)}.`,
            otherwise: `From a terminal: banyan canary rollback ${route}${wordsOf(dial).flag}`,
          });
      },
    },
    'Roll back',
  );
