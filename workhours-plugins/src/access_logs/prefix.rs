//! The text before the time in an access log: client, virtual host and user, by a table of layouts.
//!
//! A word is a client only if it is an address or a plausible host name, and a user only if its position says so. A
//! text that fits no layout but has exactly one client is kept unparsed next to it; without one, the line is rejected.

use crate::access_logs::host::{Class, class, is_id, is_surely_host};
use memchr::memchr;

/// The words before the time, assigned. Missing ones are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefix<'a> {
    pub(crate) vhost: &'a [u8],
    /// The client as it is written: with its port, or several with commas between.
    pub(crate) client: &'a [u8],
    /// The machine that passed the request on.
    pub(crate) proxy: &'a [u8],
    /// The address and port that was asked.
    pub(crate) server: &'a [u8],
    /// The thread that answered, in its brackets.
    pub(crate) thread: &'a [u8],
    pub(crate) ident: &'a [u8],
    pub(crate) user: &'a [u8],
    /// The unassigned words.
    pub(crate) rest: &'a [u8],
}

/// A word, or a quoted text.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    class: Class,
    /// Without quotes or brackets around it.
    text: &'a [u8],
    from: usize,
    to: usize,
}

/// The possible contents of a place in a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// The client: an address, or several.
    Client,
    /// The client by name.
    Named,
    /// The client by a name with dots.
    Domain,
    /// Addresses in brackets.
    Boxed,
    /// A word in brackets.
    Thread,
    /// Another address, after the client's: the proxy's.
    Proxy,
    /// An address with a port after the client's: the server's.
    Server,
    /// A virtual host, where one is expected.
    Vhost,
    /// A virtual host that looks like one.
    SureVhost,
    Dash,
    Ident,
    /// A user of one word.
    User,
    /// A user that may contain spaces: the rest of the words.
    Users,
}

use Slot::*;

/// The layouts, the more telling before the less: `-` and addresses at more places first. With `V` for a virtual
/// host, and the names of Apache's directives.
const LAYOUTS: [&[Slot]; 26] = [
    // `%h %l %u`: common and combined.
    &[Client, Ident, Users],
    // `$remote_addr - $remote_user -`
    &[Client, Dash, User, Dash],
    // `$remote_addr - [$proxy_add_x_forwarded_for] - $remote_user`: ingress-nginx
    &[Client, Dash, Boxed, Dash, Users],
    &[Client, Dash, Boxed, Users],
    // `%h [thread] - %u`: Gerrit
    &[Client, Thread, Dash, Users],
    // `V:%p %h %l %u`: vhost_combined
    &[Vhost, Client, Ident, Users],
    &[Vhost, Client, User],
    &[Vhost, Dash, Client, Ident, Users],
    &[Vhost, Dash, Client, User],
    &[Vhost, Client, Proxy, Ident, Users],
    // `%h V %u`: lighttpd, OVH
    &[Client, SureVhost, User],
    &[Client, SureVhost, Dash, Users],
    &[Client, Dash, SureVhost],
    // `%h %A:%p %u`
    &[Client, Server, User],
    &[Client, Server, Dash, Users],
    // `%{X-Forwarded-For}i %h %l %u`
    &[Client, Proxy, Ident, Users],
    &[Dash, Client, Ident, Users],
    // The client's name was looked up.
    &[Named, Dash, Users],
    &[Domain, Ident, User],
    &[Vhost, Domain, Dash, Users],
    &[SureVhost, Named, Dash, Users],
    // The client is unknown.
    &[Dash, Ident, Users],
    &[SureVhost, Dash, Dash, User],
    // Two words.
    &[Client, Dash],
    &[Client, SureVhost],
    &[Vhost, Client],
];

/// More words than any layout has, enough for a user with spaces.
const MAX_TOKENS: usize = 16;

/// Assigns the words. `None` if there is no certain client, or nothing but one.
pub(crate) fn read(head: &[u8]) -> Option<Prefix<'_>> {
    let mut room = [Token { class: Class::Word, text: b"", from: 0, to: 0 }; MAX_TOKENS];
    let tokens = tokens(head, &mut room);
    LAYOUTS.iter().find_map(|layout| fit(head, tokens, layout)).or_else(|| client_only(head, tokens))
}

