// A home with a year of made-up traces, the same at every run: what the tests of pages and the pictures show. The people,
// machines and commits do not exist.

import { Home, NOW } from './kit.mjs';

const DAY = 86_400_000;

/** Projects, and what is done in them. */
const WORK = {
  tides: ['git status --short', 'git pull --rebase', 'pytest -q tests/test_harmonics.py', 'vim tides/fit.py', 'git diff',
    "git commit -am 'Fit: refuse a record shorter than 29 days'", 'python -m tides.fit data/gauge-1998.csv --station 14',
    'git push', 'make docs', 'git log --oneline -8'],
  harbour: ['cargo test', 'cargo build --release', 'vim src/berths.rs', 'git add -p', 'rg "fn moor" src | head',
    "git commit -m 'Berths: ships may leave at low water'", 'cargo clippy --all-targets', 'docker compose up -d'],
  notes: ['vim 2026/budget.md', 'make html', 'git push', 'ls -l', 'scp today.csv gauge14.example.org:/tmp/'],
};
const COMMITS = ['Fit: refuse a record shorter than 29 days', 'Nodal corrections for the lunar constituents',
  'Harmonics: the M2 phase is in degrees, not radians', 'Docs: where the gauges stand', 'Release 0.7.0', 'Plot: a legend'];
/** Pages that are visited: address and title. */
const PAGES = [
  ['https://docs.example.org/python/library/argparse.html', 'argparse, a parser for command lines'],
  ['https://tides.example.org/stations/14', 'Station 14: harbour mouth'],
  ['https://tides.example.org/changes', 'Changes in the tide tables'],
  ['https://code.example.com/tides/pull/118', 'Nodal corrections for the lunar constituents, pull 118'],
  ['https://en.wikipedia.org/wiki/Theory_of_tides', 'Theory of tides'],
  ['https://en.wikipedia.org/wiki/Harmonic_analysis', 'Harmonic analysis'],
  ['https://stackoverflow.com/questions/11227809/why-is-processing-a-sorted-array-faster', 'Why is a sorted array faster?'],
  ['https://www.google.com/search?q=neap+tide+tables', 'neap tide tables'],
  ['https://www.google.com/search?q=rust+borrow+checker', 'rust borrow checker'],
  ['https://news.example.net/2026/harbour-opens', 'The new harbour opens in May'],
];
const CONFIG = `
[tags]
review = { url = 'code[.]example[.]com/.*/pull/' }
release = '(?i)release'

[hours]
target = 7.5
rate = 80
currency = "EUR"
`;

/** Numbers that look thrown, and are the same every time. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Times of work: for each day a morning and an afternoon, at weekends seldom; the last one ends just before now. */
function* moments(now, throwing) {
  const today = Math.floor(now / DAY);
  for (let day = today - 370; day <= today; day += 1) {
    const weekday = new Date(day * DAY).getUTCDay();
    const free = day !== today && (weekday === 0 || weekday === 6 ? throwing(8) > 0 : throwing(14) === 0);
    if (free) continue;
    for (const [begin, most] of [[8.2, 150 + throwing(60)], [13, 120 + throwing(100)]]) {
      let at = day * DAY + (begin * 60 + throwing(40)) * 60_000;
      const end = Math.min(at + most * 60_000, now - 240_000);
      for (; at < end; at += (2 + throwing(13)) * 60_000) yield at + throwing(50) * 1000;
    }
  }
}

const seconds = (at) => new Date(at).toISOString().slice(0, 19);

/** A line of a log of the shell. */
export const command = (at, project, text) =>
  `#  ${seconds(at)}+0000\t#Qm7xT2vK\t\t/home/ada/src/${project}\t${seconds(at)}+0000\tlaptop\tada\t$$\t${text} \n`;

function access(at, i) {
  const when = new Date(at).toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0000');
  const path = ['/', '/stations/14', '/stations/14/today.svg', '/wp-login.php', '/download/tides-0.7.0.tar.gz'][i % 5];
  const agent = i % 7 ? 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0' : 'ExampleBot/2.1 (+https://bot.example.com)';
  return `198.51.100.${i % 40} - - [${when}] "GET ${path} HTTP/2.0" ${i % 5 === 3 ? 404 : 200} ${500 + i} "-" "${agent}"\n`;
}

/** The traces, by name of file. */
export function traces(now) {
  const throwing = dice(7);
  const [shell, visits, commits, requests] = [[], [], [], []];
  const projects = Object.keys(WORK);
  let project = projects[0];
  for (const at of moments(now, throwing)) {
    if (throwing(12) === 0) project = projects[throwing(projects.length)];
    const what = throwing(10);
    if (what < 6) shell.push(command(at, project, WORK[project][throwing(WORK[project].length)]));
    else if (what < 9) {
      const [url, title] = PAGES[throwing(PAGES.length)];
      visits.unshift({ page_transition: 'LINK', title, url, client_id: 'c1==', time_usec: at * 1000 });
    } else if (now - at < 90 * DAY) {
      commits.unshift(
        `commit ${(at % 2 ** 40).toString(16).padStart(40, '5f0c1d2e3b4a')}\nAuthor: Ada <ada@example.org>\n` +
        `Date:   ${seconds(at)}+0000\n\n    ${COMMITS[throwing(COMMITS.length)]}\n\n`);
    }
    if (now - at < 21 * DAY) requests.push(access(at, requests.length), access(at + 9000, requests.length + 3));
  }
  requests.push('tidegauge: worker 3 restarted\n', 'nor is this a line of such a log\n');
  const old = (days) => Math.floor((now - days * DAY) / 1000);
  const marks = PAGES.map(([url, title], i) => `<DT><A HREF="${url}" ADD_DATE="${old(5 + i * 9)}" TAGS="sea">${title}</A>\n`);
  return {
    'usrlog.log': shell.join(''),
    'BrowserHistory.json': JSON.stringify({ 'Browser History': visits }),
    'tides.git.log': commits.join(''),
    'access.log': requests.join(''),
    'bookmarks.html': `<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n${marks.join('')}</DL><p>\n`,
    'old.zsh_history': [40, 41, 44].map((days) => `: ${old(days)}:2;make install\n`).join('') + 'echo without a date\n',
  };
}

const INPUTS = [
  ['log.shell', 'usrlog.log', 'laptop'],
  ['google.takeout', 'BrowserHistory.json', ''],
  ['git.log', 'tides.git.log', 'tides'],
  ['log.http', 'access.log', 'web'],
  ['bookmarks.html', 'bookmarks.html', ''],
  ['zsh.history', 'old.zsh_history', 'old laptop'],
];

/** The `[[inputs]]` of a config: source type, file, label. */
export const inputs = (all) => all
  .map(([type, path, label]) => [type, `~/${path}`, label].map((text) => JSON.stringify(text)))
  .map(([type, path, label]) => `[[inputs]]\ntype = ${type}\npath = ${path}\nlabel = ${label}\n`)
  .join('');

/** The home, loaded. */
export function demo(now = NOW) {
  const home = new Home(now).config(CONFIG + inputs(INPUTS));
  for (const [name, content] of Object.entries(traces(now.getTime()))) home.write(name, content);
  return home.load();
}
