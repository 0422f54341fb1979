import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { BROWSER_WITHIN_MS, TestBrowser, type WatchedPage, widerBy } from '../../support/browser.ts';
import { faintTexts } from '../../support/contrast.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { type PageWorld, startPageWorld } from '../../support/page-world.ts';

jest.setTimeout(30_000);

const path = '/api/v1/canary/profiles';
const EVIL = '<img src=x onerror="document.title=1"> & <script>alert(1)</script>';

describe('the page of banyan admin, in a browser', () => {
  const client = new DynamoDBClient(freshAws());
  let browser: TestBrowser;
  let world: PageWorld;
  const open: Page[] = [];
  beforeAll(async () => {
    browser = await TestBrowser.open();
    const table = await createTable(client, { partition: 'pk', sort: 'sk' });
    world = await startPageWorld(new DynamoDbControlStore({ client, table, clock: systemClock }));
  }, BROWSER_WITHIN_MS);
  beforeEach(() => dial(0));
  afterEach(async () => {
    for (const page of open.splice(0)) await page.context().close();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
    client.destroy();
  });

  const atTheDoor = async (): Promise<WatchedPage> => {
    const watched = await browser.page();
    open.push(watched.page);
    await watched.page.goto(world.admin.address);
    return watched;
  };
  const signedIn = async (role: 'viewer' | 'operator'): Promise<WatchedPage> => {
    const watched = await atTheDoor();
    await watched.page.getByLabel('Token').fill(world.admin.tokens[role]);
    await watched.page.keyboard.press('Enter');
    await watched.page.getByRole('heading', { level: 1, name: 'profiles' }).waitFor();
    return watched;
  };
  const canary = async () =>
    (await world.admin.get(path)).json as {
      weightPercent: number;
      revision: number;
      why: string;
      by: string;
    };
  const dial = async (weightPercent: number, why = '') => {
    const { revision: expectedRevision } = await canary();
    await world.admin.write('PUT', `${path}/weight`, { weightPercent, expectedRevision, why });
  };
  const told = (page: Page) => page.getByRole('status').filter({ hasNotText: 'Under way' });
  const preview = async (page: Page, percent: string) => {
    await page.getByLabel('Weight in %').fill(percent);
    await page.getByRole('button', { name: 'Preview' }).click();
    return page.getByRole('button', { name: /^Set to/ });
  };

  it('lets in whose token is known, and keeps the token out of address, cookies and what outlives the tab', async () => {
    const { page } = await atTheDoor();
    await page.getByLabel('Token').fill('banyan_nobodys');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not known here').waitFor();
    await page.getByLabel('Token').fill(world.admin.tokens.viewer);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'profiles' }).waitFor();
    await page.reload();
    await page.getByText('vera, viewer').waitFor();
    expect(page.url()).not.toContain('banyan_');
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate('localStorage.length')).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('shows a viewer everything and no way to change it, and says why', async () => {
    const { page, complaints } = await signedIn('viewer');
    await page.getByText('changing something takes an operator’s token').waitFor();
    await page.getByText('of the users are the candidate’s').waitFor();
    const buttons = await page.getByRole('button').allTextContents();
    expect(buttons).toEqual(['Sign out']);
    expect(complaints).toEqual([]);
  });

  it('previews a weight and then sets it, for the history, as it was written', async () => {
    const { page, complaints } = await signedIn('operator');
    expect(await page.getByRole('button', { name: /^Set to/ }).isVisible()).toBe(false);
    await page.getByLabel('Why (for the history)').first().fill(EVIL);
    const set = await preview(page, '12.34');
    await page.getByText('From 0 % to 12.34 %: 12.34 % of the users move to the candidate').waitFor();
    expect(await canary()).toMatchObject({ weightPercent: 0 });
    await set.click();
    await page.getByText('The dial is at 12.34 %').waitFor();
    expect(await canary()).toMatchObject({ weightPercent: 12.34, by: 'otto', why: EVIL });
    const history = page.getByRole('region', { name: 'Who turned the dial' });
    await history.getByText(EVIL).waitFor();
    expect(await page.locator('img, script:not([src="main.js"])').count()).toBe(0);
    expect(await page.title()).toBe('profiles – Banyan');
    expect(complaints).toEqual([]);
  });

  it('changes nothing when somebody else was first, and says who', async () => {
    const { page } = await signedIn('operator');
    const set = await preview(page, '50');
    await set.waitFor();
    await dial(7, 'first users');
    await set.click();
    await told(page).getByText('otto set it to 7 % meanwhile (first users). Nothing was changed').waitFor();
    expect(await canary()).toMatchObject({ weightPercent: 7 });
    await (await preview(page, '8')).click();
    await page.getByText('The dial is at 8 %').waitFor();
  });

  it('rolls back by the keyboard alone, with one confirmation', async () => {
    await dial(40);
    const { page, complaints } = await signedIn('operator');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    const reach = async (text: string) => {
      for (let tabs = 0; tabs < 10; tabs++) {
        if ((await focused()) === text) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`ten tabs do not lead to ${text}, but to ${await focused()}`);
    };
    await reach('Roll back');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Roll back now');
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Roll back');
    expect(await canary()).toMatchObject({ weightPercent: 40 });
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('it burns');
    await page.keyboard.press('Enter');
    await told(page).getByText('Rolled back: profiles is at 0 %.').waitFor();
    expect(await canary()).toMatchObject({ weightPercent: 0, why: 'it burns', rolledBack: true });
    expect(complaints).toEqual([]);
  });

  it('shows what both sides do, how their answers differ, and a ramp with the evidence of its judge', async () => {
    const { page, complaints } = await signedIn('operator');
    await page.getByRole('button', { name: 'Start a ramp …' }).click();
    await page.getByRole('dialog').getByText('From where the dial is, by: 5 %, 25 %, 50 %, 100 %.').waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const ramp = page.getByRole('region', { name: 'Ramp', exact: true });
    await ramp.getByText('careful goes on by itself.').waitFor();
    await ramp.locator('[aria-current=step]').getByText('5 %').waitFor();
    const numbers = page.getByRole('region', { name: /^Both sides in the last/ });
    await eventually(async () => {
      await world.visit(20);
      expect(await numbers.textContent()).toMatch(/Errors0\s%0\s%Latency, p50≤\s[\d,]+\sms≤\s[\d,]+\sms/);
      expect(await ramp.getByRole('list', { name: 'The judge’s evidence' }).textContent()).toMatch(
        /errors(fine|no data).*latency/,
      );
    }, 20_000);
    expect(await page.locator('.chart canvas').count()).toBe(3);
    const shadow = page.getByRole('region', { name: 'Shadow', exact: true });
    await shadow.getByText('body.followers').click();
    expect(await shadow.locator('[open] mark').allTextContents()).toEqual(['2', '7']);
    await ramp.getByRole('button', { name: 'Pause …' }).click();
    await page.keyboard.press('Enter');
    await ramp.getByText('careful is paused').waitFor();
    await ramp.getByRole('button', { name: 'Abort …' }).click();
    await page.keyboard.press('Enter');
    await ramp.getByRole('button', { name: 'Start a ramp …' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('pins a user and leaves him to the weight again', async () => {
    const { page, complaints } = await signedIn('operator');
    await page.getByText('Pin a user').click();
    await page.getByLabel('User key').fill('u1');
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByRole('button', { name: 'Unpin u1' }).click();
    await page.keyboard.press('Enter');
    await page.getByText('Nobody is pinned.').waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows a load balancer's rule beside the routes, and turns it and rolls it back", async () => {
    const rule = async () => (await world.admin.get('/api/v1/canary/web?dial=alb')).json;
    const { page, complaints } = await signedIn('operator');
    await page.getByRole('link', { name: 'web (load balancer)' }).click();
    await page.getByText('from monolith to profiles: a side is drawn for each request').waitFor();
    await page.getByText('Nobody has ever set the dial.').waitFor();
    const set = await preview(page, '0.01');
    await told(page).getByText('the nearest it can is 0 %').waitFor();
    expect(await set.isVisible()).toBe(false);
    await preview(page, '12.5');
    await page
      .getByText('12.5 % of the requests move to the candidate, by weights of 875 and 125.')
      .waitFor();
    await set.click();
    await page.getByText('The load balancer follows within a minute.').waitFor();
    expect(await rule()).toMatchObject({ weightPercent: 12.5, by: 'otto' });
    await page.getByRole('row', { name: 'Requests 9,000 1,000' }).waitFor();
    expect(await page.getByRole('region', { name: /^(Pins|Shadow)$/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Start a ramp …' }).click();
    await page.keyboard.press('Enter');
    await page.getByText('careful goes on by itself.').waitFor();
    world.rule.away = true;
    await page.getByText('the rule cannot be read: the load balancer is away').waitFor();
    world.rule.away = false;
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.keyboard.press('Enter');
    await told(page).getByText('Rolled back: web is at 0 %.').waitFor();
    expect(await rule()).toMatchObject({ weightPercent: 0, rolledBack: true });
    // What the server refused, the browser writes on its console.
    expect(complaints.filter((one) => !/40[04]|503/.test(one))).toEqual([]);
  });

  it('shows a backfill, what slows it down and why, and gives it orders', async () => {
    await world.beginBackfill('users-to-search');
    const { page, complaints } = await signedIn('operator');
    await page.getByRole('link', { name: 'Backfills' }).click();
    const run = page.getByRole('region', { name: 'users-to-search', exact: true });
    await run.getByText('25 %: 5,000 of about 20,000').waitFor();
    await run.getByText('Throttled: the sink answers slowly').waitFor();
    await run.getByLabel('Throttle').fill('fast');
    await run.getByRole('button', { name: 'Set' }).first().click();
    await told(page)
      .getByText(/^body\.rate: /)
      .waitFor();
    await run.getByLabel('Throttle').fill('5MB');
    await page.keyboard.press('Enter');
    await run.getByText('At most 5,000,000 bytes a second, says otto').waitFor();
    await run.getByRole('button', { name: 'Pause' }).click();
    await run.getByRole('button', { name: 'Resume' }).waitFor();
    await run.getByRole('button', { name: 'Cancel the run …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
    await run.getByText(/^cancelled/).waitFor();
    // What the server refused, the browser writes on its console.
    expect(complaints).toEqual([expect.stringContaining('400 (Bad Request)')]);
  });

  it('says that the server is away and how old the numbers are, and goes on when it is back', async () => {
    const { page } = await signedIn('operator');
    await page.getByText('of the users are the candidate’s').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByText('The admin server does not answer. Trying again every 2 s.').waitFor();
    await page.getByText(/What is shown is \d+ s old\./).waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.keyboard.press('Enter');
    await told(page).getByText('From a terminal: banyan canary rollback profiles').waitFor();
    await page.unroute('**/api/**');
    await page.getByText('What is shown is').waitFor({ state: 'hidden' });
  });

  it('asks for another token when its own is no longer known', async () => {
    const { page } = await signedIn('viewer');
    await page.route('**/api/**', (route) =>
      route.fulfill({ status: 401, json: { error: { code: 'unauthenticated', message: 'send a token' } } }),
    );
    await page.getByText('This token is no longer known here').waitFor();
    await page.getByLabel('Token').waitFor();
  });

  it('can be read in light and dark, and is no wider than a phone', async () => {
    await world.beginBackfill('users-to-profiles');
    const pin = { key: 'k'.repeat(200), side: 'control', why: 'a long reason '.repeat(20) };
    await world.admin.write('POST', `${path}/pin`, pin);
    await world.visit(5);
    const { page, complaints } = await signedIn('operator');
    const looksWell = async () => {
      for (const width of [390, 1_280])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 844 });
          await page.emulateMedia({ colorScheme });
          await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
          expect({ width, colorScheme, faint: await faintTexts(page), wider: await widerBy(page) }).toEqual({
            ...{ width, colorScheme, faint: [], wider: 0 },
          });
        }
    };
    await page.getByText('control p50').waitFor();
    await page.getByRole('row', { name: /^Share/ }).waitFor();
    await looksWell();
    await page.getByRole('link', { name: 'web (load balancer)' }).click();
    await page.getByText('a side is drawn for each request').waitFor();
    await looksWell();
    await page.getByRole('link', { name: 'Backfills' }).click();
    await page.getByRole('region', { name: 'users-to-profiles' }).getByText('Throttled').waitFor();
    await looksWell();
    expect(complaints).toEqual([]);
  });
});
