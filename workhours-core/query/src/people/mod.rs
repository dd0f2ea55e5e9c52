//! The person of a trace: me, a colleague, or a stranger.
//!
//! Decided when a report runs, never stored: events keep the user, address and machine they name, and a change of the
//! config changes the result. A trace is another person's only if it names a person who isn't me. Without a user it is
//! mine, unless it happened on another person's machine.

pub mod git;

use workhours_base::Text;
use workhours_event::StoredEvent;

/// A person's identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// As reports show it: the key in `[people]`, or what I am called.
    pub name: String,
    /// Full names.
    pub names: Vec<String>,
    /// Addresses.
    pub emails: Vec<String>,
    /// Login names.
    pub users: Vec<String>,
    /// Machines that are theirs alone.
    pub hosts: Vec<String>,
}

impl Person {
    /// Whether nothing is known that would identify them.
    pub fn is_unknown(&self) -> bool {
        self.names.is_empty() && self.emails.is_empty() && self.users.is_empty()
    }

    /// Whether an event's user is this person: `ada`, `ada@x.example`, `Ada Lovelace <ada@x.example>`.
    pub fn is(&self, user: &str) -> bool {
        let (name, address) = name_and_address(user);
        let among = |known: &[String], text: &str| known.iter().any(|known| same(known, text));
        let whole = among(&self.users, user) || among(&self.names, user) || among(&self.emails, user);
        whole || name.is_some_and(|name| among(&self.names, name)) || among(&self.emails, address)
    }

    /// Whether `-u` means this person.
    fn is_called(&self, asked: &str) -> bool {
        same(&self.name, asked) || self.is(asked)
    }

    fn owns(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| same(known, host))
    }

    /// Adds what another knows.
    pub fn learn(&mut self, other: &Person) {
        let add = |known: &mut Vec<String>, more: &[String]| {
            for text in more.iter().filter(|text| !text.is_empty()) {
                if !known.iter().any(|known| same(known, text)) {
                    known.push(text.clone());
                }
            }
        };
        add(&mut self.names, &other.names);
        add(&mut self.emails, &other.emails);
        add(&mut self.users, &other.users);
        add(&mut self.hosts, &other.hosts);
    }
}

/// The person of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Mine.
    #[default]
    Me,
    /// That of the person of this number in the config.
    Known(usize),
    /// The name for a user who isn't in the config.
    Stranger(Text),
}

/// All persons of the config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Me.
    pub me: Person,
    /// The others, in the order of the config.
    pub others: Vec<Person>,
    /// Whether the config has a `[me]`, as opposed to what could be guessed.
    pub told: bool,
}

impl People {
    /// Whether every trace is mine, whatever user it names.
    pub fn all_is_mine(&self) -> bool {
        self.me.is_unknown() && self.others.is_empty()
    }

    /// The person of a trace that names this user, on this machine.
    pub fn whose(&self, user: Option<&str>, host: Option<&str>) -> Who {
        let other = |is: &dyn Fn(&Person) -> bool| self.others.iter().position(is).map(Who::Known);
        match user.filter(|user| !user.is_empty()) {
            None => host.and_then(|host| other(&|person| person.owns(host))).unwrap_or_default(),
            Some(user) if self.me.is(user) => Who::Me,
            Some(user) => other(&|person| person.is(user))
                .unwrap_or_else(|| if self.me.is_unknown() { Who::Me } else { Who::Stranger(user.into()) }),
        }
    }

    /// The name of an event's person. Without known persons it is the user the event names.
    pub fn person(&self, event: &StoredEvent) -> Text {
        match self.whose(event.user.as_deref(), event.host.as_deref()) {
            who @ Who::Me if self.all_is_mine() => {
                event.user.clone().unwrap_or_else(|| self.name(&who).into())
            }
            who => self.name(&who).into(),
        }
    }

    /// Whether `-u` means them: by a person's name, or anything they are known by; a user by the name or the address.
    pub fn means(&self, asked: &str, who: &Who) -> bool {
        match who {
            Who::Me => same(asked, "me") || self.me.is_called(asked),
            Who::Known(n) => self.others.get(*n).is_some_and(|person| person.is_called(asked)),
            Who::Stranger(user) => is_part_of(asked, user),
        }
    }

