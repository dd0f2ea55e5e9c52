//! One-line layouts of `git log --format=…`: which column holds what.
//!
//! The columns are detected from their values in the first records, because the layout itself isn't in the log. Only
//! the layout that begins with the word `git.log` needs no guess.

use crate::git::date::date;

/// The word that a log in our own layout has in its first column.
pub(crate) const MARK: &[u8] = b"git.log";
/// The word in the layout in which folders are read.
const FOLDER_MARK: &[u8] = b"git.log/2";

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Repository,
    Hash,
    Parents,
    Refs,
    AuthorName,
    AuthorEmail,
    /// The author's name and address as in the commit; the others are those of `.mailmap`.
    OwnName,
    OwnEmail,
    AuthorDate,
    CommitterName,
    CommitterEmail,
    CommitterDate,
    Subject,
    /// With or without the subject before it.
    Body,
    Other,
}

/// The roles of the columns of our own layout.
const OWN: [Role; 11] = [
    Role::Other,
    Role::Hash,
    Role::Parents,
    Role::Refs,
    Role::AuthorName,
    Role::AuthorEmail,
    Role::AuthorDate,
    Role::CommitterName,
    Role::CommitterEmail,
    Role::CommitterDate,
    Role::Body,
];

/// The roles of its columns.
const FOLDER: [Role; 14] = [
    Role::Other,
    Role::Repository,
    Role::Hash,
    Role::Parents,
    Role::Refs,
    Role::AuthorName,
    Role::AuthorEmail,
    Role::OwnName,
    Role::OwnEmail,
    Role::AuthorDate,
    Role::CommitterName,
    Role::CommitterEmail,
    Role::CommitterDate,
    Role::Body,
];

