// What the explorer does while its page is open: it tells of events that come, without shifting the pages; it suggests how
// a query could go on; and it keeps searches.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { command, demo } from './demo.mjs';
import { asked, column, enter, load, number, shown, swap, through, total } from './explore.mjs';
import { known, mended } from './faults.mjs';
import { NOW } from './kit.mjs';

const PAST = 60_000;
/** The site looks at the database every second, and brings its index up to date then; the machine may be busy. */
const SOON = 30_000;

let home;
let here;
let visitor;
let page;
before(async () => {
  home = demo();
  here = await enter({ home });
  ({ visitor, page } = here);
});
after(() => here?.leave());

const link = (name) => page.locator('#explore').getByRole('link', { name, exact: true });
const click = (target) => swap(page, () => target.click());
const search = () => page.getByLabel('Search', { exact: true });

/** Loads requests that came at these times, as a server writes them. */
function serve(...times) {
  const when = (at) => new Date(at).toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0000');
  home.append('access.log', times.map((at) => `203.0.113.9 - - [${when(at)}] "GET /fresh HTTP/2.0" 200 5 "-" "-"\n`).join(''));
  home.run('-q', '-P');
}

test('new events are told of, and shift no page', async () => {
  await visitor.goto('/events?from=-3d&size=30&q=-login');
  const [all, first] = [await total(page), await shown(page)];
  assert.ok(all > 90, `${all}`);
  await click(page.getByRole('link', { name: 'Next page' }));
  const [, date] = await column(page, 'Time');
  // Some are the latest of all, others belong on the page that is open.
  const old = Date.parse(`${date.replace(' ', 'T')}Z`);
  serve(NOW - PAST, NOW - 2 * PAST, NOW - 3 * PAST, old - 1000, old + 1000);
  const newer = page.locator('#newer a');
  await newer.waitFor({ timeout: SOON });
  assert.equal(await newer.textContent(), '5 newer events');
  const found = [...first, ...(await through(page, click))];
  assert.deepEqual([found.length, new Set(found).size], [all, all]);
  await swap(page, () => page.goBack());
  assert.ok((await column(page, 'What')).every((text) => !text.includes('fresh')));
  // Whoever asks for them sees them, and they are new no more.
  await newer.waitFor({ timeout: SOON });
  await click(newer);
  assert.deepEqual(asked(page), ['from=-3d', 'q=-login', 'size=30']);
  assert.equal(await total(page), all + 5);
  assert.deepEqual((await column(page, 'What')).slice(0, 3), Array(3).fill('GET /fresh HTTP/2.0'));
  assert.equal(await newer.count(), 0);
  // One more is told of in the singular; what the search does not find, not at all.
  await visitor.goto('/events?q=fresh');
  serve(NOW - 4 * PAST);
  await newer.waitFor({ timeout: SOON });
  assert.equal(await newer.textContent(), '1 newer event');
});

test('live, new events come into the list, and wait while somebody reads', async () => {
  await visitor.goto('/events?q=live&size=5');
  const serveLive = (n) => {
    const at = Array.from({ length: n }, (_, i) => new Date(NOW - PAST - 1000 * i));
    const when = (at) => at.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0000');
    home.append('access.log', at.map((at, i) => `203.0.113.9 - - [${when(at)}] "GET /live/${Date.now()}-${i} HTTP/2.0" 200 5 "-" "-"\n`).join(''));
    home.run('-q', '-P');
  };
  const rows = page.locator('.rows tbody tr');
  const live = page.getByRole('button', { name: 'Live' });
  // There is nothing yet: the first events make the list.
  await live.click();
  assert.equal(await live.getAttribute('aria-pressed'), 'true');
  serveLive(2);
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 2, null, { timeout: SOON });
  assert.equal(await live.getAttribute('aria-pressed'), 'true', 'it stays on');
  serveLive(1);
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 3, null, { timeout: SOON });
  assert.equal(await total(page), 3);
  assert.match(await page.locator('#facet-source .n').first().textContent(), /^3$/, 'what is counted follows');
  assert.equal(await page.locator('#newer a').count(), 0);
  // Each once, the newest first.
  const ids = await rows.evaluateAll((all) => all.map((row) => row.querySelector('.at').getAttribute('href')));
  assert.equal(new Set(ids).size, 3);
  const dates = await column(page, 'Time');
  assert.deepEqual(dates, [...dates].sort().reverse());
  // Who has a row open reads.
  await rows.first().locator('summary').click();
  serveLive(1);
  await page.locator('#newer a').waitFor({ timeout: SOON });
  assert.equal(await rows.count(), 3);
  assert.match(await page.locator('.live').textContent(), /paused/);
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 4, null, { timeout: SOON });
  // More at once than fit on a page: those of the page.
  serveLive(20);
  await page.waitForFunction(() => document.querySelector('.total').textContent === '24 events', null, { timeout: SOON });
  assert.ok(await rows.count() >= 5);
  assert.equal(await rows.locator('ul[data-copy] button').count(), await rows.count(), 'all can be copied');
  await page.keyboard.press('l');
  assert.equal(await live.getAttribute('aria-pressed'), 'false');
  serveLive(1);
  await page.locator('#newer a').waitFor({ timeout: SOON });
  // Elsewhere there is nothing to come: another page, another order.
  await visitor.goto('/events?q=live&sort=date');
  assert.equal(await live.count(), 0);
});

