// All of the site by the keyboard: what Tab reaches and how it looks there, and the keys of its own, which can be switched
// off.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, NARROW, WIDE } from './browser.mjs';
import { demo } from './demo.mjs';
import { mended } from './faults.mjs';
import { events, save } from './pages.mjs';
import { tabbed } from './tab.mjs';

let browser;
let site;
let visitor;
let page;
before(async () => {
  browser = await Browser.start();
  site = await demo().serve();
  visitor = await browser.visitor(site);
  page = visitor.page;
});
after(async () => {
  await visitor?.leave();
  await browser?.stop();
  await site?.stop();
});

/** Presses keys, one after the other, and waits for the page that comes. */
async function go(...keys) {
  const loaded = page.waitForEvent('load');
  for (const key of keys) await page.keyboard.press(key);
  await loaded;
}

/** A moment in which a page would have come, had there been one. */
const pause = () => page.waitForTimeout(250);

test('the first thing is the way past the navigation', async () => {
  for (const [viewport, path] of [[WIDE, '/reports/hours'], [NARROW, '/reports/hours'], [WIDE, '/timeline']]) {
    await page.setViewportSize(viewport);
    await visitor.goto(path);
    await page.keyboard.press('Tab');
    const skip = page.locator(':focus');
    assert.equal(await skip.textContent(), 'Skip to the content');
    const box = await skip.boundingBox();
    assert.ok(box.x >= 0 && box.y >= 0, 'it is seen');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)));
  }
});

test('Tab reaches everything, and shows where it is', async (t) => {
  const [event] = await events(visitor, 1);
  await save(visitor, 'Tides', 'q=tide*');
  const paths = ['/', '/reports/hours?by=project&from=-6d', '/reports/commands', '/places?from=-2d', '/sources', '/help', event,
    '/events?whole=1&size=8&q=git&f=source:log.shell&facet=source&facet=host', '/timeline?day=2026-03-12', '/saved'];
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    for (const path of paths) await t.test(`${path} at ${viewport.width} px`, (t) => tabbed(t, visitor, path));
  }
});

test('no known fault is mended', () => assert.deepEqual(mended('keys'), []));

test('a form, a fold and a sorted column by Enter and Space', async () => {
  await page.setViewportSize(WIDE);
  await visitor.goto('/reports/commands');
  await page.locator('summary', { hasText: 'More' }).focus();
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('.asking details').evaluate((one) => one.open));
  await page.getByLabel('From', { exact: true }).focus();
  await page.keyboard.type('-30d');
  await go('Enter');
  // With scripts the address has nothing in it that was left empty.
  assert.equal(visitor.at, '/reports/commands?from=-30d');
  await page.getByRole('columnheader', { name: /^runs/i }).getByRole('link').focus();
  await go('Enter');
  assert.equal(visitor.at, '/reports/commands?from=-30d&sort=-runs');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await page.getByRole('button', { name: /^Colours/ }).focus();
  for (const want of ['light', 'dark', 'system']) {
    await page.keyboard.press('Space');
    await page.waitForFunction((want) => document.documentElement.dataset.theme === want, want);
    assert.equal(await theme(), want);
  }
});

test('the keys that go somewhere', async () => {
  await visitor.goto('/sources');
  await go('?');
  assert.equal(visitor.at, '/help#keys');
  // The page of help lists them, so that those are tested that it promises.
  const keys = await page.locator('#keys + dl dt').evaluateAll((all) =>
    all.map((one) => [...one.querySelectorAll('kbd')].map((key) => key.textContent)).filter(([first]) => first === 'g'));
  assert.ok(keys.length >= 5, JSON.stringify(keys));
  const went = {};
  for (const [, key] of keys) {
    await go('g', key);
    went[key] = visitor.at;
    assert.equal(await page.locator('h1').count(), 1);
  }
  assert.equal(went.h, '/');
  assert.equal(went.r, '/reports');
  assert.equal(new Set(Object.values(went)).size, keys.length);
  // A g that was a while ago is forgotten, and so is one before another key.
  await visitor.goto('/sources');
  await page.keyboard.press('g');
  await page.keyboard.press('x');
  await page.keyboard.press('h');
  await pause();
  assert.equal(visitor.at, '/sources');
});

test('the key for the first field, in which keys are letters', async () => {
  for (const path of ['/reports/events', '/places', '/events']) {
    await visitor.goto(path);
    await page.keyboard.press('/');
    const field = page.locator(':focus');
    assert.equal(await field.evaluate((one) => one.localName), 'input');
    await page.keyboard.type('gh?/');
    await pause();
    assert.deepEqual([await field.inputValue(), visitor.at], ['gh?/', path]);
  }
});

test('with Ctrl, Alt or Meta they are those of the browser', async () => {
  await visitor.goto('/sources');
  for (const key of ['Control+?', 'Alt+?', 'Meta+?']) await page.keyboard.press(key);
  await pause();
  assert.equal(visitor.at, '/sources');
});

test('keys can be switched off, and on again', async () => {
  await visitor.goto('/help');
  const box = page.getByRole('checkbox', { name: /^Use these keys/ });
  for (const on of [false, true]) {
    await box.focus();
    await page.keyboard.press('Space');
    assert.equal(await box.isChecked(), on);
    await visitor.goto('/sources');
    if (on) await go('g', 'r');
    else {
      for (const key of ['?', 'g', 'r', '/']) await page.keyboard.press(key);
      await pause();
    }
    assert.equal(visitor.at, on ? '/reports' : '/sources');
    await visitor.goto('/help');
    assert.equal(await box.isChecked(), on, 'it is remembered');
  }
});
