import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, UsageError } from '../../services/core/index.ts';
import { renderReportPage } from '../verify/report-page.ts';
import type { VerifyReport } from '../verify/verify-report.ts';

export interface ReportFiles {
  /** Where the report goes as JSON. */
  readonly report?: string | undefined;
  /** Where the report goes as a page. */
  readonly html?: string | undefined;
  /** Where the certificate goes, when there is one. */
  readonly certificate?: string | undefined;
}

/** Before a comparison that may take hours. @throws UsageError */
export const assertWritable = async ({ report, html, certificate }: ReportFiles): Promise<void> => {
  for (const file of [report, html, certificate]) {
    if (file === undefined) continue;
    const folder = dirname(resolve(file));
    await access(folder, constants.W_OK).catch((cause) => {
      throw new UsageError(`${file} cannot be written: ${messageOf(cause)}`, { cause });
    });
  }
};

export const writeReports = async (files: ReportFiles, report: VerifyReport): Promise<void> => {
  if (files.report !== undefined) await writeFile(files.report, `${JSON.stringify(report, plain, 2)}\n`);
  if (files.html !== undefined) await writeFile(files.html, renderReportPage(report));
};

/** What stores answer beyond JSON. */
const plain = (_field: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value instanceof Set ? [...value] : value;
