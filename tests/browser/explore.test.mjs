// The explorer with scripts: searching, filters, values of fields, orders and pages swap in what they lead to, put it into
// the address, and are undone by Back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, WIDE } from './browser.mjs';
import { asked, column, enter, load, number, shown, swap, through, total } from './explore.mjs';
import { known, mended } from './faults.mjs';

let here;
let visitor;
let page;
before(async () => {
  here = await enter();
  ({ visitor, page } = here);
});
after(() => here?.leave());

const link = (name, exact = true) => page.locator('#explore').getByRole('link', { name, exact });
const click = (target) => swap(page, () => target.click());
const back = () => swap(page, () => page.goBack());
const facet = (field) => page.locator(`#facet-${field}`);

test('the search box swaps in what is found, and Back undoes it', async () => {
  await visitor.goto('/events');
  const all = await total(page);
  await page.getByLabel('Search', { exact: true }).fill('pytest');
  await swap(page, () => page.keyboard.press('Enter'));
  assert.equal(visitor.at, '/events?q=pytest');
  const found = await total(page);
  assert.ok(found > 0 && found < all);
  const marked = await page.locator('.rows mark').allTextContents();
  assert.ok(marked.length > 0 && marked.every((text) => /pytest/i.test(text)), marked.join());
  await page.getByLabel('From', { exact: true }).fill('-30d');
  await click(page.getByRole('button', { name: 'Search' }));
  assert.deepEqual(asked(page), ['from=-30d', 'q=pytest']);
  assert.ok((await total(page)) < found);
  await back();
  assert.equal(visitor.at, '/events?q=pytest');
  assert.deepEqual([await page.getByLabel('Search', { exact: true }).inputValue(), await total(page)], ['pytest', found]);
  assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '');
  await back();
  assert.deepEqual([visitor.at, await total(page)], ['/events', all]);
  await swap(page, () => page.goForward());
  assert.deepEqual([visitor.at, await total(page)], ['/events?q=pytest', found]);
});

test('what was swapped in is what its address answers', async () => {
  const texts = () => page.locator('#explore').evaluate((one) => one.innerText.replaceAll(/\s+/g, ' '));
  await visitor.goto('/events');
  await page.getByLabel('Search', { exact: true }).fill('git -user:bob');
  await swap(page, () => page.keyboard.press('Enter'));
  await click(facet('source').locator('a.in').first());
  const swapped = await texts();
  await page.reload();
  await visitor.settled();
  assert.equal(await texts(), swapped);
});

test('a filter is set, turned round and taken away', async () => {
  await visitor.goto('/events');
  const all = await total(page);
  const chips = page.getByRole('list', { name: 'Filters' }).getByRole('listitem');
  // By a cell of the first row that has a host.
  const [host] = (await column(page, 'Host')).filter(Boolean);
  await click(page.locator('.rows td[data-label="Host"] a').first());
  assert.deepEqual(asked(page), [`f=host:${host}`]);
  assert.ok((await column(page, 'Host')).every((text) => text === host));
  const some = await total(page);
  await click(chips.getByRole('link', { name: `host ${host}`, exact: true }));
  assert.deepEqual(asked(page), [`f=-host:${host}`]);
  assert.equal(await total(page), all - some);
  assert.match(await chips.first().textContent(), /^not host/);
  // By the menu of a row, which has a value and all others.
  await page.locator('.acts summary').first().click();
  const [source] = await column(page, 'Source');
  await click(page.locator('.acts details[open] li', { hasText: `Only source ${source}` }).getByRole('link', { name: 'not' }));
  assert.deepEqual(asked(page), [`f=-host:${host}`, `f=-source:${source}`]);
  assert.ok((await column(page, 'Source')).every((text) => text !== source));
  await click(link(`Without source ${source}`));
  assert.deepEqual([asked(page), await total(page)], [[`f=-host:${host}`], all - some]);
  await click(link('Clear all'));
  assert.deepEqual([visitor.at, await total(page)], ['/events', all]);
});

