/**
 * @typedef {import('./api.js').Readings} Readings
 * @typedef {{ requests: number, perSecond: number, errorPercent: number | null, p50Ms: number | null, p99Ms: number | null }} SideNow
 * @typedef {{ atMs: number, spanMs: number, sharePercent: number | null, control: SideNow, candidate: SideNow }} TrafficPoint
 */

/** Over how long the shown numbers are. */
export const WINDOW_MS = 10_000;

/**
 * What both sides did between two readings of their counters; `undefined` when they began anew in between, since a
 * proxy came or went.
 * @param {Readings} before
 * @param {Readings} after
 * @returns {TrafficPoint | undefined}
 */
export const trafficBetween = (before, after) => {
  const spanMs = after.atMs - before.atMs;
  if (!before.totals || !after.totals || spanMs <= 0) return undefined;
  const bounds = after.latencyBoundsMs;
  const control = sideBetween(before.totals.control, after.totals.control, { spanMs, bounds });
  const candidate = sideBetween(before.totals.candidate, after.totals.candidate, { spanMs, bounds });
  if (!control || !candidate) return undefined;
  const all = control.requests + candidate.requests;
  const sharePercent = all === 0 ? null : (candidate.requests / all) * 100;
  return { atMs: after.atMs, spanMs, sharePercent, control, candidate };
};

/**
 * @param {NonNullable<Readings['totals']>['control']} before
 * @param {NonNullable<Readings['totals']>['control']} after
 * @param {{ spanMs: number, bounds: readonly number[] }} options
 * @returns {SideNow | undefined}
 */
const sideBetween = (before, after, { spanMs, bounds }) => {
  const requests = after.requests - before.requests;
  const failures = after.failures - before.failures;
  if (requests < 0 || failures < 0) return undefined;
  const withinBounds = after.withinBounds.map((count, at) => count - (before.withinBounds[at] ?? 0));
  return {
    requests,
    perSecond: requests / (spanMs / 1_000),
    errorPercent: requests === 0 ? null : Math.min(100, (failures / requests) * 100),
    p50Ms: quantileMs(withinBounds, bounds, 0.5),
    p99Ms: quantileMs(withinBounds, bounds, 0.99),
  };
};

/**
 * The bound under which a share of the requests lies; `Infinity` above all bounds, `null` without requests.
 * @param {readonly number[]} withinBounds
 * @param {readonly number[]} bounds
 * @param {number} quantile
 */
export const quantileMs = (withinBounds, bounds, quantile) => {
  const all = withinBounds.at(-1) ?? 0;
  if (all <= 0) return null;
  const at = withinBounds.findIndex((count) => count >= all * quantile);
  return bounds[at] ?? Number.POSITIVE_INFINITY;
};

/** Readings as they come, and what is shown of them: each point looks back over the window. */
export class TrafficHistory {
  #keepMs;
  /** @type {Readings[]} */
  #recent = [];
  /** @type {TrafficPoint[]} */
  #points = [];

  /** @param {number} keepMs */
  constructor(keepMs) {
    this.#keepMs = keepMs;
  }

  /** @returns {readonly TrafficPoint[]} */
  get points() {
    return this.#points;
  }

  /**
   * @param {Readings} readings
   * @returns {TrafficPoint | undefined} `undefined` until there are two readings to compare.
   */
  add(readings) {
    const { atMs } = readings;
    if (this.#recent.some((known) => known.atMs >= atMs)) return this.#points.at(-1);
    const far = this.#recent.findLastIndex((known) => atMs - known.atMs >= WINDOW_MS);
    if (far > 0) this.#recent.splice(0, far);
    const [before] = this.#recent;
    const point = before && trafficBetween(before, readings);
    // Counters that began anew compare with none before.
    if (before && !point) this.#recent = [];
    this.#recent.push(readings);
    if (point) this.#points.push(point);
    this.#points = this.#points.filter((known) => atMs - known.atMs <= this.#keepMs);
    return point;
  }
}
