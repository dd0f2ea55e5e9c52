//! The user of the program: the person whose traces count by default.

use workhours_base::environment::Environment;
use workhours_query::people::{self, Person};

/// The user of the program, by login name and git's own config files.
pub(super) fn of(env: &Environment) -> Person {
    let mut person = Person { users: env.login.iter().cloned().collect(), ..Person::default() };
    let files = [
        env.config_dir.as_ref().map(|dir| dir.join("git/config")),
        env.home.as_ref().map(|home| home.join(".gitconfig")),
    ];
    for found in files.iter().flatten().filter_map(|file| people::git::of_file(file)) {
        person.learn(&found);
    }
    person.name = person.names.first().or(person.users.first()).cloned().unwrap_or_default();
    person
}
