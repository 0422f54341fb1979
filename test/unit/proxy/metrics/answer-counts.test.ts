import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { AnswerCounts } from '../../../../proxy/metrics/answer-counts.ts';
import { registerDurations } from '../../../../proxy/metrics/answer-durations.ts';
import { LATENCY_BOUNDS_MS } from '../../../../proxy/metrics/readings.ts';

describe('the counts of answers', () => {
  it('have requests and failures of each side, but nobody who left', () => {
    const counts = new AnswerCounts();
    const { control, candidate } = counts.of('profiles');
    control.ended('ok', 4);
    candidate.ended('rescued', 4);
    candidate.ended('error', 4);
    candidate.ended('aborted', 4);
    expect(control.totals()).toMatchObject({ requests: 1, failures: 0 });
    expect(candidate.totals()).toMatchObject({ requests: 2, failures: 2 });
    expect(candidate.totals().withinBounds.at(-1)).toBe(2);
    expect(candidate.outcomes.aborted).toBe(1);
  });

  it('put an answer into each bound that it did not pass, its own included', () => {
    const { control } = new AnswerCounts().of('profiles');
    control.ended('ok', 2);
    control.ended('ok', 2.001);
    control.ended('ok', 1e9);
    const { withinBounds } = control.totals();
    expect(withinBounds).toHaveLength(LATENCY_BOUNDS_MS.length + 1);
    expect(withinBounds.slice(0, 4)).toEqual([0, 1, 2, 2]);
    expect(withinBounds.slice(-2)).toEqual([2, 3]);
  });

  it('show the sides that had a request', () => {
    const counts = new AnswerCounts();
    counts.of('profiles').candidate.ended('ok', 1);
    counts.of('names');
    expect([...counts.all()].map(({ route, side }) => `${route} ${side}`)).toEqual(['profiles candidate']);
  });

  it('are read as a histogram in seconds, as text and as data that can be sent', async () => {
    const registry = new Registry();
    const counts = new AnswerCounts();
    registerDurations(registry, counts);
    counts.of('profiles').control.ended('ok', 1);
    counts.of('profiles').control.ended('ok', 1_500);
    const text = await registry.metrics();
    expect(text).toContain('# TYPE banyan_proxy_request_duration_seconds histogram');
    const lines = text.split('\n').map((line) => line.replace('banyan_proxy_request_duration_seconds_', ''));
    expect(lines).toContain('bucket{le="0.001",route="profiles",side="control"} 1');
    expect(lines).toContain('bucket{le="2",route="profiles",side="control"} 2');
    expect(lines).toContain('bucket{le="+Inf",route="profiles",side="control"} 2');
    expect(lines).toContain('sum{route="profiles",side="control"} 1.501');
    expect(lines).toContain('count{route="profiles",side="control"} 2');
    const data = await registry.getMetricsAsJSON();
    expect(structuredClone(data)).toEqual(data);
  });
});
