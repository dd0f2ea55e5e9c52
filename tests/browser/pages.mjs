// The pages there are. Most of the list comes from the site itself; what it does not tell stands here, one line each, and
// this is the only place to add to.

/**
 * Addresses besides those of the navigation and the plain reports: pages in a state worth looking at.
 * `status` is what they answer with, `stranger` means whoever is not signed in, `home: 'data'` that an empty database has
 * nothing of its own to show there.
 */
const STATES = [
  { path: '/login', stranger: true },
  { path: '/login?next=/help', stranger: true, home: 'data' },
  { path: '/login?token=used', stranger: true, home: 'data' },
  { path: '/places?text=tide&from=-30d' },
  { path: '/reports/hours?by=project&from=-6d' },
  { path: '/reports/hours?explain=1&from=today&to=today' },
  { path: '/reports/hours?sensitivity=1' },
  { path: '/reports/hours?bucket=month&by=source', home: 'data' },
  { path: '/reports/histogram?bucket=weekday-hour' },
  { path: '/reports/histogram?by=source&bucket=day&from=-29d', home: 'data' },
  { path: '/reports/commands?sort=-runs', home: 'data' },
  { path: '/reports/events?where=nothing-has-this-word', home: 'data' },
  { path: '/sources?input=1', home: 'data' },
  { path: '/events?whole=1' },
  { path: '/events?whole=1&size=10&q=tide*%20-login&f=source:log.shell&f=-host:web&from=-90d&sort=relevance', home: 'data' },
  { path: '/events?whole=1&size=10&from=2026-03-12T08:00:00Z&to=2026-03-12T12:00:00Z', home: 'data' },
  { path: '/events?whole=1&size=10&from=2026-03-12T08:00:00Z&to=2026-03-12T12:00:00Z&tz=Pacific/Chatham&facet=host:50', home: 'data' },
  { path: '/events?q=tide&f=host:nowhere&f=-source:log.shell&from=-30d' },
  { path: '/events?q=host:%22web1%20AND%20(', status: 400 },
  { path: `/events?q=${'('.repeat(40)}tide${')'.repeat(40)}`, status: 422 },
  { path: '/events?form=2026', status: 400, home: 'data' },
  { path: '/timeline?week=2026-03-09', home: 'data' },
  { path: '/timeline?day=2026-03-12' },
  { path: '/timeline?week=2019-07-01' },
  { path: '/timeline?day=tomorrow', status: 400, home: 'data' },
  { path: '/nowhere', status: 404 },
  { path: '/reports/huors', status: 404, home: 'data' },
  { path: '/events/00000000000000000000000000000000', status: 404 },
  { path: '/reports/events?form=2026', status: 400, home: 'data' },
  { path: '/reports/events?where=user:ada%20AND%20(', status: 400, home: 'data' },
  { path: '/events/xyz', status: 400, home: 'data' },
];

/** How many events are looked at: one of each source, and no more than this. */
const EVENTS = 8;

/** Reports that are looked at where there is nothing to report: one of each form that a report has. */
const EMPTY = ['calendar', 'events', 'histogram', 'hours', 'sources'];

/** All pages of a home of this kind, `data` or `empty`, given a visitor who may ask the site. */
export async function pages(visitor, home = 'data') {
  const found = [...(await navigation(visitor)), ...(await reports(visitor, home)), ...(await events(visitor))];
  if (home === 'data') {
    await save(visitor, 'Tides, of late', 'q=tide*&f=-source:log.http&from=-30d');
    found.push(await second(visitor));
  }
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

async function reports(visitor, home) {
  const { data } = await (await visitor.fetch('/api/reports')).json();
  const names = data.map((report) => report.name).filter((name) => home === 'data' || EMPTY.includes(name));
  return names.map((name) => `/reports/${name}`);
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

/** The second page of all events. */
async function second(visitor) {
  const { page } = await (await visitor.fetch('/api/events?size=5')).json();
  return `/events?${new URLSearchParams({ whole: '1', size: '5', after: page.next, as_of: page.as_of })}`;
}

/** Keeps a search, as the form below the events does. */
export async function save(visitor, name, query) {
  const { origin } = visitor.site;
  const response = await visitor.context.request.post(`${origin}/saved`, { form: { name, query }, headers: { origin } });
  if (!response.ok()) throw new Error(`${name} was not saved: ${response.status()}`);
}
