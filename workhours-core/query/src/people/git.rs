//! Identities known to git: `user.name` and `user.email` of its config files.
//!
//! Only these two keys, and only of one file: includes aren't followed.

use super::Person;
use std::io::Read;
use std::path::Path;
use workhours_base::file::open_regular;

/// The values of a repository's own config, for the folder of its working tree, its `.git` or a bare repository.
pub fn of_repository(folder: &Path) -> Option<Person> {
    [folder.join(".git/config"), folder.join("config")].iter().find_map(|file| of_file(file))
}

/// The values of a config file; `None` if it can't be read or names no one.
pub fn of_file(file: &Path) -> Option<Person> {
    let mut text = String::new();
    open_regular(file).ok()?.read_to_string(&mut text).ok()?;
    let person = of_text(&text);
    (!person.is_unknown()).then_some(person)
}

fn of_text(text: &str) -> Person {
    let mut person = Person::default();
    let mut in_user = false;
    for line in text.lines().map(str::trim) {
        let line = match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((section, rest)) => {
                in_user = section.trim().eq_ignore_ascii_case("user");
                rest.trim()
            }
            None => line,
        };
        let Some((key, value)) = line.split_once('=').filter(|_| in_user && !line.starts_with(['#', ';']))
        else {
            continue;
        };
        let value = unquoted(value.trim());
        // The last of several holds.
        match key.trim().to_ascii_lowercase().as_str() {
            "name" => person.names = vec![value],
            "email" => person.emails = vec![value],
            _ => {}
        }
    }
    person.names.retain(|text| !text.is_empty());
    person.emails.retain(|text| !text.is_empty());
    person
}

/// A value without its quotes and what follows a comment sign outside of them.
fn unquoted(value: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for c in value.chars() {
        match c {
            _ if escaped => {
                out.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_address() {
        let person = of_text(
            "[core]\n\tname = no\n[User]\n\tName = \"Ada \\\"L\\\" Lovelace\" ; me\n# email = x\n\temail = ada@x.example # work\n[user \"x\"]\n\temail = other\n",
        );
        assert_eq!(
            (person.names, person.emails),
            (vec!["Ada \"L\" Lovelace".to_owned()], vec!["ada@x.example".to_owned()])
        );
        assert!(of_text("[user] email = a@b\n").emails == ["a@b"]);
        assert!(of_text("email = x\n[user]\n").is_unknown());
        assert!(of_file(Path::new("/nowhere")).is_none());
    }
}
