import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BROWSER_WITHIN_MS, TestBrowser, widerBy } from '../../support/browser.ts';
import { faintTexts } from '../../support/contrast.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 40;
const SECRET = 'the-name-that-nobody-may-see';
const LONG_KEY = `thing-${'k'.repeat(200)}`;

/** Wrong in four ways: a field and a version, nothing there, something too much, and a very long key. */
const makeDifferent = async ({ aws, table, insert, banyan }: Things): Promise<void> => {
  await insert([
    { _id: 'thing-1', name: SECRET, _banyan: { entity: 1_001 } },
    ...Array.from({ length: DOCUMENTS }, (_, i) => ({
      _id: `thing-${i + 2}`,
      name: `name ${i + 2} ${'of a thing '.repeat(20)}`,
      _banyan: { entity: 1_002 + i },
    })),
    { _id: LONG_KEY, name: 'w'.repeat(500), _banyan: { entity: 2_000 } },
  ]);
  expect((await banyan(['backfill', 'run', 'things'])).code).toBe(0);
  const dynamoDb = new DynamoDBClient(aws);
  const put = (key: string, version: number, name: string) => {
    const Item = { key: { S: key }, version: { N: String(version) }, name: { S: name } };
    return dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
  };
  await put('thing-1', 999, 'other');
  await put('thing-2', 1_002, `name 2 ${'of a thing '.repeat(20)}, misspelt`);
  await put('nobody', 1, 'never there');
  await dynamoDb.send(new DeleteItemCommand({ TableName: table, Key: { key: { S: LONG_KEY } } }));
  dynamoDb.destroy();
};

describe('the page of a comparison, in a browser', () => {
  let things: Things;
  let browser: TestBrowser;
  let folder: string;
  const urlOf = (file: string): string => pathToFileURL(join(folder, file)).href;

  beforeAll(async () => {
    browser = await TestBrowser.open();
    things = await makeThings();
    folder = await mkdtemp(join(tmpdir(), 'banyan-report-'));
    await makeDifferent(things);
    const verify = ['verify', 'things', '--settle-ms', '200', '--html'];
    expect((await things.banyan([...verify, join(folder, 'redacted.html')])).code).toBe(5);
    expect((await things.banyan([...verify, join(folder, 'shown.html'), '--show-values'])).code).toBe(5);
  }, BROWSER_WITHIN_MS + 60_000);
  afterAll(async () => {
    await browser.close();
    await things.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows both sides of each mismatch beside each other, and marks what differs', async () => {
    const { page, complaints } = await browser.page();
    await page.goto(urlOf('shown.html'));
    const mismatch = page.getByRole('table', { name: 'thing-2', exact: true });
    const [source, sink] = await Promise.all(
      [0, 1].map(async (side) => mismatch.getByRole('cell').nth(side).boundingBox()),
    );
    expect(source?.y).toBe(sink?.y);
    expect(source?.width).toBeCloseTo(sink?.width ?? 0, 0);
    expect(await mismatch.locator('mark').allTextContents()).toEqual(['', ', misspelt']);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      'things: source and sink differ',
    );
    expect(complaints).toEqual([]);
  });

  it('holds no value of a document unless it was asked for', async () => {
    const { page } = await browser.page();
    await page.goto(urlOf('redacted.html'));
    const text = await page.content();
    expect(text).not.toContain(SECRET);
    expect(await page.getByRole('table', { name: 'thing-1', exact: true }).textContent()).toContain(
      '(text of',
    );
    await page.goto(urlOf('shown.html'));
    expect(await page.content()).toContain(SECRET);
  });

  it('is walked through by keyboard: to the mismatches, and from one to the next, seeing where it is', async () => {
    const { page } = await browser.page({ viewport: { width: 1_000, height: 600 } });
    await page.goto(urlOf('shown.html'));
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('4 mismatches');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#mismatches');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('href')).toBe('#mismatch-1');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('href')).toBe('#mismatch-2');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`fits a telephone without scrolling sideways, and is readable, when it is ${colorScheme}`, async () => {
      const { page, complaints } = await browser.page({ viewport: { width: 390, height: 844 }, colorScheme });
      for (const file of ['redacted.html', 'shown.html']) {
        await page.goto(urlOf(file));
        expect(await widerBy(page)).toBe(0);
        expect(await faintTexts(page)).toEqual([]);
      }
      expect(complaints).toEqual([]);
    });
  }
});
