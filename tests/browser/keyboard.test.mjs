// The explorer by the keyboard alone: a search, a stretch of time and its export, and the keys of rows and pages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { asked, column, enter, load, shown, swap, total } from './explore.mjs';
import { known, mended } from './faults.mjs';

let here;
let visitor;
let page;
before(async () => {
  here = await enter({ acceptDownloads: true });
  ({ visitor, page } = here);
});
after(() => here?.leave());

const key = (name) => page.keyboard.press(name);
const focused = (of) => page.evaluate((of) => document.activeElement[of], of);
/** What has the focus, as it would be announced. */
const announced = () => page.evaluate(() => {
  const one = document.activeElement;
  return (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent).trim();
});

/** Presses Tab until something of this name has the focus. */
async function tab(name, most = 400) {
  for (let i = 0; i < most; i += 1) {
    await key('Tab');
    if (name.test(await announced())) return;
  }
  assert.fail(`Tab does not come to ${name}`);
}

test('from a search to a stretch of time to a file', async () => {
  await visitor.goto('/');
  await tab(/^Events$/);
  await load(page, () => key('Enter'));
  await visitor.settled();
  await tab(/^Search$/);
  await page.keyboard.type('pytest');
  await swap(page, () => key('Enter'));
  assert.equal(visitor.at, '/events?q=pytest');
  const all = await total(page);
  await tab(/^Begin of the stretch/);
  for (let i = 0; i < 3; i += 1) await key('PageUp');
  await key('ArrowLeft');
  await tab(/^End of the stretch/);
  await key('ArrowLeft');
  await swap(page, () => key('Enter'));
  const zoomed = await total(page);
  assert.ok(zoomed > 0 && zoomed < all, `${zoomed} of ${all}`);
  const { searchParams } = new URL(page.url());
  const [from, to] = ['from', 'to'].map((name) => Date.parse(searchParams.get(name)));
  // What has the focus now tells how many there are.
  assert.match(await announced(), /^[\d,]+ events$/);
  await tab(/^NDJSON$/);
  const [download] = await Promise.all([page.waitForEvent('download'), key('Enter')]);
  assert.equal(await download.failure(), null);
  assert.match(download.suggestedFilename(), /\.(ndjson|jsonl)$/);
  const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, zoomed);
  for (const { date, text } of lines) {
    assert.ok(Date.parse(date) >= from && Date.parse(date) < to, date);
    assert.match(text, /pytest/);
  }
});

test('j and k go from row to row, and Enter opens one', async () => {
  await visitor.goto('/events?size=4');
  const rows = await shown(page);
  const at = async () => rows.indexOf(await page.evaluate(() => document.activeElement.getAttribute('href')));
  const went = [];
  for (const name of ['j', 'j', 'j', 'j', 'j', 'k', 'k', 'k', 'k', 'j']) {
    await key(name);
    went.push(await at());
  }
  assert.deepEqual(went, [0, 1, 2, 3, 3, 2, 1, 0, 0, 1]);
  // From within a row too.
  await key('Tab');
  await key('j');
  assert.equal(await at(), 2);
  await load(page, () => key('Enter'));
  assert.equal(visitor.at, rows[2]);
  await load(page, () => page.goBack());
  assert.equal(visitor.at, '/events?size=4');
});

test('f and F ask for the value of the row that is focused, and for all others', async () => {
  await visitor.goto('/events?q=-login');
  const all = await total(page);
  await key('f');
  await key('F');
  assert.equal(visitor.at, '/events?q=-login', 'no row, no filter');
  const [source] = await column(page, 'Source');
  await key('j');
  await swap(page, () => key('f'));
  assert.deepEqual(asked(page), [`f=source:${source}`, 'q=-login']);
  const some = await total(page);
  await swap(page, () => page.goBack());
  await key('j');
  await swap(page, () => key('F'));
  assert.deepEqual([asked(page), await total(page)], [[`f=-source:${source}`, 'q=-login'], all - some]);
  // Of a cell it is the value of the cell.
  const host = (await column(page, 'Host')).findIndex(Boolean);
  for (let i = 0; i <= host; i += 1) await key('j');
  await key('Tab');
  await key('Tab');
  const name = await focused('textContent');
  await swap(page, () => key('f'));
  assert.ok(asked(page).includes(`f=host:${name}`), page.url());
});

test('] and [ turn pages', async () => {
  await visitor.goto('/events?size=10&q=-login');
  const first = await shown(page);
  await swap(page, () => key(']'));
  const second = await shown(page);
  assert.deepEqual(first.filter((one) => second.includes(one)), []);
  await swap(page, () => key(']'));
  await swap(page, () => key('['));
  assert.deepEqual(await shown(page), second);
  await swap(page, () => key('['));
  assert.deepEqual(await shown(page), first);
});

test('/ leads to the search box, in which keys are letters', async () => {
  await visitor.goto('/events?size=5');
  await key('j');
  await key('/');
  assert.equal(await focused('id'), 'q');
  await page.keyboard.type('jkfFzZ[]');
  assert.equal(await focused('value'), 'jkfFzZ[]');
  assert.equal(visitor.at, '/events?size=5');
});

test('keys that are switched off do nothing', async () => {
  await visitor.goto('/events?size=5');
  await page.evaluate(() => localStorage.setItem('keys', 'off'));
  for (const name of ['j', 'f', 'F', ']', 'z', 'Z', '/']) await key(name);
  assert.equal(await focused('localName'), 'body');
  await visitor.settled();
  assert.equal(visitor.at, '/events?size=5');
  await page.evaluate(() => localStorage.removeItem('keys'));
});

test('the way past the navigation leaves what is there as it is', async (t) => {
  await visitor.goto('/events?size=5');
  await page.evaluate(() => { document.querySelector('#explore').dataset.old = ''; });
  await key('Tab');
  assert.equal(await announced(), 'Skip to the content');
  await key('Enter');
  await page.waitForURL(/#main$/);
  await visitor.settled();
  assert.equal(await focused('id'), 'main');
  const kept = (await page.locator('#explore[data-old]').count()) === 1;
  if (!kept && !known('keyboard', 'asked again', 'Skip to the content', t)) assert.fail('it asked for the same page again');
});

test('no known fault is mended', () => assert.deepEqual(mended('keyboard'), []));
