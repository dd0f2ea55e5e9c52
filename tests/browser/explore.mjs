// What the tests of the explorer share: a visitor of a site that is full of events, what is seen of a page of them, and
// how to wait for what is swapped in.

import assert from 'node:assert/strict';
import { Browser } from './browser.mjs';
import { demo } from './demo.mjs';

/** A visitor of a home that is served, and how to leave it all. Options are Playwright's. */
export async function enter({ home = demo(), flags = [], ...options } = {}) {
  const site = await home.serve(...flags);
  const browser = await Browser.start();
  const visitor = await browser.visitor(site, options);
  const leave = async () => {
    try {
      await visitor.leave();
    } finally {
      await browser.stop();
      await site.stop();
    }
  };
  return { home, site, browser, visitor, page: visitor.page, leave };
}

/** Does what swaps in something else, and waits for that; no new page comes by it. */
export async function swap(page, action) {
  await page.evaluate(() => {
    window.same = true;
    document.querySelector('#explore').dataset.old = '';
  });
  await action();
  await page.waitForFunction(() => !document.querySelector('[data-old], [aria-busy="true"], [data-later]'));
  assert.ok(await page.evaluate(() => window.same), `a new page came: ${page.url()}`);
}

/** Does what leads to a new page, and waits for that. */
export async function load(page, action) {
  await Promise.all([page.waitForEvent('load'), action()]);
}

/** What the address asks for, in the order of names. */
export function asked(page) {
  const all = [...new URL(page.url()).searchParams];
  return all.map(([name, value]) => `${name}=${value}`).sort();
}

export const number = (text) => Number(text.replaceAll(/\D/g, ''));

/** How many events it says there are. */
export const total = async (page) => number(await page.locator('.total').textContent());

/** The events that are shown, by their addresses. */
export const shown = (page) =>
  page.locator('.rows .at').evaluateAll((all) => all.map((one) => one.getAttribute('href')));

/** The texts of a column, or null where there is none. */
export const column = (page, label) =>
  page.locator(`.rows tbody td[data-label="${label}"]`).evaluateAll((all) => all.map((one) => one.textContent || null));

/** The histogram as a table: rows of what a stretch is called, how many events it has, and where it leads. */
export const bars = (page) =>
  page.locator('.numbers tbody tr').evaluateAll((all) => all.map((row) => ({
    label: row.querySelector('th').textContent,
    count: Number(row.querySelector('td').textContent.replaceAll(/\D/g, '')),
    path: row.querySelector('a').getAttribute('href'),
  })));

export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** The events of this page and all further ones. `next` goes on. */
export async function through(page, next) {
  const found = [];
  for (let pages = 0; pages < 60; pages += 1) {
    found.push(...(await shown(page)));
    const link = page.getByRole('link', { name: 'Next page' });
    if ((await link.count()) === 0) return found;
    await next(link);
  }
  throw new Error('there is no end to it');
}
