// The histogram with scripts: a stretch of time is chosen by mouse, by finger and by the arrow keys, with the same result;
// bars lead into their stretches; what takes long to count comes later.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asked, bars, enter, shown, sum, swap, total } from './explore.mjs';
import { known, mended } from './faults.mjs';
import { arrows, drag, handle, middle, swipe } from './stretch.mjs';

/** Four weeks, so that a bar is some hours. */
const WEEKS = '/events?from=2026-02-09T00:00:00Z&to=2026-03-09T00:00:00Z&q=-login';

let here;
let visitor;
let page;
before(async () => {
  here = await enter({ hasTouch: true });
  ({ visitor, page } = here);
});
after(() => here?.leave());

const press = async (...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

test('mouse, finger and keys choose the same stretch, and Back undoes it', async () => {
  await visitor.goto(WEEKS);
  const [whole, all] = [visitor.at, await total(page)];
  const inside = sum((await bars(page)).slice(21, 31).map((bar) => bar.count));
  assert.ok(inside > 0 && inside < all);
  const addresses = new Set();
  for (const [way, from, to] of [[drag, 21, 30], [drag, 30, 21], [arrows, 21, 30], [swipe, 21, 30]]) {
    await swap(page, () => way(page, from, to));
    addresses.add(visitor.at);
    assert.deepEqual(asked(page).map((text) => text.split('=')[0]), ['from', 'q', 'to']);
    assert.equal(await total(page), inside, `${way.name} from ${from} to ${to}`);
    assert.equal(sum((await bars(page)).map((bar) => bar.count)), inside);
    await swap(page, () => page.goBack());
    assert.deepEqual([visitor.at, await total(page)], [whole, all]);
  }
  assert.equal(addresses.size, 1, [...addresses].join('\n'));
});

test('a handle is dragged too, and a click is no drag', async () => {
  await visitor.goto(WEEKS);
  const wanted = sum((await bars(page)).slice(0, 11).map((bar) => bar.count));
  const [grip, end] = [await handle(page, /^End/).boundingBox(), await middle(page, 10)];
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 6 });
  await swap(page, () => page.mouse.up());
  assert.equal(await total(page), wanted);
  await swap(page, () => page.goBack());
  const some = (await bars(page)).findIndex((bar, i) => bar.count > 0 && i > 10);
  const { count, path } = (await bars(page))[some];
  const at = await middle(page, some);
  await swap(page, () => page.mouse.click(at.x, at.y));
  assert.deepEqual([visitor.at, await total(page)], [path, count]);
});

test('the handles say where they are, keep apart, and let go by Escape', async () => {
  await visitor.goto(WEEKS);
  const [begin, end] = [handle(page, /^Begin/), handle(page, /^End/)];
  const names = (await bars(page)).map((bar) => bar.label);
  const at = async () => [Number(await begin.getAttribute('aria-valuenow')), Number(await end.getAttribute('aria-valuenow'))];
  const zoom = page.getByRole('button', { name: 'Zoom in' });
  const whole = [0, names.length];
  assert.deepEqual(await at(), whole);
  assert.equal(await zoom.isVisible(), false);
  await begin.focus();
  await press('ArrowRight', 'ArrowUp', 'PageUp', 'ArrowLeft');
  assert.deepEqual(await at(), [11, names.length]);
  assert.ok((await begin.getAttribute('aria-valuetext')).includes(names[11]), await begin.getAttribute('aria-valuetext'));
  await end.focus();
  await press('Home');
  assert.deepEqual(await at(), [11, 12]);
  assert.ok((await end.getAttribute('aria-valuetext')).includes(names[11]), await end.getAttribute('aria-valuetext'));
  await begin.focus();
  await press('End', 'ArrowRight');
  assert.deepEqual(await at(), [11, 12]);
  assert.ok(await zoom.isVisible());
  await press('Escape');
  assert.deepEqual(await at(), whole);
  assert.equal(await zoom.isVisible(), false);
  // Enter with nothing chosen asks for nothing.
  await press('Enter', 'PageUp');
  const { path } = (await bars(page))[10];
  await swap(page, () => zoom.click());
  assert.deepEqual(asked(page)[0], `from=${new URL(path, here.site.origin).searchParams.get('from')}`);
});