test('values of fields lead to their events, to all others, and to more values', async () => {
  await visitor.goto('/events');
  const all = await total(page);
  const value = facet('source').getByRole('listitem').filter({ hasText: 'google.takeout' });
  const count = number(await value.locator('.n').textContent());
  await click(value.locator('a.in'));
  assert.deepEqual([asked(page), await total(page)], [['f=source:google.takeout'], count]);
  assert.equal(await value.locator('a.in').getAttribute('aria-current'), 'true');
  await back();
  await click(value.getByRole('link', { name: 'Not google.takeout' }));
  assert.deepEqual([asked(page), await total(page)], [['f=-source:google.takeout'], all - count]);
  await back();
  const peers = facet('peer').getByRole('listitem');
  const few = await peers.count();
  await click(facet('peer').getByRole('link', { name: 'More values' }));
  assert.ok((await peers.count()) > few);
  assert.equal(await total(page), all);
});

test('more values are seen where they were asked for', async (t) => {
  for (const viewport of [{ width: 1280, height: 400 }, NARROW]) {
    await page.setViewportSize(viewport);
    await visitor.goto('/events');
    const fold = page.locator('.facets details');
    if (!(await fold.evaluate((one) => one.open))) await fold.locator('summary').click();
    await click(facet('peer').getByRole('link', { name: 'More values' }));
    assert.match(visitor.at, /#facet-peer$/);
    const seen = await facet('peer').evaluate((one) => {
      const { top, height } = one.getBoundingClientRect();
      return height > 0 && top >= 0 && top < innerHeight;
    });
    const name = `More values at ${viewport.width} px`;
    if (!seen && !known('explore', 'place', name, t)) assert.fail(`${name}: the field is not in the window`);
  }
  await page.setViewportSize(WIDE);
});

test('all pages hold each event once', async () => {
  await visitor.goto('/events?from=-6d&size=40');
  const [all, first] = [await total(page), await shown(page)];
  const found = await through(page, click);
  assert.ok(found.length > 3 * 40, `${found.length}`);
  assert.deepEqual([found.length, new Set(found).size], [all, all]);
  assert.deepEqual(asked(page).map((text) => text.split('=')[0]), ['after', 'as_of', 'from', 'size']);
  await back();
  await click(link('First page'));
  assert.deepEqual(await shown(page), first);
});

test('orders', async () => {
  await visitor.goto('/events?q=harmonic*&from=-20d&size=200');
  const newest = await column(page, 'Time');
  assert.ok(newest.length > 20 && newest.length < 200, `${newest.length}`);
  assert.deepEqual(newest, [...newest].sort().reverse());
  const orders = page.getByRole('navigation', { name: 'Order' });
  await click(orders.getByRole('link', { name: 'Oldest' }));
  assert.deepEqual(await column(page, 'Time'), newest.reverse());
  assert.equal(await orders.locator('[aria-current]').textContent(), 'Oldest');
  assert.match(await link('CSV').getAttribute('href'), /sort=date/);
  await click(orders.getByRole('link', { name: 'Best match' }));
  assert.ok(asked(page).includes('sort=relevance'));
  assert.equal((await shown(page)).length, newest.length);
});

test('nothing found says what stands in the way', async () => {
  await visitor.goto('/events?q=pytest&f=host:nowhere&from=-30d');
  assert.equal(await total(page), 0);
  assert.equal(await page.locator('.histogram, .rows').count(), 0);
  const without = page.locator('.none').getByRole('link', { name: /^Without/ });
  assert.deepEqual(await without.evaluateAll((all) => all.map((one) => one.textContent.split(':')[1])), ['nowhere']);
  const count = number((await without.textContent()).split(': ')[1]);
  await click(without);
  assert.deepEqual([asked(page), await total(page)], [['from=-30d', 'q=pytest'], count]);
});

test('a mistake in a query is shown, and Back leads to where it was made', async () => {
  await visitor.goto('/events?q=git');
  visitor.watch.expect(`${here.site.origin}/events?q=git+%28`, 400);
  await page.getByLabel('Search', { exact: true }).fill('git (');
  await load(page, () => page.keyboard.press('Enter'));
  assert.deepEqual(asked(page), ['q=git (']);
  assert.match(await page.locator('main').textContent(), /400/);
  await load(page, () => page.goBack());
  assert.equal(visitor.at, '/events?q=git');
});

test('no known fault is mended', () => assert.deepEqual(mended('explore'), []));
