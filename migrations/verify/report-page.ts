import { canonicalJson } from './canonical-json.ts';
import type { Difference, Mismatch } from './compare.ts';
import { quarantineCommands } from './describe-result.ts';
import type { KnownReject } from './known-rejects.ts';
import { STYLE } from './report-style.ts';
import type { VerifyReport } from './verify-report.ts';

/** Of a value that is longer the rest is left out: both sides have to fit a screen. */
const LONGEST_TEXT = 2_000;

/**
 * A report as one HTML page that needs nothing else: no script, no font, no request. What comes from documents is
 * text and nothing more.
 */
export const renderReportPage = (report: VerifyReport): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${report.plan}: ${report.sentence}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header class="${report.verdict}">
<p>banyan verify</p>
<h1>${escapeHtml(report.plan)}: ${escapeHtml(report.sentence)}</h1>
<p>${escapeHtml(sentenceOf(report.claim))}</p>
${linksOf(report)}</header>
${numbersOf(report)}
${mismatchesOf(report)}
${quarantineOf(report)}
<h2>Compare again</h2>
<pre>${escapeHtml(report.command)}</pre>
<p>Finished at <time datetime="${escapeHtml(report.at)}">${escapeHtml(report.at)}</time> after ${(report.elapsedMs / 1_000).toFixed(1)} s.</p>
</main>
</body>
</html>
`;

/** As text between tags and in quoted attributes. */
const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const sentenceOf = (claim: string): string => `${claim.charAt(0).toUpperCase()}${claim.slice(1)}.`;

const linksOf = ({ mismatches, rejected }: VerifyReport): string =>
  linkTo('mismatches', mismatches, mismatches === 1 ? 'mismatch' : 'mismatches') +
  linkTo('quarantine', rejected, 'in quarantine');

const linkTo = (id: string, count: number, what: string): string =>
  count === 0 ? '' : `<p><a href="#${id}">${shown(count)} ${what}</a></p>\n`;

const numbersOf = (report: VerifyReport): string => {
  const { sourcePositions, checksum, sample } = report;
  const numbers: [string, string | number][] = [
    ['compared', report.compared],
    ['mismatches', report.mismatches],
    ['unsettled', report.unsettled],
    ['settled when looked at again', report.settled],
    ['in quarantine', report.rejected],
    ['scanned in the sink', report.scanned],
    ...Object.entries(report.kinds).map(([kind, count]): [string, number] => [`differ by: ${kind}`, count]),
    ["the source's position before", sourcePositions.before],
    ["the source's position after", sourcePositions.after],
    ...(checksum
      ? ([
          ['buckets opened', `${checksum.open} of ${checksum.buckets}`],
          ['digest of what the sink should hold', checksum.sourceDigest],
        ] as [string, string][])
      : []),
    ...(sample
      ? ([
          ['keys drawn', `${sample.size} of ${sample.population}`],
          ['seed', sample.seed],
        ] as [string, string][])
      : []),
  ];
  const rows = numbers.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(shown(value))}</td></tr>`,
  );
  return `<table class="numbers"><caption>Numbers</caption><tbody>\n${rows.join('\n')}\n</tbody></table>`;
};

const shown = (value: string | number): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : value;

const mismatchesOf = (report: VerifyReport): string => {
  const { first, mismatches, valuesShown } = report;
  if (mismatches === 0) return '';
  const values = valuesShown ? '' : '<p>Values are left out; <code>--show-values</code> shows them.</p>';
  return `<h2 id="mismatches">Mismatches: ${whichOf(first, mismatches)}</h2>\n${values}\n${first.map((mismatch, i) => mismatchOf(mismatch, i + 1, valuesShown)).join('\n')}`;
};

const whichOf = (first: readonly unknown[], count: number): string =>
  count > first.length ? `the first ${first.length} of ${shown(count)}` : `${count}`;

