// What strangers wrote, loaded by the importers: nothing of it is obeyed on any page, in any export, or when it comes as
// part of an address.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Browser, NARROW, WIDE } from './browser.mjs';
import { HOSTILE, hostile } from './corpus.mjs';
import { known, mended } from './faults.mjs';
import { layout } from './layout.mjs';
import { pages, save } from './pages.mjs';

let browser;
let home;
let site;
let visitor;
before(async () => {
  browser = await Browser.start();
  home = hostile();
  site = await home.serve();
  visitor = await browser.visitor(site);
});
after(async () => {
  await visitor?.leave();
  await browser?.stop();
  await site?.stop();
});

/** What in a page is not the site's own making, a line each. Runs in the page. */
function foreign(origin) {
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
  if ('__pwned' in window) found.push('something ran');
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      // What is drawn over the histogram is put in its place by the script of the page.
      if (name === 'style' && element.matches('.plot > *') && /^(left: [\d.]+%;)?( ?width: [\d.]+%;)?$/.test(value)) continue;
      if (/^on/i.test(name) || /^(style|srcdoc|formaction|ping|is|slot)$/i.test(name)) say(`attribute ${name}`, element);
      if (/^(href|src|action|data|xlink:href)$/i.test(name)) {
        const { protocol } = new URL(value, document.baseURI);
        const link = element.localName === 'a';
        const ours = new URL(value, document.baseURI).origin === origin;
        if (!ours && !(link && /^https?:$/.test(protocol))) say(`leads to ${protocol}`, element);
        if (!ours && link && element.rel !== 'noopener noreferrer nofollow') say('tells where it comes from', element);
      }
    }
  }
  const strange = document.querySelectorAll('iframe, object, embed, base, img, video, audio, math, portal, meta[http-equiv="refresh" i]');
  strange.forEach((element) => say('element', element));
  for (const script of document.scripts) if (!script.src.startsWith(`${origin}/static/`)) say('script', script);
  for (const style of document.querySelectorAll('style')) say('style', style);
  // What is not seen, or turns text around, is shown as a token instead.
  const html = document.documentElement.outerHTML;
  const hidden = html.match(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069]/);
  if (hidden) found.push(`U+${hidden[0].codePointAt(0).toString(16)} behind ${html.slice(Math.max(0, hidden.index - 60), hidden.index)}`);
  return found;
}

/** Asserts that the page that is open is inert, also after what is on it was pointed at and has the focus. */
async function inert(where) {
  const { page, watch } = visitor;
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('main *')) {
      for (const kind of ['mouseover', 'mouseenter', 'toggle', 'error', 'load']) element.dispatchEvent(new Event(kind));
      if (element.tabIndex >= 0) element.focus({ preventScroll: true });
    }
  });
  assert.deepEqual(await page.evaluate(foreign, site.origin), [], where);
  watch.check(where);
}

test('pages are inert, and long words leave their layout whole', async (t) => {
  const all = await pages(visitor);
  // Names and queries that were saved are somebody's texts too.
  for (const text of HOSTILE.filter((text) => text.length < 200 && !/[\0-\x1f\x7f-\x9f]/.test(text))) {
    await save(visitor, text, `${new URLSearchParams([['q', `"${text.replaceAll(/["\\]/g, ' ')}"`], ['f', `host:${text}`]])}`);
  }
  // Of one source, which takes what it finds into all fields, every event is looked at; of the others one each.
  const { data } = await (await visitor.fetch('/api/reports/events?limit=5000&where=source:jsonl')).json();
  assert.ok(data.length > HOSTILE.length);
  const paths = [...all, ...data.map((event) => ({ path: `/events/${event.id}`, status: 200 }))];
  for (const { path, status } of paths.filter((page) => !page.stranger)) {
    await t.test(path, async (t) => {
      await visitor.goto(path, status);
      const found = [];
      for (const viewport of [WIDE, NARROW]) {
        await visitor.page.setViewportSize(viewport);
        found.push(...(await layout(visitor.page)).map((text) => `${viewport.width} px: ${text}`));
      }
      await inert(path);
      assert.deepEqual(found.filter((text) => !known('hostile', 'layout', text, t)), []);
    });
  }
});

