/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Makes an element. What is no node becomes text, never HTML: a reason that somebody gave is shown as it was written.
 * A function is listened with, by the name of its event; `false` and `undefined` leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {{ [attribute: string]: string | number | boolean | undefined | ((event: Event) => void) }} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(attribute, value);
    else if (value === true) made.setAttribute(attribute, '');
    else if (value !== false && value !== undefined) made.setAttribute(attribute, String(value));
  }
  made.append(...nodesOf(children));
  return made;
};

/** @param {readonly Child[]} children @returns {(Node | string)[]} */
const nodesOf = (children) =>
  children.flatMap((child) =>
    child === null || child === undefined || child === false
      ? []
      : child instanceof Node
        ? child
        : String(child),
  );

/** Changes the text of an element if it is another: what a reader has selected stays. @param {Element} node @param {string} text */
export const say = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

const FOCUSABLE = 'a, button, input, select, summary, [tabindex]';

/** By what an element is known again when it was drawn anew. @param {Element} node */
const keyOf = (node) =>
  `${node.tagName} ${node.getAttribute('data-key') ?? node.getAttribute('aria-label') ?? node.textContent}`;

/**
 * Draws what is in a node again whenever the value is another, and not while somebody marks text in it. The focus
 * stays where it was.
 * @template T
 * @param {Element} node
 * @param {(value: T) => readonly Child[]} draw
 * @returns {(value: T) => void}
 */
export const drawn = (node, draw) => {
  /** @type {string | undefined} */
  let shown;
  return (value) => {
    const json = JSON.stringify(value);
    const marked = getSelection();
    if (json === shown || (marked && !marked.isCollapsed && node.contains(marked.anchorNode))) return;
    shown = json;
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    node.replaceChildren(...nodesOf(draw(value)));
    if (!focused) return;
    const same = [...node.querySelectorAll(FOCUSABLE)].find((one) => keyOf(one) === keyOf(focused));
    if (same instanceof HTMLElement) same.focus({ preventScroll: true });
  };
};

/**
 * A table with a caption that is read out; where it is too wide it scrolls by itself, with the keys too.
 * @param {string} caption
 * @param {readonly Child[]} heads
 * @param {readonly (readonly Child[])[]} rows
 * @returns {HTMLElement}
 */
export const table = (caption, heads, rows) =>
  element(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', { class: 'unseen' }, caption),
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element(
        'tbody',
        {},
        ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cell)))),
      ),
    ),
  );

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} input
 * @returns {HTMLLabelElement}
 */
export const field = (label, input) =>
  element('label', { class: 'field' }, element('span', {}, label), input);

/**
 * A part of a view with its heading.
 * @param {string} heading
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export const panel = (heading, ...children) =>
  element('section', { class: 'panel', 'aria-label': heading }, element('h2', {}, heading), ...children);