/// Whether `word` can be the name of a commit, whole or abbreviated.
pub(crate) fn is_hash(word: &[u8]) -> bool {
    (7..=64).contains(&word.len()) && word.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a line can be the first of a record: one of its first columns is a number in hexadecimal.
pub(crate) fn begins_record(line: &[u8], separator: u8) -> bool {
    line.contains(&separator) && line.split(|b| *b == separator).take(5).any(|f| is_hash(f.trim_ascii()))
}

/// The roles of the columns of records like these, or `None` when no column holds hashes.
pub(crate) fn roles(records: &[&[u8]], separator: u8) -> Option<Vec<Role>> {
    match records.first()?.split(|b| *b == separator).next() {
        Some(MARK) => return Some(OWN.to_vec()),
        Some(FOLDER_MARK) => return Some(FOLDER.to_vec()),
        _ => {}
    }
    let rows: Vec<Vec<&[u8]>> =
        records.iter().map(|r| r.split(|b| *b == separator).map(<[u8]>::trim_ascii).collect()).collect();
    let columns = usual_length(&rows)?;
    let values = |c: usize| rows.iter().filter_map(move |r| r.get(c)).filter(|v| !v.is_empty());
    let mut roles = vec![Role::Other; columns];
    let mut texts = Vec::new();
    let (mut people_end, mut seen) = (0, [0_u8; 3]);
    for (c, role) in roles.iter_mut().enumerate() {
        // Most, not all: one bad record must not decide.
        let most = |test: &dyn Fn(&[u8]) -> bool| {
            let fit = values(c).filter(|v| test(v)).count();
            fit > 0 && fit * 2 > values(c).count()
        };
        let last_of_many = c + 1 == columns && seen[1] > 0;
        if !last_of_many && most(&|v| date(v).is_some()) {
            *role = nth(&mut seen[1], [Role::AuthorDate, Role::CommitterDate]);
        } else if most(&|v| v.split(u8::is_ascii_whitespace).all(is_hash)) {
            *role = nth(&mut seen[0], [Role::Hash, Role::Parents]);
        } else if !last_of_many && most(&is_email) {
            *role = nth(&mut seen[2], [Role::AuthorEmail, Role::CommitterEmail]);
        } else if most(&is_refs) && values(c).any(names_a_ref)
            || values(c).next().is_none() && c + 2 < columns
        {
            *role = Role::Refs;
            continue;
        } else {
            texts.push(c);
            continue;
        }
        people_end = c;
    }
    if seen[0] == 0 {
        return None;
    }
    // Names come before the last date or address, the message after it; if nothing follows, the message is one of the
    // columns before.
    let mut before: Vec<usize> = texts.iter().copied().filter(|c| *c < people_end).collect();
    let mut behind: Vec<usize> = texts.iter().copied().filter(|c| *c > people_end).collect();
    if behind.is_empty() {
        // Messages are longer than names.
        let size = |c: &usize| values(*c).map(|v| v.len()).sum::<usize>();
        let longest = before.iter().enumerate().max_by_key(|(_, c)| size(c)).map(|(i, _)| i);
        behind.extend(longest.map(|i| before.remove(i)));
    }
    let has_body = rows.iter().any(|r| r.get(columns - 1).is_some_and(|v| v.contains(&b'\n')));
    let message = 1 + has_body as usize;
    if before.is_empty() && seen[2] == 0 && behind.len() > message {
        before.push(behind.remove(0));
    }
    let put = |roles: &mut Vec<Role>, at: Option<&usize>, role| {
        if let Some(slot) = at.and_then(|c| roles.get_mut(*c)) {
            *slot = role;
        }
    };
    put(&mut roles, before.first(), Role::AuthorName);
    put(&mut roles, before.get(1), Role::CommitterName);
    put(&mut roles, behind.first(), Role::Subject);
    put(&mut roles, behind.get(1), Role::Body);
    Some(roles)
}

/// The first time the one role, the second time the other, then none.
fn nth(seen: &mut u8, roles: [Role; 2]) -> Role {
    *seen = seen.saturating_add(1);
    roles.get(*seen as usize - 1).copied().unwrap_or(Role::Other)
}

/// How many columns most rows have: a tab in a subject makes one more.
fn usual_length(rows: &[Vec<&[u8]>]) -> Option<usize> {
    let count = |n: usize| rows.iter().filter(|r| r.len() == n).count();
    rows.iter().map(Vec::len).max_by_key(|n| (count(*n), std::cmp::Reverse(*n)))
}

fn is_email(text: &[u8]) -> bool {
    text.contains(&b'@') && !text.iter().any(u8::is_ascii_whitespace)
}

fn is_refs(text: &[u8]) -> bool {
    refs(text).all(|name| !name.is_empty() && !name.iter().any(u8::is_ascii_whitespace))
}

fn names_a_ref(text: &&[u8]) -> bool {
    let text = text.strip_prefix(b"(").unwrap_or(text);
    [&b"HEAD"[..], b"tag: ", b"origin/", b"refs/"].iter().any(|p| text.starts_with(p))
}

/// The names in a decoration: `(HEAD -> main, tag: v1, origin/main)`, with or without the parentheses.
pub(crate) fn refs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"(").and_then(|t| t.strip_suffix(b")")).unwrap_or(text);
    text.split(|b| *b == b',').map(<[u8]>::trim_ascii).map(|name| {
        let name = name.strip_prefix(b"HEAD -> ").unwrap_or(name);
        name.strip_prefix(b"tag: ").unwrap_or(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_their_values() {
        use Role::*;
        for (record, want) in [
            (
                "d9a1b2c\t1700000000\t1700000001\ta@b.example\tBug: all",
                vec![Hash, AuthorDate, CommitterDate, AuthorEmail, Subject],
            ),
            ("d9a1b2c\t2020-01-01T00:00:00Z\tAda\tA subject", vec![Hash, AuthorDate, AuthorName, Subject]),
            ("2020-01-01\td9a1b2c\tA subject", vec![AuthorDate, Hash, Subject]),
            (
                "d9a1b2c\tA subject\tAda\ta@b\t1 +0000",
                vec![Hash, Subject, AuthorName, AuthorEmail, AuthorDate],
            ),
            ("d9a1b2c\tA subject\t2020-01-01", vec![Hash, Subject, AuthorDate]),
            (
                "d9a1b2c\tf00f00f e00e00e\tHEAD -> main, tag: v1\tAda\ta@b\t1 +0000\tS\tS\n\nB",
                vec![Hash, Parents, Refs, AuthorName, AuthorEmail, AuthorDate, Subject, Body],
            ),
        ] {
            assert_eq!(roles(&[record.as_bytes()], b'\t').unwrap(), want, "{record}");
        }
        assert_eq!(roles(&[b"a\tb"], b'\t'), None);
    }
}
