// Makes pictures of the main pages, light and dark, wide and narrow, for those who read about the site:
//
//   WORKHOURS_TEST_BROWSER=MODULES WORKHOURS_BIN=target/release/workhours node tests/browser/screenshots.mjs OUTDIR [NAME ...]
//
// What they show is made up (demo.mjs).

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, NARROW, WIDE } from './browser.mjs';
import { demo } from './demo.mjs';
import { missing } from './kit.mjs';

/** Pages, the name that their pictures begin with, and where those of a narrow window begin, if not at the top. */
const PICTURES = [
  ['home', '/'],
  ['hours', '/reports/hours?from=-27d&by=project', '.totals'],
  ['calendar', '/reports/calendar', 'figure'],
  ['events', '/events?whole=1&q=tide*&from=-90d', '.histogram'],
  ['timeline', `/timeline?week=${daysAgo(5)}`, '.lanes'],
  ['places', '/places?from=-30d', '.beside'],
  ['sources', '/sources'],
  ['reports', '/reports'],
];

/** A date of so many days ago: five days ago, a week was mostly over. */
function daysAgo(days) {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

const [out, ...wanted] = process.argv.slice(2);
const pictures = PICTURES.filter(([name]) => wanted.length === 0 || wanted.includes(name));
const lacks = missing();
if (!out || lacks.length > 0) {
  console.error(out ? lacks.join('\n') : 'where to? screenshots.mjs OUTDIR');
  process.exit(2);
}
mkdirSync(out, { recursive: true });

// The afternoon to come, so that everything was read a little before and not in the future.
const now = new Date();
now.setUTCHours(now.getUTCHours() < 16 ? 16 : 40, 40, 0, 0);
const site = await demo(now).serve();
const browser = await Browser.start();
for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [WIDE, NARROW]) {
    const visitor = await browser.visitor(site, { viewport, colorScheme, deviceScaleFactor: 1 });
    for (const [name, path, begin] of pictures) {
      await visitor.goto(path);
      if (begin && viewport === NARROW) await visitor.page.locator(begin).first().evaluate((one) => one.scrollIntoView());
      const file = join(out, `${name}-${colorScheme}-${viewport.width}.png`);
      await visitor.page.screenshot({ path: file });
      console.log(`${file} (${Math.ceil(statSync(file).size / 1024)} KiB)`);
    }
    await visitor.leave();
  }
}
await browser.stop();
await site.stop();
