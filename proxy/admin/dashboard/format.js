import { element } from './element.js';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A number and its unit stay on one line. @param {number} value */
export const percentText = (value) => `${number.format(value)}\u00a0%`;

/** @param {number} value */
export const countText = (value) => whole.format(value);

/** @param {number} value */
export const rateText = (value) => `${(value < 10 ? number : whole).format(value)}\u00a0/s`;

/** A latency as the histogram knows it: an upper bound. @param {number | null} ms */
export const latencyText = (ms) =>
  ms === null ? '–' : Number.isFinite(ms) ? `≤\u00a0${countText(ms)}\u00a0ms` : '>\u00a030\u00a0s';

/** `3 min`, in the largest unit that leaves no zero. @param {number} ms */
export const durationText = (ms) => {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${number.format(Math.round(seconds / 360) / 10)} h`;
  return `${countText(seconds / 86_400)} days`;
};

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** A time as people of the browser's zone read it. @param {number} ms */
export const moment = (ms) => {
  const date = new Date(ms);
  const text = `${day.format(date)}, ${date.toLocaleTimeString('en-GB', { hour12: false })}`;
  return element('time', { datetime: date.toISOString(), title: date.toString() }, text);
};

/** What went wrong, as a sentence. @param {unknown} thrown */
export const sentenceOf = (thrown) => {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
};

/** Who did something, and why. @param {string} by @param {string} why */
export const signed = (by, why) => (why === '' ? by : `${by}: ${why}`);
