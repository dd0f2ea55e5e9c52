// What Tab reaches on a page, and how it looks there.

import assert from 'node:assert/strict';
import { known } from './faults.mjs';

/** Goes through a page by Tab until it begins anew. */
export async function tabbed(t, visitor, path) {
  const { page } = visitor;
  await visitor.goto(path);
  const [wanted, lone] = await page.evaluate(() => {
    const links = [...document.querySelectorAll('a[href]')];
    const all = [...document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, summary, [tabindex="0"]')];
    // Drawings have links for those with a mouse; others have the same links in a list or a table.
    const passed = (one) => one.getAttribute('tabindex') === '-1';
    const leads = (one) => one.getAttribute('href');
    const others = new Set(links.filter((one) => !passed(one)).map(leads));
    window.wanted = new Set(all.filter((one) => !passed(one) && one.checkVisibility({ visibilityProperty: true })));
    return [window.wanted.size, links.filter((one) => passed(one) && !others.has(leads(one))).map(leads)];
  });
  assert.deepEqual(lone, [], 'links that only a mouse reaches');
  const wrong = [];
  for (let i = 0; i < wanted + 20; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(look);
    if (at === null) break;
    if (at && !known('keys', at.rule, at.name, t)) wrong.push(`${at.rule}: ${at.name}`);
  }
  const left = await page.evaluate(() => [...window.wanted].map((one) => one.outerHTML.slice(0, 90)));
  assert.deepEqual({ left, wrong }, { left: [], wrong: [] });
}

/** What is wrong with what has the focus; false for nothing, null behind the last. Runs in the page. */
function look() {
  const here = document.activeElement;
  if (here === document.body) return null;
  window.wanted.delete(here);
  const name = here.outerHTML.slice(0, 90);
  const style = getComputedStyle(here);
  if (style.outlineStyle === 'none' || Number.parseFloat(style.outlineWidth) < 2) return { rule: 'no outline', name };
  // Of a link of several lines one line will do.
  const rects = [...here.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0);
  const seen = (rect) => {
    const [left, right] = [Math.max(rect.left, 0), Math.min(rect.right, innerWidth)];
    const [top, bottom] = [Math.max(rect.top, 0), Math.min(rect.bottom, innerHeight)];
    if (right <= left || bottom <= top) return false;
    const front = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return front !== null && (here.contains(front) || front.contains(here));
  };
  return rects.some(seen) ? false : { rule: 'not seen', name };
}
