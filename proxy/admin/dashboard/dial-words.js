/** @typedef {import('./api.js').Canary['dial']} DialKind */

/** How the page speaks of a route, by what shares its traffic. */
const WORDS = {
  proxy: {
    shared: 'users',
    follows: 'Every proxy follows within two seconds.',
    rollback:
      'Everybody goes to the control within two seconds, cohorts, lists and pins as well. Whoever turns the dial at the same moment loses.',
    controller: 'Is a proxy running?',
    flag: '',
  },
  alb: {
    shared: 'requests',
    follows: 'The load balancer follows within a minute.',
    rollback:
      'The listener rule sends everything to the control from now on. Whoever turns the dial at the same moment loses.',
    controller: 'Is “banyan canary ramp run --dial alb” running?',
    flag: ' --dial alb',
  },
};

/** @param {DialKind} dial */
export const wordsOf = (dial) => WORDS[dial];
