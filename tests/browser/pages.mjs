// The pages there are. Most of the list comes from the site itself; what it does not tell stands here, one line each, and
// this is the only place to add to.

/**
 * Addresses besides those of the navigation and the plain reports: pages in a state worth looking at.
 * `status` is what they answer with, `stranger` means whoever is not signed in, `home: 'data'` that they are not there while
 * the database is empty.
 */
const STATES = [
  { path: '/login', stranger: true },
  { path: '/login?next=/help', stranger: true },
  { path: '/login?token=used', stranger: true },
  { path: '/places?text=tide&from=-30d' },
  { path: '/reports/hours?by=project&from=-6d' },
  { path: '/reports/hours?explain=1&from=today&to=today' },
  { path: '/reports/hours?sensitivity=1' },
  { path: '/reports/hours?bucket=month&by=source' },
  { path: '/reports/histogram?bucket=weekday-hour' },
  { path: '/reports/histogram?by=source&bucket=day&from=-29d' },
  { path: '/reports/commands?sort=-runs' },
  { path: '/reports/events?where=nothing-has-this-word' },
  { path: '/sources?input=1', home: 'data' },
  { path: '/nowhere', status: 404 },
  { path: '/reports/huors', status: 404 },
  { path: '/events/00000000000000000000000000000000', status: 404 },
  { path: '/reports/events?form=2026', status: 400 },
  { path: '/reports/events?where=user:ada%20AND%20(', status: 400 },
  { path: '/events/xyz', status: 400 },
];

/** How many events are looked at: one of each source, and no more than this. */
const EVENTS = 8;

/** All pages of a home of this kind, `data` or `empty`, given a visitor who may ask the site. */
export async function pages(visitor, home = 'data') {
  const found = [...(await navigation(visitor)), ...(await reports(visitor)), ...(await events(visitor))];
  const paths = [...new Set(found)].map((path) => ({ path }));
  const states = STATES.filter((page) => !page.home || page.home === home);
  return [...paths, ...states].map((page) => ({ status: 200, stranger: false, ...page }));
}

/** The pages of the navigation, and those that its foot leads to. */
export async function navigation(visitor) {
  await visitor.goto('/');
  const links = visitor.page.locator('header nav a, footer a');
  return links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
}

async function reports(visitor) {
  const { data } = await (await visitor.fetch('/api/reports')).json();
  return data.map((report) => `/reports/${report.name}`);
}

/** The pages of events: the latest of each source. */
export async function events(visitor, most = EVENTS) {
  const { data: sources } = await (await visitor.fetch('/api/sources')).json();
  const found = [];
  for (const name of new Set(sources.map((source) => source.source_type))) {
    const query = new URLSearchParams({ source: name, sort: '-date', limit: '1' });
    const { data } = await (await visitor.fetch(`/api/reports/events?${query}`)).json();
    found.push(...data.map((event) => `/events/${event.id}`));
  }
  return found.slice(0, most);
}