test('an event whose end was not known yet is not new when it is', async () => {
  // The last command of a file: more lines may belong to it.
  await visitor.goto('/events?q=source:log.shell%20user:ada&from=-1d&size=10&sort=date');
  const [all, first] = [await total(page), await shown(page)];
  home.append('usrlog.log', command(NOW - PAST, 'tides', 'git push') + command(NOW - 2 * PAST, 'tides', 'git pull'));
  home.run('-q', '-P');
  const newer = page.locator('#newer a');
  await newer.waitFor({ timeout: SOON });
  const said = number(await newer.textContent());
  await click(page.getByRole('link', { name: 'Next page' }));
  const found = [...first, ...(await through(page, click))];
  assert.deepEqual([said, found.length], [2, all]);
});

test('many tabs may be open', async (t) => {
  // A browser keeps six connections to a site, and the tabs that are behind others need none.
  const tabs = [];
  const opened = async () => {
    for (let i = 0; i < 7; i += 1) {
      const tab = await visitor.context.newPage();
      tabs.push(tab);
      await tab.goto(`${here.site.origin}/events?size=5`, { timeout: 8000 });
      await tab.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        Object.defineProperty(document, 'hidden', { value: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    }
  };
  await page.goto('about:blank');
  const failed = await opened().then(() => null, (error) => error);
  for (const tab of tabs) await tab.close();
  if (failed && !known('live', 'connections', `tab ${tabs.length}`, t)) throw failed;
});

test('the box suggests fields and values', async () => {
  await visitor.goto('/events');
  for (const [typed, wanted] of [['ho', 'host:'], ['host:lap', 'host:laptop'], ['git -us', 'git -user:'], ['git (source:log.s', 'git (source:log.shell']]) {
    await search().fill('');
    await search().pressSequentially(typed);
    await page.waitForFunction(
      (wanted) => [...document.querySelectorAll('#suggestions option')].some((one) => one.value === wanted), wanted);
  }
  const label = await page.locator('#suggestions option').first().getAttribute('label');
  assert.match(label, /^source:log\.shell \([\d,]+\)$/);
  await search().fill('');
  await page.waitForFunction(() => document.querySelectorAll('#suggestions option').length === 0);
});

test('a search is kept, asked again and forgotten', async () => {
  await visitor.goto('/events?q=tide*&f=-source%3Alog.http&from=-90d&sort=date');
  const [what, all] = [asked(page), await total(page)];
  await page.getByLabel('Keep this search as').fill('Tides & "ebbs", <90 days');
  await load(page, () => page.keyboard.press('Enter'));
  assert.equal(visitor.at, '/saved');
  const row = page.getByRole('region', { name: 'Searches' }).getByRole('row').nth(1);
  assert.match(await row.textContent(), /tide\*.*-source:log\.http.*-90d/);
  await load(page, () => row.getByRole('link', { name: 'Tides & "ebbs", <90 days' }).click());
  await visitor.settled();
  assert.deepEqual([asked(page), await total(page)], [what, all]);
  await load(page, () => link('Saved searches').click());
  await load(page, () => row.getByRole('button', { name: /^Delete/ }).click());
  assert.equal(visitor.at, '/saved');
  assert.match(await page.locator('main').textContent(), /None yet\. Save a search/);
});

test('a count in the heading is of what is listed', async () => {
  await visitor.goto('/events?q=fresh&size=2');
  assert.equal(number(await page.locator('.total').textContent()), (await through(page, click)).length);
});

test('no known fault is mended', () => assert.deepEqual(mended('live'), []));
