// Every page with data, and those that differ of an empty database, light and dark, wide and narrow: nothing that axe finds fault with, no
// page wider than its window, no text upon another.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Browser, NARROW, WIDE } from './browser.mjs';
import { demo } from './demo.mjs';
import { known, mended } from './faults.mjs';
import { Home, text } from './kit.mjs';
import { layout } from './layout.mjs';
import { pages } from './pages.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Rules that look at colours. All else is the same in the dark, so it is asked once. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const AXE = text('axe-core/axe.min.js');

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser?.stop());

for (const [name, make] of [['data', () => demo()], ['empty', () => new Home()]]) {
  describe(`pages (${name})`, () => {
    let site;
    before(async () => { site = await make().serve(); });
    after(() => site?.stop());

    test('each is accessible', async (t) => {
      const [visitor, stranger] = [await browser.visitor(site), await browser.visitor(site, { stranger: true })];
      for (const page of await pages(visitor, name)) {
        await t.test(page.path, (t) => looked(t, page.stranger ? stranger : visitor, page));
      }
      await visitor.leave();
      await stranger.leave();
    });
  });
}

test('no known fault is mended', () => assert.deepEqual(mended('axe'), []));

/** Looks at a page in all four ways. */
async function looked(t, visitor, { path, status }) {
  const found = [];
  await visitor.page.setViewportSize(WIDE);
  await visitor.goto(path, status);
  await visitor.page.evaluate(AXE);
  for (const [width, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
    await visitor.page.setViewportSize(viewport);
    // This unfolds what is folded, so that axe sees it.
    const here = (await layout(visitor.page)).map((text) => ({ rule: 'layout', target: text, text }));
    await menu(visitor.page, true);
    for (const colorScheme of ['light', 'dark']) {
      await visitor.page.emulateMedia({ colorScheme });
      here.push(...(await violations(visitor.page, colorScheme)));
    }
    await menu(visitor.page, false);
    found.push(...here.map((one) => ({ ...one, text: `${width}, ${one.text}` })));
  }
  const fresh = found.filter((one) => !known('axe', one.rule, one.target, t));
  assert.ok(fresh.length === 0, `${path}\n${fresh.map((one) => one.text).join('\n')}`);
  visitor.watch.check(path);
}

/** Opens or closes the menu of the first row, where rows have menus. It lies upon others, so only axe sees it open. */
const menu = (page, open) => page.evaluate((open) => document.querySelector('.acts details')?.toggleAttribute('open', open), open);

/** What axe finds: one for each element. */
async function violations(page, scheme) {
  const runOnly = scheme === 'dark' ? { type: 'rule', values: COLOURS } : { type: 'tag', values: TAGS };
  // Without `preload` axe fetches no style again; the one rule that wants it is about locked orientations.
  const options = { runOnly, preload: false, resultTypes: ['violations'] };
  const { violations: found } = await page.evaluate((options) => globalThis.axe.run(document, options), options);
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => {
    const target = node.target.join(' ');
    const why = node.failureSummary.split('\n').slice(1).join(';').trim();
    return { rule: id, target, text: `${scheme}: ${id} at ${target}: ${help}\n    ${node.html.slice(0, 160)}\n    ${why}` };
  }));
}
