// All of the site without JavaScript: signing in by the form, every page by its link, forms, sorting, colours, signing out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './browser.mjs';
import { demo } from './demo.mjs';

let browser;
let site;
let visitor;
let page;
before(async () => {
  browser = await Browser.start();
  site = await demo().serve();
  visitor = await browser.visitor(site, { stranger: true, javaScriptEnabled: false });
  page = visitor.page;
});
after(async () => {
  await visitor?.leave();
  await browser?.stop();
  await site?.stop();
});

/** Clicks, and waits for the page that comes. */
async function click(target) {
  await Promise.all([page.waitForEvent('load'), target.click()]);
}

const link = (name) => page.getByRole('link', { name, exact: true });
const button = (name) => page.getByRole('button', { name });

test('strangers are asked who they are, and sent on to what they wanted', async () => {
  await page.goto(`${site.origin}/reports/hours?from=-6d`);
  assert.equal(new URL(page.url()).pathname, '/login');
  visitor.watch.expect(`${site.origin}/login`, 401);
  await page.getByLabel('Token').fill('not the token');
  await click(button('Sign in'));
  assert.match(await page.getByRole('alert').textContent(), /not the token/);
  await page.getByLabel('Token').fill(site.token);
  await click(button('Sign in'));
  assert.equal(visitor.at, '/reports/hours?from=-6d');
  const [cookie] = await visitor.context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
});

test('no script ran', async () => {
  // The page of help shows the switch for keys only where there are keys.
  await visitor.goto('/help');
  assert.equal(await page.getByRole('checkbox').count(), 0);
});

test('every page is a link away', async () => {
  await visitor.goto('/');
  const names = await page.locator('header nav a').allTextContents();
  assert.ok(names.length >= 5, names.join());
  for (const name of names) {
    const there = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
    const href = await there.getAttribute('href');
    await click(there);
    assert.equal(visitor.at, href);
    assert.equal(await there.getAttribute('aria-current'), 'page');
    assert.ok((await page.locator('main h1').count()) === 1, `${name} has one head`);
  }
  for (const name of ['Help', 'API']) await click(page.locator('footer').getByRole('link', { name }));
  await click(page.locator('.brand'));
  assert.equal(visitor.at, '/');
});

test('from the reports to a record', async () => {
  await click(page.locator('header nav').getByRole('link', { name: 'Reports' }));
  await click(page.locator('main').getByRole('link', { name: /^hours / }));
  // A day leads to what it is made of, and that to an event, and that to its neighbours.
  await click(page.locator('tbody tr a[href*="explain=1"]').first());
  await click(page.locator('tbody a[href^="/events/"]').first());
  const first = visitor.at;
  await click(link('After →'));
  assert.notEqual(visitor.at, first);
  await click(link('← Before'));
  assert.equal(visitor.at, first);
});

test('a form asks, keeps what was asked, and is reset', async () => {
  await visitor.goto('/reports/events');
  await page.getByLabel('From', { exact: true }).fill('-2d');
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByLabel('Text', { exact: true }).fill('git');
  await click(button('Show'));
  const asked = new URL(page.url()).searchParams;
  assert.deepEqual([asked.get('from'), asked.get('text')], ['-2d', 'git']);
  assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '-2d');
  const texts = await page.locator('tbody tr').allTextContents();
  assert.ok(texts.length > 0 && texts.every((text) => text.includes('git')), texts.join('\n'));
  await click(link('Reset'));
  assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '');
});

test('heads of columns sort, one way, the other, and not', async () => {
  await visitor.goto('/reports/commands');
  const head = page.getByRole('columnheader', { name: /^runs/i });
  const runs = async () => {
    const cells = await page.locator('tbody td[data-label^="runs" i]').allTextContents();
    return cells.map((text) => Number(text.replaceAll(/\D/g, '')));
  };
  const orders = [];
  for (let i = 0; i < 3; i += 1) {
    await click(head.getByRole('link'));
    const numbers = await runs();
    const falling = [...numbers].sort((a, b) => b - a);
    const order = await head.getAttribute('aria-sort');
    if (order) assert.deepEqual(numbers, order === 'descending' ? falling : falling.reverse());
    orders.push(order);
  }
  assert.deepEqual(orders, ['descending', 'ascending', null]);
});

test('the colours change, and stay', async () => {
  await visitor.goto('/reports/hours?from=-6d');
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const seen = {};
  for (const want of ['light', 'dark']) {
    await click(button(/^Colours/));
    assert.equal(await theme(), want);
    seen[want] = await back();
    await click(page.locator('header nav').getByRole('link', { name: 'Reports' }));
    assert.deepEqual([await theme(), await back()], [want, seen[want]]);
  }
  assert.notEqual(seen.light, seen.dark);
  await click(button(/^Colours/));
  assert.equal(await theme(), 'system');
});

test('a session ends', async () => {
  await click(button('Sign out'));
  assert.equal(visitor.at, '/login');
  await page.goto(`${site.origin}/sources`);
  assert.equal(visitor.at, '/login?next=%2Fsources');
});
