import { describe, expect, it } from '@jest/globals';
import type { Difference } from '../../../../migrations/verify/compare.ts';
import { renderReportPage } from '../../../../migrations/verify/report-page.ts';
import { parseReport, reportOf } from '../../../../migrations/verify/verify-report.ts';
import type { VerifyResult } from '../../../../migrations/verify/verify-result.ts';

const EVIL = '<script>alert("x")</script>&\'';

const resultOf = (differences: readonly Difference[]): VerifyResult => ({
  plan: 'users-to-profiles',
  mode: 'full',
  compared: 10,
  mismatches: 1,
  unsettled: 0,
  settled: 2,
  rejected: 0,
  scanned: 10,
  kinds: { field: 1 },
  first: [{ key: `key ${EVIL}`, differences }],
  firstRejected: [],
  keys: [`key ${EVIL}`],
  sourcePositions: { before: '5.1', after: '6.2' },
  elapsedMs: 1_234,
});

const bio: Difference = {
  kind: 'field',
  field: `bio ${EVIL}`,
  source: `her ${EVIL} words`,
  sink: 'her words',
};

const report = (differences: readonly Difference[], showValues: boolean) =>
  reportOf(resultOf(differences), { command: `banyan verify 'x ${EVIL}'`, atMs: 0, showValues });

describe('the report as JSON', () => {
  it('holds no value unless it is asked for', () => {
    expect(JSON.stringify(report([bio, { kind: 'rejected', reason: 'her words' }], false))).not.toContain(
      'her words',
    );
    expect(JSON.stringify(report([bio], true))).toContain('her words');
  });

  it('says what was found, what that claims, and how to compare again', () => {
    expect(report([bio], false)).toMatchObject({
      verdict: 'different',
      sentence: 'source and sink differ',
      claim: expect.stringContaining('5.1 and 6.2'),
      command: expect.stringContaining('banyan verify'),
      at: '1970-01-01T00:00:00.000Z',
      keysLeftOut: 0,
    });
  });

  it('is read again by whoever repairs', () => {
    const json = JSON.stringify(report([bio], false));
    expect(parseReport(json, 'r.json')).toMatchObject({ plan: 'users-to-profiles', keys: [`key ${EVIL}`] });
    expect(() => parseReport('{"plan":"x"}', 'r.json')).toThrow('r.json is no report');
    expect(() => parseReport('nothing', 'r.json')).toThrow('r.json is not JSON');
  });

  it('of a comparison that was stopped says by what, and cannot tell', () => {
    const stopped = reportOf(resultOf([bio]), {
      command: 'c',
      atMs: 0,
      showValues: false,
      stoppedBy: 'the sink is down',
    });
    expect(stopped).toMatchObject({ verdict: 'cannot-tell', claim: 'the sink is down' });
  });
});

const inQuarantine = (showValues: boolean, rejected = 2) =>
  reportOf(
    {
      ...resultOf([]),
      ...{ mismatches: 0, kinds: {}, first: [], keys: [], rejected },
      firstRejected: [
        { key: `key ${EVIL}`, id: 'run-1', reason: `too large ${EVIL}` },
        { key: 'other', id: 'run-2', reason: 'too large' },
      ],
    },
    { command: 'c', atMs: 0, showValues },
  );

describe('what is in quarantine', () => {
  it('is named in the report with its entry, and with its reason for whoever asks for values', () => {
    expect(inQuarantine(false)).toMatchObject({
      verdict: 'rejects',
      rejected: 2,
      firstRejected: [{ id: 'run-1', reason: expect.stringMatching(/^\(text of/) }, { key: 'other' }],
    });
    expect(inQuarantine(true).firstRejected[1]).toEqual({ key: 'other', id: 'run-2', reason: 'too large' });
  });

  it('stands on the page, with how to see it and how to copy it once it is mended', () => {
    const page = renderReportPage(inQuarantine(true));
    expect(page).toContain('<a href="#quarantine">2 in quarantine</a>');
    expect(page).toContain('In quarantine: 2</h2>');
    expect(page).toContain('banyan quarantine replay users-to-profiles');
    expect(page).toContain('<td>too large</td><td>run-2</td>');
    expect(page).not.toContain('<script>');
    expect(renderReportPage(inQuarantine(false))).not.toContain('too large');
    expect(renderReportPage(inQuarantine(true, 5_000))).toContain('In quarantine: the first 2 of 5,000');
  });

  it('is not spoken of where there is none', () => {
    expect(renderReportPage(report([bio], true))).not.toContain('id="quarantine"');
  });
});

describe('the report as a page', () => {
  it('needs nothing from elsewhere', () => {
    const page = renderReportPage(report([bio], true));
    expect(page).not.toMatch(/<(script|link|img|iframe|object)\b|\bsrc=|@import|url\(|https?:/i);
    expect(page).toContain("default-src 'none'");
  });

  it('shows what documents hold as text, wherever it stands', () => {
    for (const showValues of [true, false]) {
      expect(renderReportPage(report([bio], showValues))).not.toContain('<script>');
    }
  });

  it('shows both sides of a field next to each other, with what they do not share marked', () => {
    const differs: Difference = { kind: 'field', field: 'bio', source: 'I like tea', sink: 'I like coffee' };
    const page = renderReportPage(report([differs], true));
    expect(page).toContain('<td>&#34;I like <mark>tea</mark>&#34;</td>');
    expect(page).toContain('<td>&#34;I like <mark>coffee</mark>&#34;</td>');
  });

  it('shows no value unless it is asked for', () => {
    const page = renderReportPage(report([bio], false));
    expect(page).not.toContain('words');
    expect(page).toContain('(text of ');
    expect(page).toContain('--show-values');
  });

  it.each([
    [{ kind: 'missing', source: 5 }, 'there, at version 5', 'missing'],
    [{ kind: 'extra', sink: 5 }, 'not there', 'there, at version 5'],
    [{ kind: 'not-deleted', source: 9, sink: 5 }, 'deleted at version 9', 'there, at version 5'],
    [{ kind: 'version', source: 19, sink: 15 }, '1<mark>9</mark>', '1<mark>5</mark>'],
    [{ kind: 'field', field: 'a', source: undefined, sink: 1 }, '(absent)', '1'],
    [{ kind: 'rejected', reason: 'bad' }, 'rejects it: bad', 'not in quarantine as it is now'],
  ] as const)('shows %o', (difference, source, sink) => {
    const page = renderReportPage(report([difference], true));
    const cells = [...page.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, text]) => text);
    expect(cells.slice(-2)).toEqual([source, sink]);
  });

  it('cuts values that no screen holds', () => {
    const page = renderReportPage(
      report([{ kind: 'field', field: 'a', source: 'a'.repeat(1e6), sink: `${'a'.repeat(5e5)}b` }], true),
    );
    expect(page.length).toBeLessThan(20_000);
  });

  it('names the command that compares again', () => {
    expect(renderReportPage(report([], false))).toContain('<pre>banyan verify ');
  });
});
