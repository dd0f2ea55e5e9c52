// The tests themselves: pages with one thing wrong each, of which the watch, the measure of layouts and axe must say so. A
// guard that sees nothing would pass everything else.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Browser } from './browser.mjs';
import { text } from './kit.mjs';
import { layout } from './layout.mjs';
import { DRESS } from './watch.mjs';

/** Pages by path: what stands in them, and headers that differ from those of the site. */
const PAGES = {
  '/well': ['<p>Nothing is wrong</p>'],
  '/inline': ['<script>1</script>'],
  '/style': ['<p style="color: red">x</p>'],
  '/elsewhere': ['<img alt="" src="https://evil.example/x.png">', { 'content-security-policy': 'img-src *' }],
  '/error': ['<script>console.error("one")</script>', { 'content-security-policy': '' }],
  '/throws': ['<script>throw new Error("two")</script>', { 'content-security-policy': '' }],
  '/asks': ['<script>alert("three")</script>', { 'content-security-policy': '' }],
  '/bare': ['<p>x</p>', { 'x-frame-options': '' }],
  '/shared': ['<p>x</p>', { 'cache-control': 'public' }],
  '/upon': ['<p>One text</p><p style="margin-top: -2em">Another</p>', { 'content-security-policy': '' }],
  '/wide': ['<p style="width: 3000px; text-align: right">far out</p>', { 'content-security-policy': '' }],
  '/unnamed': ['<input>'],
};

let browser;
let server;
let visitor;
before(async () => {
  server = createServer((request, response) => {
    const [body, headers] = PAGES[request.url] ?? ['', {}];
    const status = request.url in PAGES ? 200 : 404;
    const all = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...DRESS, ...headers };
    response.writeHead(status, Object.fromEntries(Object.entries(all).filter(([, value]) => value)));
    response.end(`<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>${body}</main>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  browser = await Browser.start();
  visitor = await browser.visitor({ origin: `http://127.0.0.1:${server.address().port}` }, { stranger: true });
});
after(async () => {
  await visitor?.context.close();
  await browser?.stop();
  server?.close();
});

/** What the watch says of a page. */
async function troubles(path) {
  await visitor.page.goto(visitor.site.origin + path);
  await visitor.page.waitForTimeout(50);
  return visitor.watch.troubles.splice(0).join('\n');
}

for (const [path, said] of [
  ['/inline', /policy breached: script-src/], ['/style', /policy breached: style-src/], ['/elsewhere', /a request to elsewhere: https:\/\/evil/],
  ['/error', /console error: one/], ['/throws', /page error: .*two/], ['/asks', /a dialog: alert three/],
  ['/bare', /x-frame-options is undefined/], ['/shared', /cache-control is public/], ['/nowhere', /status 404/],
]) {
  test(`the watch sees what is wrong with ${path}`, async () => assert.match(await troubles(path), said));
}

test('the watch finds no fault where none is', async () => {
  assert.equal(await troubles('/well'), '');
  visitor.watch.expect(`${visitor.site.origin}/nothing`, 404);
  assert.equal(await troubles('/nothing'), '');
});

test('layouts are measured', async () => {
  const said = async (path) => {
    await troubles(path);
    return (await layout(visitor.page)).join('\n');
  };
  assert.match(await said('/upon'), /"One text" .* lies upon "Another"/);
  assert.match(await said('/wide'), /px wider than the window: "far out"/);
  assert.equal(await said('/well'), '');
});

test('axe is asked', async () => {
  await troubles('/unnamed');
  await visitor.page.evaluate(text('axe-core/axe.min.js'));
  const { violations } = await visitor.page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((one) => one.id), ['label']);
});
