// One Chromium, and visitors of the site: each with cookies and storage of its own, and watched.

import { CHROMIUM, load } from './kit.mjs';
import { Watch } from './watch.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing but this machine can be reached, even by what gets past the watch.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 360, height: 740 };

export class Browser {
  #chromium;

  /** Starts it, without a window and with a fresh profile that goes with it. */
  static async start() {
    const browser = new Browser();
    browser.#chromium = await load('playwright-core').chromium.launch({
      executablePath: CHROMIUM,
      headless: true,
      args: FLAGS,
    });
    return browser;
  }

  /** A visitor who is signed in, unless `stranger` is said. Other options are Playwright's. */
  async visitor(site, { stranger = false, ...options } = {}) {
    const visitor = await this.#open(site.origin, options);
    visitor.site = site;
    visitor.scripts = options.javaScriptEnabled !== false;
    if (!stranger) await visitor.signIn();
    return visitor;
  }

  /** A reader of files, to whom no policy applies but what is written in them. */
  async reader() {
    return this.#open('file://', {});
  }

  async #open(origin, options) {
    const context = await this.#chromium.newContext({
      viewport: WIDE,
      // Colours in the middle of a transition are nobody's choice.
      reducedMotion: 'reduce',
      colorScheme: 'light',
      ...options,
    });
    context.setDefaultTimeout(10_000);
    const watch = new Watch(origin);
    await watch.begin(context);
    return new Visitor(context, watch, await context.newPage());
  }

  async stop() {
    await this.#chromium.close();
  }
}

/** Somebody with one page open. */
export class Visitor {
  constructor(context, watch, page) {
    Object.assign(this, { context, watch, page });
  }

  /** By the printed address; whoever comes later takes over the session that it began. */
  async signIn() {
    if (!this.site.cookies) {
      await this.page.goto(this.site.invitation);
      this.site.cookies = await this.context.cookies();
    }
    await this.context.addCookies(this.site.cookies);
  }

  /** Goes to a path of the site; the answer must have this status. */
  async goto(path, status = 200) {
    const url = new URL(path, this.site.origin).href;
    if (status >= 400) this.watch.expect(url, status);
    const response = await this.page.goto(url);
    if (response.status() !== status) throw new Error(`${path}: ${response.status()} instead of ${status}`);
    if (this.scripts) await this.settled();
    return response;
  }

  /** Waits until scripts have put in what they are still asking for. */
  async settled() {
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"], [data-later]'));
  }

  /** Where the page is: path, query and fragment. */
  get at() {
    return this.page.url().slice(this.site.origin.length);
  }

  /** What is at a path, not shown in a page. */
  async fetch(path, accept = '*/*') {
    const response = await this.context.request.get(new URL(path, this.site.origin).href, { headers: { accept } });
    if (!response.ok()) throw new Error(`${path}: ${response.status()}`);
    return response;
  }

  /** Leaves; fails when anything went wrong meanwhile. */
  async leave() {
    await this.context.close();
    this.watch.check();
  }
}
