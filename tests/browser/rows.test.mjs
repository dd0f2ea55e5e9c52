// The menus of rows in the explorer, and what they copy.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, WIDE } from './browser.mjs';
import { column, enter } from './explore.mjs';
import { known, mended } from './faults.mjs';

let here;
let visitor;
let page;
before(async () => {
  here = await enter();
  ({ visitor, page } = here);
});
after(() => here?.leave());

test('the menu of a row is within the window, and closes for another, by Escape and by a click elsewhere', async (t) => {
  const open = page.locator('.acts details[open]');
  const only = (n) => page.waitForFunction((n) => document.querySelectorAll('.acts details[open]').length === n, n);
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    await visitor.goto('/events?size=30');
    for (const row of ['first', 'last']) {
      await page.locator('.acts summary')[row]().click();
      await only(1);
      const box = await open.locator('ul').boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, JSON.stringify(box));
    }
    await page.keyboard.press('Escape');
    assert.equal(await open.count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.localName), 'summary');
    await page.locator('.acts summary').first().click();
    await page.locator('.total').click();
    if ((await open.count()) > 0 && !known('rows', 'closing', 'menu', t)) assert.fail('a click elsewhere leaves the menu open');
  }
  await page.setViewportSize(WIDE);
});

test('the text of a row is copied', async () => {
  await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: here.site.origin });
  await visitor.goto('/events?q=pytest');
  const [text] = await column(page, 'What');
  await page.locator('.acts summary').first().click();
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
});

test('where there is no clipboard, nothing is said to be copied', async (t) => {
  // A site that is reached by a name and without encryption has none.
  const tab = await visitor.context.newPage();
  await tab.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await tab.goto(`${here.site.origin}/events?q=pytest`);
  await tab.locator('.acts summary').first().click();
  const button = tab.locator('.acts details[open]').getByRole('button', { name: /^Cop/ });
  if ((await button.count()) > 0) {
    await button.click();
    const said = await button.textContent();
    if (said === 'Copied' && !known('rows', 'copied', 'without a clipboard', t)) assert.fail(`it says ${said}`);
  }
  await tab.close();
});

test('no known fault is mended', () => assert.deepEqual(mended('rows'), []));
