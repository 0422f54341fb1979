import { element, field } from './element.js';

/**
 * Where a token is asked for. It is in no address and in nothing that outlives the tab.
 * @param {{ why: string | undefined, enter: (token: string) => Promise<string | undefined> }} options `enter` answers what is wrong.
 */
export const signIn = ({ why, enter }) => {
  const token = element('input', {
    type: 'password',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    autofocus: true,
  });
  const wrong = element('p', { class: 'warning', role: 'alert', hidden: why === undefined }, why);
  const button = element('button', { type: 'submit', class: 'primary' }, 'Sign in');
  return element(
    'main',
    { class: 'sign-in' },
    element('h1', {}, 'Banyan'),
    element(
      'form',
      {
        class: 'panel form',
        submit: async (event) => {
          event.preventDefault();
          button.disabled = true;
          const problem = await enter(token.value.trim());
          button.disabled = false;
          wrong.hidden = problem === undefined;
          wrong.textContent = problem ?? '';
          token.focus();
        },
      },
      wrong,
      field('Token', token),
      button,
      element(
        'p',
        { class: 'note' },
        'An operator of this server makes one: ',
        element('code', {}, 'banyan admin token NAME --role viewer'),
        '. It is kept until this tab is closed.',
      ),
    ),
  );
};
