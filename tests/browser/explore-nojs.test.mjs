// The explorer, the timeline and what was saved without JavaScript: each control is a link or a form.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { asked, bars, column, enter, load, number, shown, through, total } from './explore.mjs';

let here;
let visitor;
let page;
before(async () => {
  here = await enter({ javaScriptEnabled: false, acceptDownloads: true });
  ({ visitor, page } = here);
});
after(() => here?.leave());

const click = (target) => load(page, () => target.click());
const link = (name) => page.locator('#explore').getByRole('link', { name, exact: true });
const facet = (field) => page.locator(`#facet-${field}`);

test('a search, by the form', async () => {
  await visitor.goto('/events');
  const all = await total(page);
  await page.getByLabel('Search', { exact: true }).fill('pytest');
  await page.getByLabel('From', { exact: true }).fill('-30d');
  await click(page.getByRole('button', { name: 'Search' }));
  // What was left empty is in the address, and asks for nothing.
  assert.deepEqual(asked(page).filter((text) => !text.endsWith('=')), ['from=-30d', 'q=pytest']);
  assert.ok((await total(page)) < all);
  assert.ok((await page.locator('.rows mark').count()) > 0);
  // The form keeps what it does not show.
  await visitor.goto('/events?f=-host:web&size=5&sort=date&q=git');
  await page.getByLabel('Search', { exact: true }).press('Enter');
  await page.waitForURL(/from=/);
  assert.deepEqual(asked(page).filter((text) => !text.endsWith('=')), ['f=-host:web', 'q=git', 'size=5', 'sort=date']);
});

test('a filter by the value of a field, turned round, taken away', async () => {
  await visitor.goto('/events?whole=1');
  const all = await total(page);
  const value = facet('source').getByRole('listitem').filter({ hasText: 'git.log' });
  const count = number(await value.locator('.n').textContent());
  await click(value.locator('a.in'));
  assert.deepEqual([asked(page), await total(page)], [['f=source:git.log'], count]);
  await click(link('source git.log'));
  assert.deepEqual([asked(page), await total(page)], [['f=-source:git.log'], all - count]);
  await click(link('Without source git.log'));
  assert.equal(await total(page), all);
});

test('a bar of the table, and out again', async () => {
  await visitor.goto('/events?whole=1&q=-login');
  await page.locator('.numbers summary').click();
  const bar = (await bars(page)).filter((one) => one.count > 0).at(-1);
  await click(page.locator('.numbers').getByRole('link', { name: bar.label, exact: true }));
  assert.deepEqual([visitor.at, await total(page)], [bar.path, bar.count]);
  await visitor.goto(`${visitor.at}&whole=1`);
  await click(link('Zoom out'));
  assert.ok((await total(page)) >= bar.count);
});

test('pages, each event once', async () => {
  await visitor.goto('/events?from=-2d&size=40');
  const [all, first] = [await total(page), await shown(page)];
  const found = await through(page, click);
  assert.ok(all > 80, `${all}`);
  assert.deepEqual([found.length, new Set(found).size], [all, all]);
  await click(link('First page'));
  assert.deepEqual(await shown(page), first);
});

test('the menu of a row', async () => {
  await visitor.goto('/events');
  const [source] = await column(page, 'Source');
  await page.locator('.acts summary').first().click();
  const item = page.locator('.acts details[open] li', { hasText: `Only source ${source}` });
  await click(item.getByRole('link', { name: 'not' }));
  assert.deepEqual(asked(page), [`f=-source:${source}`]);
  // Nothing is offered that only a script could do.
  assert.equal(await page.getByRole('button', { name: /Copy|Zoom in/ }).count(), 0);
  assert.equal(await page.getByRole('slider').count(), 0);
});

test('an export', async () => {
  await visitor.goto('/events?q=pytest&from=-30d');
  const all = await total(page);
  const [download] = await Promise.all([page.waitForEvent('download'), link('CSV').click()]);
  const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, all + 1);
  assert.ok(lines.slice(1).every((line) => line.includes('pytest')));
});

test('a search is kept, asked again and forgotten', async () => {
  await visitor.goto('/events?q=tide*&f=-source%3Alog.http');
  const [what, all] = [asked(page), await total(page)];
  await page.getByLabel('Keep this search as').fill('Tides');
  await click(page.getByRole('button', { name: 'Save' }));
  assert.equal(visitor.at, '/saved');
  await click(page.locator('main').getByRole('link', { name: 'Tides', exact: true }));
  assert.deepEqual([asked(page), await total(page)], [what, all]);
  await visitor.goto('/saved');
  await click(page.getByRole('button', { name: 'Delete Tides' }));
  assert.equal(await page.getByRole('button', { name: /^Delete/ }).count(), 0);
});

test('from a week to a day to its events, and to a session', async () => {
  await visitor.goto('/timeline');
  await click(page.getByRole('link', { name: '← Before' }));
  await click(page.getByRole('link', { name: 'After →' }));
  const session = page.getByRole('region', { name: 'Sessions' }).getByRole('row').nth(1);
  const events = number(await session.locator('td[data-label="Events"]').textContent());
  await click(session.getByRole('link'));
  assert.ok((await total(page)) >= events, 'a session is made of some of the events in its time');
  await load(page, () => page.goBack());
  await click(page.getByRole('link', { name: 'Thu 12 Mar' }));
  assert.equal(visitor.at, '/timeline?day=2026-03-12');
  const lane = page.locator('.lanes li', { hasText: 'log.shell' });
  const count = number(await lane.locator('span.n').textContent());
  await click(lane.locator('a.name'));
  assert.equal(await total(page), count);
  await load(page, () => page.goBack());
  await click(page.getByRole('link', { name: '↑ Week' }));
  assert.equal(await page.locator('.lanes li').count(), 7);
});