test('no known fault is mended', () => assert.deepEqual(mended('hostile'), []));

test('what comes in an address is inert too', async () => {
  const texts = HOSTILE.filter((text) => text.length < 300);
  const asked = texts.flatMap((text) => ['/reports/events?text=', '/events?q=', '/events?f=host:'].map((place) => [place, text]));
  // Where an address is only named, in one breath.
  for (const place of ['/?', '/reports/', '/events/', '/places?text=', '/reports/events?', '/reports/events?where=', '/events?', '/events?whole=1&from=', '/timeline?day=', '/reports/events?sort=', '/sources?input=']) {
    asked.push([place, texts.join(' ').slice(0, 900)], [place, texts[0]]);
  }
  for (const [place, text] of asked) {
    const url = `${site.origin}${place}${encodeURIComponent(text)}`;
    // Whether it can be answered is not the point here.
    visitor.watch.expect(url, 400, 404, 422);
    await visitor.page.goto(url);
    await visitor.settled();
    await inert(`${place}${text}`);
  }
});

/** The cells of a table in CSV, as a spreadsheet reads them. */
function cells(csv) {
  const found = csv.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^",\n]*))/g);
  return [...found].map(([, quoted, plain]) => (quoted === undefined ? plain.replace(/\r$/, '') : quoted.replaceAll('""', '"')));
}

test('a spreadsheet computes nothing', async () => {
  for (const report of ['events', 'commands', 'users', 'hosts', 'tags', 'places', 'files', 'sources', 'gap']) {
    const csv = await (await visitor.fetch(`/reports/${report}.csv`)).text();
    const read = cells(csv);
    const formulas = read.filter((cell) => /^[=+\-@\t\r]/.test(cell) && !/^-\d+(\.\d+)?$/.test(cell));
    assert.deepEqual(formulas, [], report);
    if (report === 'events') for (const text of ['=HYPERLINK', '+1+cmd', '-1+1', '@SUM']) {
      assert.ok(read.some((cell) => cell.startsWith(`'${text}`)), `${text} is there, behind a quote`);
    }
  }
});

test('exports are files, not pages', async () => {
  for (const ending of ['csv', 'xlsx', 'json', 'ndjson', 'parquet', 'arrow', 'ics', 'md']) {
    const url = `/reports/events.${ending}`;
    const response = await visitor.fetch(url);
    const headers = response.headers();
    assert.doesNotMatch(headers['content-type'], /html|xml(?!formats)|javascript/, url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
    assert.match(headers['content-security-policy'], /default-src 'none'/, url);
  }
});

test('pages and exports are inert as files, where no header protects', async (t) => {
  const kept = [['the page, kept', await (await visitor.fetch('/reports/events.html')).text()]];
  for (const report of ['events', 'places', 'sources', 'commands']) {
    kept.push([`-r ${report} -O html`, home.run('-r', report, '-O', 'html', '--all-columns')]);
  }
  for (const [name, html] of kept) {
    await t.test(name, async () => {
      assert.ok(html.includes('__pwned'), 'the texts are there');
      const { href } = pathToFileURL(home.write('kept.html', html).path('kept.html'));
      const reader = await browser.reader();
      // A page that was kept has lost its files of style and script.
      reader.watch.excuse(/^Access to script at 'file:\/\/\/static\//);
      for (const file of html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)) reader.watch.expect(`file://${file[1]}`, 0);
      await reader.page.goto(href);
      await reader.page.waitForTimeout(100);
      const found = await reader.page.evaluate(() => ({
        ran: '__pwned' in window,
        handlers: [...document.querySelectorAll('*')].filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length,
        strange: document.querySelectorAll('iframe, object, embed, base, img, form[action^="http"]').length,
        links: [...document.links].map((link) => link.protocol).filter((protocol) => !/^(https?|file):$/.test(protocol)),
      }));
      assert.deepEqual(found, { ran: false, handlers: 0, strange: 0, links: [] });
      await reader.leave();
    });
  }
});

test('the log is lines of text', () => {
  const strange = site.log.filter((line) => /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(line) || line.includes('__pwned=1<'));
  assert.deepEqual(strange, []);
});
