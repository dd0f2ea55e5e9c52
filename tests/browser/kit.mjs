// A throw-away home with the program in it, and the site served over that home. What a browser does with the site is
// not for this file.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, appendFileSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The moment the tests take as the present one: a Friday afternoon. */
export const NOW = new Date('2026-03-13T16:40:00Z');

/** The browser. */
export const CHROMIUM = process.env.WORKHOURS_TEST_CHROMIUM || '/usr/bin/chromium';

/** The program; it runs in other folders than this one. */
const PROGRAM = process.env.WORKHOURS_BIN && resolve(process.env.WORKHOURS_BIN);

// The modules lie in a folder outside of the sources, so they are looked up from there.
const near = createRequire(resolve(process.env.WORKHOURS_TEST_BROWSER || '.', 'package.json'));

/** A module of that folder. */
export const load = (name) => near(name);

/** The text of a file of a module of that folder. */
export const text = (name) => readFileSync(near.resolve(name), 'utf8');

/** What is needed and not there: a line for each. */
export function missing() {
  const lacks = [];
  const lack = (what, check) => {
    try {
      check();
    } catch {
      lacks.push(what);
    }
  };
  const program = PROGRAM;
  lack(`no Chromium at ${CHROMIUM} (WORKHOURS_TEST_CHROMIUM)`, () => accessSync(CHROMIUM, constants.X_OK));
  lack(`no program at ${program || 'WORKHOURS_BIN'}`, () => accessSync(program, constants.X_OK));
  for (const name of ['playwright-core', 'axe-core']) {
    lack(`no ${name} in node_modules of WORKHOURS_TEST_BROWSER`, () => near.resolve(name));
  }
  return lacks;
}

/** A folder that is home and working directory in one. */
export class Home {
  #dir = mkdtempSync(join(tmpdir(), 'workhours-browser-'));

  constructor(now = NOW) {
    this.now = now;
    process.once('exit', () => this.remove());
  }

  path(name) {
    return join(this.#dir, name);
  }

  write(name, content) {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this;
  }

  /** Adds to a file, as programs do that write a log. */
  append(name, content) {
    appendFileSync(this.path(name), content);
    return this;
  }

  config(toml) {
    return this.write('config/workhours/config.toml', toml);
  }

  /** The flags and surroundings every run has: nothing of whoever runs the tests is seen. */
  #asked(args) {
    const env = { HOME: this.#dir, TZ: 'UTC', PATH: process.env.PATH };
    for (const name of ['data', 'config', 'cache']) env[`XDG_${name.toUpperCase()}_HOME`] = this.path(name);
    // A program that is built to measure coverage writes where it is told to.
    if (process.env.LLVM_PROFILE_FILE) env.LLVM_PROFILE_FILE = process.env.LLVM_PROFILE_FILE;
    return [PROGRAM, ['--now', this.now.toISOString(), ...args], { cwd: this.#dir, env }];
  }

  /** Runs the program to its end, which must be a good one. */
  run(...args) {
    const [program, words, options] = this.#asked(args);
    const ran = spawnSync(program, words, { ...options, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (ran.status !== 0) throw new Error(`workhours ${args.join(' ')}: ${ran.status ?? ran.error}\n${ran.stderr}`);
    return ran.stdout;
  }

  /** Loads what the config names, and brings the index up to date: a site that is served finds it ready. */
  load() {
    this.run('-q', '-P', '--index');
    return this;
  }

  /** Serves the site until it is stopped. */
  async serve(...flags) {
    const [program, words, options] = this.#asked(['serve', '--port', '0', ...flags]);
    const child = spawn(program, words, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    // A test that dies leaves no site behind.
    process.once('exit', () => child.kill());
    const lines = createInterface(child.stderr);
    const log = [];
    const invitation = await new Promise((done, fail) => {
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`the site ended with ${code}\n${log.join('\n')}`)));
      lines.on('line', (line) => {
        log.push(line);
        if (line.startsWith('workhours is at ')) done(line.slice('workhours is at '.length));
      });
    });
    return new Site(child, invitation, this.path('data/workhours/fs/web/keys.json'), log);
  }

  remove() {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** A site that is served. */
export class Site {
  #child;
  #keys;

  constructor(child, invitation, keys, log) {
    this.#child = child;
    this.#keys = keys;
    this.invitation = invitation;
    this.origin = new URL(invitation).origin;
    /** Its log, line by line. */
    this.log = log;
    /** The session, once there is one: the invitation lets in once only. */
    this.cookies = null;
  }

  get token() {
    return JSON.parse(readFileSync(this.#keys, 'utf8')).token;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) throw new Error(`the site ended with ${code}\n${this.log.slice(-20).join('\n')}`);
  }
}