test('bars lead into their stretches, by the drawing and by the table, and out again', async () => {
  await visitor.goto(WEEKS);
  const all = await bars(page);
  assert.equal(sum(all.map((bar) => bar.count)), await total(page));
  const drawn = await page.locator('.plot svg a').evaluateAll((links) => links.map((one) => one.getAttribute('href')));
  assert.deepEqual(drawn, all.map((bar) => bar.path));
  const bar = all.filter((one) => one.count > 0).at(-1);
  await page.locator('.numbers summary').click();
  await swap(page, () => page.locator('.numbers').getByRole('link', { name: bar.label, exact: true }).click());
  assert.deepEqual([visitor.at, await total(page)], [bar.path, bar.count]);
  const times = () => ['from', 'to'].map((name) => Date.parse(new URL(page.url()).searchParams.get(name)));
  const [from, to] = times();
  await swap(page, () => page.getByRole('link', { name: 'Zoom out' }).click());
  const [before, behind] = times();
  assert.ok(before < from && behind > to && behind - before >= 2 * (to - from), page.url());
  assert.ok((await total(page)) >= bar.count);
});

test('z and Z zoom, also where there are few bars', async (t) => {
  await visitor.goto(WEEKS);
  const all = await total(page);
  await swap(page, () => page.keyboard.press('z'));
  assert.ok((await total(page)) < all);
  const zoomed = asked(page);
  await swap(page, () => page.keyboard.press('Z'));
  assert.notDeepEqual(asked(page), zoomed);
  // One bar cannot be zoomed into; its handles stay where there are bars.
  await visitor.goto('/events?from=2026-03-11T00:00:00Z&to=2026-03-12T00:00:00Z&bucket=1d');
  await press('z');
  await handle(page, /^Begin/).focus();
  await press('ArrowRight');
  const [at, most] = [await handle(page, /^End/).getAttribute('aria-valuenow'), await handle(page, /^End/).getAttribute('aria-valuemax')];
  assert.equal(most, '1');
  if (at !== most && !known('histogram', 'bounds', 'one bar', t)) assert.equal(at, most);
});

test('what takes long to count comes later, and leaves alone what is typed meanwhile', async (t) => {
  // As the site answers when counting takes longer than a moment.
  const answered = await (await visitor.fetch('/events?q=git&whole=1', 'text/html')).text();
  const late = answered.replace(/<figure class="histogram"[^]*<\/figure>/, '<p class="later"><a data-later href="/events?q=git&amp;whole=1">Show</a></p>')
    .replace(/<aside class="facets"[^]*<\/aside>/, '');
  let free;
  const held = new Promise((done) => { free = done; });
  await page.route('**/events?q=git', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: late });
  });
  await page.route('**/events?q=git&whole=1', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${here.site.origin}/events?q=git`);
  assert.equal(await page.locator('.histogram').count(), 0);
  const rows = await shown(page);
  const box = page.getByLabel('Search', { exact: true });
  await box.focus();
  await press('End');
  await page.keyboard.type(' push');
  free();
  await page.locator('.histogram').waitFor();
  assert.equal(visitor.at, '/events?q=git', 'the address stays');
  assert.deepEqual(await shown(page), rows);
  assert.ok((await page.locator('.facets section').count()) > 0);
  const kept = await box.inputValue();
  if (kept !== 'git push' && !known('histogram', 'typing', 'what is typed', t)) assert.equal(kept, 'git push');
  assert.equal(await box.evaluate((one) => one === document.activeElement), true);
  await page.unrouteAll();
});

test('no known fault is mended', () => assert.deepEqual(mended('histogram'), []));
