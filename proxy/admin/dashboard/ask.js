import { element, field } from './element.js';

/**
 * Asks for a reason and one confirmation. Enter confirms and Escape calls off, from wherever the focus is.
 * @param {{ title: string, text: string, confirm: string, danger?: boolean, why?: boolean }} question
 * @returns {Promise<{ why: string } | undefined>} `undefined` when it was called off.
 */
export const ask = ({ title, text, confirm, danger = false, why: wantsWhy = true }) =>
  new Promise((answer) => {
    const why = element('input', { type: 'text', maxlength: 500, autocomplete: 'off' });
    const close = () => dialog.close();
    /** @type {{ why: string } | undefined} */
    let given;
    const form = element(
      'form',
      {
        submit: (event) => {
          event.preventDefault();
          given = { why: why.value.trim() };
          close();
        },
      },
      element('h2', { id: 'asked' }, title),
      element('p', {}, text),
      wantsWhy ? field('Why (for the history)', why) : null,
      element(
        'div',
        { class: 'buttons' },
        element('button', { type: 'submit', class: danger ? 'danger' : 'primary', autofocus: true }, confirm),
        element('button', { type: 'button', click: close }, 'Cancel'),
      ),
    );
    const dialog = element('dialog', { 'aria-labelledby': 'asked' }, form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      answer(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