    /// The person of this name; a stranger if there is none.
    pub fn named(&self, name: &str) -> Who {
        match self.others.iter().position(|person| same(&person.name, name)) {
            Some(n) => Who::Known(n),
            None if same(name, "me") || self.me.is_called(name) => Who::Me,
            None => Who::Stranger(name.into()),
        }
    }

    /// A person's name in reports.
    pub fn name<'p>(&'p self, who: &'p Who) -> &'p str {
        match who {
            Who::Me if self.me.name.is_empty() => "me",
            Who::Me => &self.me.name,
            Who::Known(n) => self.others.get(*n).map_or("", |person| &person.name),
            Who::Stranger(user) => user,
        }
    }

    /// Whether I am among the attendees of a meeting that declined: `ada@x.example=DECLINED, bo@…`. Where my address is not
    /// known, a meeting that all attendees declined is one that I did, too.
    pub fn declined(&self, attendees: &str) -> bool {
        let mut answers = attendees.split(", ").filter_map(|one| one.rsplit_once('='));
        let is_no = |answer: &str| answer.eq_ignore_ascii_case("DECLINED");
        match self.me.emails.is_empty() {
            true => answers.all(|(_, answer)| is_no(answer)),
            false => answers.any(|(address, answer)| {
                is_no(answer) && self.me.emails.iter().any(|known| same(known, address))
            }),
        }
    }
}

/// Whether a user is meant: the whole text, the name in it or the address.
pub fn is_part_of(asked: &str, user: &str) -> bool {
    let (name, address) = name_and_address(user);
    same(asked, user) || name.is_some_and(|name| same(asked, name)) || same(asked, address)
}

/// `Ada <ada@x.example>` in its two parts. Of other texts the address is all.
fn name_and_address(user: &str) -> (Option<&str>, &str) {
    let parts = user.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
    parts.map_or((None, user), |(name, address)| (Some(name.trim()), address.trim()))
}

fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn people() -> People {
        let me = Person {
            name: "Ada".into(),
            names: texts(&["Ada Lovelace"]),
            emails: texts(&["ada@x.example"]),
            users: texts(&["ada"]),
            hosts: Vec::new(),
        };
        let bo = Person {
            name: "bo".into(),
            emails: texts(&["bo@x.example"]),
            hosts: texts(&["bobox"]),
            ..Person::default()
        };
        People { me, others: vec![bo], told: true }
    }

    #[test]
    fn a_trace_is_anothers_only_if_it_names_one() {
        let people = people();
        for (user, host, who) in [
            (None, None, Who::Me),
            (Some(""), Some("laptop"), Who::Me),
            (None, Some("bobox"), Who::Known(0)),
            (Some("ada"), Some("bobox"), Who::Me),
            (Some("Ada L. <ADA@x.example>"), None, Who::Me),
            (Some("Ada Lovelace <a@home.example>"), None, Who::Me),
            (Some("ada@x.example"), None, Who::Me),
            (Some("Bo <bo@x.example>"), None, Who::Known(0)),
            (Some("ci-bot"), None, Who::Stranger("ci-bot".into())),
        ] {
            assert_eq!(people.whose(user, host), who, "{user:?} {host:?}");
        }
        assert_eq!(People::default().whose(Some("anybody"), None), Who::Me, "nobody is known");
    }

    #[test]
    fn who_is_meant() {
        let people = people();
        assert!(
            people.means("Ada", &Who::Me)
                && people.means("me", &Who::Me)
                && people.means("ada@x.example", &Who::Me)
        );
        assert!(people.means("BO", &Who::Known(0)) && !people.means("bo", &Who::Me));
        let stranger = Who::Stranger("Cy Twombly <cy@x.example>".into());
        assert!(people.means("cy twombly", &stranger) && people.means("cy@x.example", &stranger));
        assert!(!people.means("cy", &stranger));
    }

    #[test]
    fn meetings_are_declined_by_me() {
        let people = people();
        assert!(people.declined("bo@x.example=ACCEPTED, Ada@x.example=DECLINED"));
        assert!(!people.declined("bo@x.example=DECLINED, ada@x.example=ACCEPTED"));
        let nobody = People::default();
        assert!(nobody.declined("me@x.example=DECLINED"));
        assert!(!nobody.declined("me@x.example=DECLINED, bo@x.example=ACCEPTED"));
    }
}
