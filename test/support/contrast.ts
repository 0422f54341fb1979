import type { Page } from 'playwright-core';

/** Text of a page, with the contrast to what is behind it: 4.5 is readable (WCAG 2.2, 1.4.3). */
export interface TextContrast {
  readonly text: string;
  readonly ratio: number;
}

/** Runs in the page. Backgrounds are taken to be of one colour each, which may let shine through what is below. */
const MEASURE = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.background = 'Canvas';
  const paper = rgba(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const behind = (element) =>
    element ? over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement)) : paper;
  const opacity = (element) =>
    element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrasts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || element.checkVisibility({ visibilityProperty: true }) === false) continue;
    const ground = behind(element);
    const colour = rgba(getComputedStyle(element).color);
    const [a, b] = [light(over([...colour.slice(0, 3), colour[3] * opacity(element)], ground)), light(ground)];
    contrasts.push({ text, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) });
  }
  return contrasts;
})()`;

/** The texts of a page that are hard to read on what is behind them; no text at all is an error. */
export const faintTexts = async (page: Page, atLeast = 4.5): Promise<readonly TextContrast[]> => {
  const texts = await page.evaluate<TextContrast[]>(MEASURE);
  if (texts.length === 0) throw new Error('the page shows no text');
  return texts.filter(({ ratio }) => ratio < atLeast);
};
