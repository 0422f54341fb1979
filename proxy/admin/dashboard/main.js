import { Api, Refused } from './api.js';
import { sentenceOf } from './format.js';
import { shell } from './shell.js';
import { signIn } from './sign-in.js';

/**
 * Does something, and tells what became of it.
 * @typedef {(work: () => Promise<unknown>, options?: { done?: string, otherwise?: string, quiet?: boolean }) => Promise<void>} Act
 */

const KEPT_AS = 'banyan-token';
/** @type {{ close(): void } | undefined} */
let open;

/** @param {Node} node */
const put = (node) => document.body.replaceChildren(node);

/** @param {string} [why] */
const askForToken = (why) => {
  open?.close();
  open = undefined;
  sessionStorage.removeItem(KEPT_AS);
  document.title = 'Sign in – Banyan';
  put(signIn({ why, enter }));
  /** @type {HTMLElement | null} */ (document.querySelector('input'))?.focus();
};

/** Answers why a token does not let in. @param {string} token @returns {Promise<string | undefined>} */
const enter = async (token) => {
  const api = new Api(token);
  try {
    const person = await api.me();
    sessionStorage.setItem(KEPT_AS, token);
    const shown = shell({ api, person, signOut: askForToken });
    open = shown;
    put(shown.node);
    shown.start();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.status === 401)
      return 'This token is not known here, or no longer.';
    return `${sentenceOf(thrown)} Try again.`;
  }
};

const kept = sessionStorage.getItem(KEPT_AS);
const problem = kept === null ? undefined : await enter(kept);
if (!open) askForToken(problem);
