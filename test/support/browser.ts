import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of `BANYAN_TEST_CHROMIUM`, or the first on the path. @throws Error that says how to get one. */
const executablePath = (): string => {
  const named = process.env.BANYAN_TEST_CHROMIUM;
  if (named) return named;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
  if (found) return found;
  throw new Error(
    'There is no Chromium: install one (Debian, Ubuntu: apt-get install chromium), or set BANYAN_TEST_CHROMIUM; BANYAN_SKIP_BROWSER=1 leaves its tests out.',
  );
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** A page, and what its browser complained about: errors on its console, thrown ones, and requests that failed. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** A real Chromium for one suite; files that use it end with `.browser.test.ts`, so that they can be left out. */
export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<TestBrowser> {
    // Its sandbox wants rights that a container seldom gives; what it opens is our own.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    return new TestBrowser(await chromium.launch({ executablePath: executablePath(), args }));
  }

  /** A page in a profile of its own: `viewport`, `colorScheme` and the like as Playwright has them. */
  async page(options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    return { page, complaints };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** By how many pixels the page is wider than its window: a person would have to scroll sideways. */
export const widerBy = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** How long a suite may take to get its browser, on a busy machine. */
export const BROWSER_WITHIN_MS = 60_000;
