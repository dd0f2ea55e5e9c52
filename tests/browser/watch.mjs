// Watches all that happens in a browser's context. Whatever should not happen on any page, whatever is tested, is kept
// as a trouble: breaches of the policy, errors, requests to elsewhere, dialogs, unexpected statuses, bare answers.

import assert from 'node:assert/strict';

/** Headers of every answer, as docs/security.md promises them. */
export const DRESS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

export class Watch {
  /** What went wrong, a line each. */
  troubles = [];
  /** How many answers were looked at. */
  answers = 0;
  #origin;
  /** Addresses that may fail, with the statuses they may fail with. */
  #expected = new Map();
  #excused = [];

  constructor(origin) {
    this.#origin = origin;
  }

  /** Begins to watch; before any page is opened. */
  async begin(context) {
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy breached: ${event.violatedDirective} by ${event.blockedURI} ${event.sample}`));
    });
    context.on('console', (message) => this.#console(message));
    context.on('weberror', (error) => this.#trouble(`page error: ${error.error()}`));
    context.on('dialog', async (dialog) => {
      this.#trouble(`a dialog: ${dialog.type()} ${dialog.message()}`);
      await dialog.dismiss();
    });
    context.on('request', (request) => {
      if (!this.#ours(request.url())) this.#trouble(`a request to elsewhere: ${request.url()}`);
    });
    context.on('response', (response) => this.#answer(response));
  }

  /** This address may answer with these statuses; 0 is for a file that is not there. */
  expect(url, ...statuses) {
    this.#expected.set(new URL(url).href, statuses);
  }

  /** Messages like this are none of the site's doing. */
  excuse(pattern) {
    this.#excused.push(pattern);
  }

  /** Fails when anything went wrong; what did is forgotten then. */
  check(where = '') {
    const troubles = this.troubles.splice(0);
    assert.deepEqual(troubles, [], `${where} ${troubles.join('\n')}`);
  }

  #trouble(text) {
    this.troubles.push(text);
  }

  #ours(url) {
    return url.startsWith(`${this.#origin}/`) || url.startsWith('data:') || url === 'about:blank';
  }

  #console(message) {
    const [kind, at] = [message.type(), message.location().url];
    // Chromium says so of every status from 400 on, also where that is the point of the test.
    if (this.#excused.some((pattern) => pattern.test(message.text()))) return;
    if (this.#expected.has(at) && message.text().startsWith('Failed to load resource')) return;
    if (kind === 'error' || kind === 'warning' || /Content[ -]Security[ -]Policy/i.test(message.text())) {
      this.#trouble(`console ${kind}: ${message.text()} (${at})`);
    }
  }

  #answer(response) {
    const [url, status] = [response.url(), response.status()];
    if (!url.startsWith(`${this.#origin}/`) || this.#origin.startsWith('file:')) return;
    this.answers += 1;
    if (status >= 400 && !this.#expected.get(url)?.includes(status)) this.#trouble(`status ${status}: ${url}`);
    const headers = response.headers();
    for (const [name, value] of Object.entries(DRESS)) {
      if (headers[name] !== value) this.#trouble(`${url}: ${name} is ${headers[name]}`);
    }
    const cache = headers['cache-control'] ?? '';
    // Files of style and script are for everybody; what is about anybody's time is not.
    if (!/private|no-store/.test(cache) && !new URL(url).pathname.startsWith('/static/')) {
      this.#trouble(`${url}: cache-control is ${cache || 'missing'}`);
    }
  }
}