const quarantineOf = ({ plan, rejected, firstRejected }: VerifyReport): string => {
  if (rejected === 0) return '';
  const rows = firstRejected.map(rejectOf).join('\n');
  const { why, again } = quarantineCommands(plan);
  return `<h2 id="quarantine">In quarantine: ${whichOf(firstRejected, rejected)}</h2>
<p>What the transform or the sink refused, as the source has it now. Why: <code>${escapeHtml(why)}</code>. Once mended at the source: <code>${escapeHtml(again)}</code>.</p>
<table class="diff"><thead><tr><th scope="col">key</th><th scope="col">reason</th><th scope="col">entry</th></tr></thead>
<tbody>
${rows}
</tbody></table>`;
};

const rejectOf = ({ key, reason, id }: KnownReject): string => row(key, cell(reason), cell(id));

/** Its key is a link to itself: a place to name to others, and one that the keyboard stops at. */
const mismatchOf = (
  { key, differences }: Mismatch,
  number: number,
  valuesShown: boolean,
): string => `<table class="diff" id="mismatch-${number}">
<caption><a href="#mismatch-${number}">${escapeHtml(key)}</a></caption>
<thead><tr><th scope="col">differs in</th><th scope="col">source</th><th scope="col">sink</th></tr></thead>
<tbody>
${differences.map((difference) => rowOf(difference, valuesShown)).join('\n')}
</tbody>
</table>`;

const rowOf = (difference: Difference, valuesShown: boolean): string => {
  switch (difference.kind) {
    case 'missing':
      return row('the key', cell(`there, at version ${difference.source}`), absent('missing'));
    case 'extra':
      return row('the key', absent('not there'), cell(`there, at version ${difference.sink}`));
    case 'not-deleted':
      return row(
        'the key',
        absent(`deleted at version ${difference.source}`),
        cell(`there, at version ${difference.sink}`),
      );
    case 'version':
      return row('version', ...sides(String(difference.source), String(difference.sink)));
    case 'field':
      return row(difference.field, ...valuesOf(difference, valuesShown));
    case 'rejected':
      return row(
        'the transform',
        cell(`rejects it: ${difference.reason}`),
        absent('not in quarantine as it is now'),
      );
  }
};

const row = (name: string, source: string, sink: string): string =>
  `<tr><th scope="row">${escapeHtml(name)}</th>${source}${sink}</tr>`;

const cell = (text: string): string => `<td>${escapeHtml(text)}</td>`;

const absent = (text: string): string => `<td class="absent">${escapeHtml(text)}</td>`;

/** Without values there is a word for what kind each is, `(absent)` included: nothing to mark in it. */
const valuesOf = (
  { source, sink }: { readonly source: unknown; readonly sink: unknown },
  valuesShown: boolean,
): [string, string] =>
  valuesShown ? sides(textOf(source), textOf(sink)) : [absent(String(source)), absent(String(sink))];

const textOf = (value: unknown): string | undefined =>
  value === undefined ? undefined : canonicalJson(value);

/** Both values, with what they do not share marked: from the first difference to the last. */
const sides = (source: string | undefined, sink: string | undefined): [string, string] => {
  if (source === undefined) return [absent('(absent)'), cell(cut(sink ?? ''))];
  if (sink === undefined) return [cell(cut(source)), absent('(absent)')];
  const start = sharedStart(source, sink);
  const end = sharedEnd(source.slice(start), sink.slice(start));
  return [marked(source, start, end), marked(sink, start, end)];
};

const marked = (text: string, start: number, end: number): string => {
  const from = Math.max(0, start - LONGEST_TEXT / 4);
  const until = text.length - end;
  const before = `${from > 0 ? '…' : ''}${text.slice(from, start)}`;
  const after = cut(text.slice(until), LONGEST_TEXT / 4);
  return `<td>${escapeHtml(before)}<mark>${escapeHtml(cut(text.slice(start, until)))}</mark>${escapeHtml(after)}</td>`;
};

const cut = (text: string, longest = LONGEST_TEXT): string =>
  text.length > longest ? `${text.slice(0, longest)}… (${text.length - longest} more)` : text;

const sharedStart = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  return at;
};

const sharedEnd = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && at < b.length && a[a.length - 1 - at] === b[b.length - 1 - at]) at += 1;
  return at;
};
