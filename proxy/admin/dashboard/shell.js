import { Away, Refused } from './api.js';
import { backfillsView } from './backfills-view.js';
import { drawn, element, say } from './element.js';
import { durationText, percentText, sentenceOf } from './format.js';
import { routeView } from './route-view.js';

/**
 * @typedef {import('./api.js').Canary} Canary
 * @typedef {object} View
 * @property {string} title
 * @property {HTMLElement} node
 * @property {(canaries: readonly Canary[]) => Promise<void>} refresh
 * @property {() => void} close
 */

const EVERY_MS = 2_000;
const BACKFILLS = '#/backfills';

/**
 * What stands around a view: where one may go, whether the server answers, what became of the last action.
 * @param {{ api: import('./api.js').Api, person: import('./api.js').Person, signOut: (why?: string) => void }} options
 */
export const shell = ({ api, person, signOut }) => {
  const links = element('ul', {});
  const outcome = element('p', { class: 'outcome', role: 'status', hidden: true });
  const trouble = element('span', { role: 'alert' });
  const age = element('span', {});
  const away = element('p', { class: 'away', hidden: true }, trouble, ' ', age);
  const main = element('main', {});
  const drawLinks = drawn(links, linksOf);
  /** @type {View | undefined} */
  let view;
  /** @type {readonly Canary[]} */
  let canaries = [];
  /** When what is shown was read; `undefined` while nothing is. @type {number | undefined} */
  let freshAtMs;
  let closed = false;
  /** @type {number | undefined} */
  let timer;
  /** A second one never runs beside the first. @type {Promise<void> | undefined} */
  let refreshing;

  const tell = (/** @type {string} */ text, /** @type {'good' | 'bad'} */ kind) => {
    outcome.hidden = false;
    outcome.className = `outcome ${kind}`;
    outcome.textContent = text;
  };

  /** @param {unknown} thrown */
  const failed = (thrown) => {
    if (closed) return;
    if (thrown instanceof Refused && thrown.status === 401)
      return signOut('This token is no longer known here: sign in with another.');
    if (!(thrown instanceof Away || thrown instanceof Refused)) console.error(thrown);
    say(trouble, `${sentenceOf(thrown)} Trying again every ${durationText(EVERY_MS)}.`);
    away.hidden = false;
    main.classList.add('stale');
  };

  const refresh = async () => {
    try {
      canaries = await api.canaries();
      drawLinks({
        canaries: canaries.map(({ dial, route, weightPercent, ramp }) => ({
          dial,
          route,
          weightPercent,
          phase: ramp?.phase,
        })),
        here: here(),
      });
      if (!view) openHere();
      const shown = view;
      await shown?.refresh(canaries).catch((thrown) => {
        // What somebody has left behind is nobody's trouble.
        if (shown === view) throw thrown;
      });
      if (closed || shown !== view) return;
      freshAtMs = performance.now();
      away.hidden = true;
      trouble.textContent = '';
      main.classList.remove('stale');
    } catch (thrown) {
      failed(thrown);
    }
  };

  /** Reads now, and then again and again, as long as somebody can see it. */
  const loop = async () => {
    clearTimeout(timer);
    refreshing ??= refresh().finally(() => {
      refreshing = undefined;
    });
    await refreshing;
    clearTimeout(timer);
    if (!closed && !document.hidden) timer = window.setTimeout(() => void loop(), EVERY_MS);
  };

  /** Shows at once what an action has changed. */
  const again = async () => {
    await refreshing;
    await loop();
  };

  /** @type {import('./main.js').Act} */
  const act = async (work, { done, otherwise = '', quiet = false } = {}) => {
    try {
      if (!quiet) tell('Under way …', 'good');
      await work();
      if (done) tell(done, 'good');
    } catch (thrown) {
      if (thrown instanceof Refused && thrown.status === 401) return failed(thrown);
      tell(`${sentenceOf(thrown)} ${otherwise}`.trim(), 'bad');
    }
    void again();
  };

  const here = () => location.hash || (canaries[0] ? hashOf(canaries[0]) : BACKFILLS);

  const openHere = () => {
    view?.close();
    freshAtMs = undefined;
    const hash = here();
    const canary = canaries.find((one) => hashOf(one) === hash);
    if (canary) view = routeView({ api: api.canary(canary), canary, person, act, tell });
    else if (hash === BACKFILLS) view = backfillsView({ api, person, act });
    else view = nothingHere();
    document.title = `${view.title} – Banyan`;
    main.replaceChildren(view.node);
  };

  const moved = async () => {
    outcome.hidden = true;
    openHere();
    /** @type {HTMLElement | null} */ (main.querySelector('h1'))?.focus();
    await again();
  };
  const seen = () => void loop();
  const ageing = window.setInterval(() => {
    const shown =
      freshAtMs === undefined
        ? 'What is missing could not be read yet'
        : `What is shown is ${durationText(performance.now() - freshAtMs)} old`;
    if (!away.hidden) say(age, `${shown}.`);
  }, 1_000);

  const may =
    person.role === 'operator'
      ? `${person.name}, operator`
      : `${person.name}, viewer: you see everything; changing something takes an operator’s token`;
  return {
    node: element(
      'div',
      { class: 'page' },
      element(
        'header',
        { class: 'top' },
        element('strong', {}, 'Banyan'),
        element('span', { class: 'who' }, may),
        element('button', { type: 'button', click: () => signOut() }, 'Sign out'),
      ),
      element('nav', { 'aria-label': 'Routes and backfills' }, links),
      element('div', { class: 'told' }, away, outcome),
      main,
    ),
    start: () => {
      addEventListener('hashchange', moved);
      document.addEventListener('visibilitychange', seen);
      void loop();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearInterval(ageing);
      removeEventListener('hashchange', moved);
      document.removeEventListener('visibilitychange', seen);
      view?.close();
    },
  };
};

/** @typedef {Pick<Canary, 'dial' | 'route'>} Place */

/** @param {Place} canary */
const hashOf = ({ dial, route }) => `#/${dial === 'alb' ? 'rules' : 'routes'}/${encodeURIComponent(route)}`;

/** @param {{ canaries: readonly (Place & { weightPercent: number, phase: string | undefined })[], here: string }} now */
const linksOf = ({ canaries, here }) => [
  ...canaries.map(({ dial, route, weightPercent, phase }) =>
    linkTo(
      hashOf({ dial, route }),
      here,
      element('span', {}, dial === 'alb' ? `${route} (load balancer)` : route),
      element(
        'span',
        { class: 'much' },
        `${percentText(weightPercent)}${phase === 'running' || phase === 'waiting' || phase === 'paused' ? `, ${phase}` : ''}`,
      ),
    ),
  ),
  linkTo(BACKFILLS, here, element('span', {}, 'Backfills')),
];

/** @param {string} hash @param {string} here @param {...Node} children */
const linkTo = (hash, here, ...children) =>
  element(
    'li',
    {},
    element('a', { href: hash, 'aria-current': hash === here ? 'page' : undefined }, ...children),
  );

/** @returns {View} */
const nothingHere = () => ({
  title: 'Nothing here',
  node: element(
    'article',
    {},
    element('h1', { tabindex: -1 }, 'There is no such route'),
    element('p', {}, 'Choose one of those above.'),
  ),
  refresh: async () => undefined,
  close: () => undefined,
});