fn fit<'a>(head: &'a [u8], tokens: &[Token<'a>], layout: &[Slot]) -> Option<Prefix<'a>> {
    let open = layout.last() == Some(&Users);
    if tokens.len() < layout.len() || (tokens.len() > layout.len() && !open) {
        // An empty user leaves only the two words before it, and a space.
        let no_user = open && tokens.len() + 1 == layout.len() && head.ends_with(b" ");
        if !no_user {
            return None;
        }
    }
    let mut found = Prefix::default();
    for (at, slot) in layout.iter().enumerate() {
        if *slot == Users {
            found.user = users(head, tokens.get(at..)?)?;
            break;
        }
        let token = tokens.get(at)?;
        if !takes(*slot, token) {
            return None;
        }
        match slot {
            Client | Named | Domain | Boxed => found.client = token.text,
            Proxy => found.proxy = token.text,
            Server => found.server = token.text,
            Thread => found.thread = token.text,
            Vhost | SureVhost => found.vhost = token.text,
            Ident => found.ident = token.text,
            User => found.user = token.text,
            Dash | Users => {}
        }
    }
    // In `[client, proxy]` of an ingress the first address is the last proxy's.
    if let Some(first) = tokens.first().filter(|_| layout.contains(&Boxed))
        && !found.client.split(|b| *b == b',').any(|part| part.trim_ascii() == first.text)
    {
        found.proxy = first.text;
    }
    Some(found)
}

fn takes(slot: Slot, token: &Token<'_>) -> bool {
    use Class::{Address, AddressPort, HostPort, List, Name, Url, Word};
    let class = token.class;
    match slot {
        Client => matches!(class, Address | AddressPort | List),
        Named => matches!(class, Class::Domain | Name) || token.text == b"unix:",
        Slot::Domain => class == Class::Domain,
        Slot::Boxed => class == Class::Boxed,
        Proxy => matches!(class, Address | AddressPort | List),
        Server => class == AddressPort,
        Thread => class == Word && token.text.starts_with(b"[") && token.text.ends_with(b"]"),
        Vhost => {
            matches!(class, Class::Domain | HostPort | AddressPort | Url)
                || (class == Name && !is_id(token.text))
                || token.text == b"_"
        }
        SureVhost => matches!(class, Class::Domain | HostPort | Url),
        Slot::Dash => class == Class::Dash,
        Ident => matches!(class, Class::Dash | Name) || (class == Word && !token.text.starts_with(b"[")),
        User => {
            !matches!(class, Address | AddressPort | List | Class::Boxed)
                && !is_surely_host(class, token.text)
        }
        Users => true,
    }
}

/// The user in the rest: one word, or several if none of them looks like another field.
fn users<'a>(head: &'a [u8], tokens: &[Token<'a>]) -> Option<&'a [u8]> {
    match tokens {
        [] => Some(b""),
        [one] => takes(User, one).then_some(one.text),
        [first, .., last] => {
            let plain = |t: &Token<'_>| matches!(t.class, Class::Word | Class::Name);
            tokens.iter().all(plain).then(|| head.get(first.from..last.to).unwrap_or_default())
        }
    }
}

/// A line with an unknown layout: the client, if only one word can be it, and the rest unchanged.
fn client_only<'a>(head: &'a [u8], tokens: &[Token<'a>]) -> Option<Prefix<'a>> {
    let is_client = |t: &&Token<'_>| takes(Client, t) || t.class == Class::Boxed;
    let mut clients = tokens.iter().filter(is_client);
    let client = clients.next().filter(|_| tokens.len() > 1)?;
    let leads = client.from == 0 || tokens.first().is_some_and(|t| t.from == client.from);
    if !leads && clients.next().is_some() {
        return None;
    }
    let rest = if leads { head.get(client.to..).unwrap_or_default().trim_ascii() } else { head.trim_ascii() };
    let says = tokens.iter().any(|t| t.from != client.from && t.class != Class::Dash);
    Some(Prefix { client: client.text, rest: if says { rest } else { b"" }, ..Prefix::default() })
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The words of the head, as many as fit.
fn tokens<'r, 'a>(head: &'a [u8], room: &'r mut [Token<'a>; MAX_TOKENS]) -> &'r [Token<'a>] {
    let (mut at, mut n) = (0, 0);
    while n < MAX_TOKENS {
        at += head[at..].iter().take_while(|b| is_blank(b)).count();
        if at >= head.len() {
            break;
        }
        room[n] = token(head, at);
        at = room[n].to;
        n += 1;
    }
    // More words than there is room for: no layout has that many, and only the last word is kept.
    if let Some(last) = room.get_mut(MAX_TOKENS - 1).filter(|_| n == MAX_TOKENS && at < head.len()) {
        *last = Token { class: Class::Number, text: &head[last.from..], from: last.from, to: head.len() };
    }
    &room[..n]
}

/// The word at a place, with what belongs to it: up to a closing quote or bracket, or over commas.
fn token(head: &[u8], from: usize) -> Token<'_> {
    let word_end = |at: usize| at + head[at..].iter().take_while(|b| !is_blank(b)).count();
    let closed = |close: u8| {
        let inside = &head[from + 1..];
        let end = from + 1 + memchr(close, inside)? + 1;
        head.get(end).is_none_or(is_blank).then_some(end)
    };
    let whole = |class, text, to| Token { class, text, from, to };
    match head[from] {
        b'"' => {
            if let Some(to) = closed(b'"') {
                let text = &head[from + 1..to - 1];
                return whole(class(text), text, to);
            }
        }
        b'[' => {
            if let Some(to) = closed(b']')
                && class(&head[from..to]) == Class::Boxed
            {
                return whole(Class::Boxed, &head[from + 1..to - 1], to);
            }
        }
        _ => {}
    }
    let first = word_end(from);
    let mut to = first;
    // `10.0.0.1, 10.0.0.2`
    loop {
        let next = to + head[to..].iter().take_while(|b| is_blank(b)).count();
        let goes_on = head[..to].ends_with(b",") || head.get(next) == Some(&b',');
        if !goes_on || next >= head.len() {
            break;
        }
        to = word_end(next);
    }
    let all = class(&head[from..to]);
    if to > first && matches!(all, Class::List | Class::Dash) {
        return whole(all, &head[from..to], to);
    }
    let text = &head[from..first];
    whole(class(text), text, first)
}
