//! The flags of reports, made from their declared parameters: `--by`, `--from`, `-G` and the others.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, value_parser};
use workhours_core::report::settings::{PARAMETERS, Parameter, ParameterKind, Settings, TZ};

/// The settings of reports, from flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportFlags(pub(crate) Settings);

/// All but the zone, which every command takes.
fn flags() -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(|parameter| parameter.name != TZ.name)
}

fn flag(parameter: &'static Parameter) -> Arg {
    let mut help = parameter.help.to_owned();
    if !parameter.default.is_empty() {
        help += &format!(" [default: {}]", parameter.default);
    }
    if parameter.repeatable {
        help += " [repeatable]";
    }
    let mut arg = Arg::new(parameter.name).long(parameter.name).help(help);
    if let Some(letter) = parameter.short {
        arg = arg.short(letter);
    }
    arg = arg.conflicts_with_all(parameter.conflicts);
    if parameter.kind == ParameterKind::Flag {
        return arg.action(ArgAction::SetTrue);
    }
    let several = parameter.repeatable || parameter.kind == ParameterKind::Columns;
    arg = arg.value_name(parameter.placeholder);
    arg = arg.action(if several { ArgAction::Append } else { ArgAction::Set });
    match parameter.kind {
        ParameterKind::Number => arg.value_parser(value_parser!(u64)),
        ParameterKind::Minutes => arg.value_parser(value_parser!(f64)),
        // -7d, -hours, -tag:home
        ParameterKind::When | ParameterKind::Columns | ParameterKind::Query => arg.allow_hyphen_values(true),
        _ => arg,
    }
}

impl Args for ReportFlags {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReportFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Settings::default();
        for parameter in flags() {
            let mut set = |value: &str| {
                let set = settings.set(parameter.name, value);
                set.map_err(|e| clap::Error::raw(ErrorKind::InvalidValue, format!("{e}\n")))
            };
            if parameter.kind == ParameterKind::Flag {
                if matches.get_flag(parameter.name) {
                    set("")?;
                }
                continue;
            }
            for value in matches.get_raw(parameter.name).into_iter().flatten() {
                set(&value.to_string_lossy())?;
            }
        }
        Ok(Self(settings))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::args::Cli;
    use clap::{CommandFactory, Parser};
    use workhours_core::report::settings::{FROM, GAPTIME, PARAMETERS, SORT, WHERE};

    #[test]
    fn every_parameter_is_a_flag() {
        let command = Cli::command();
        for parameter in PARAMETERS {
            let flag = command.get_arguments().find(|arg| {
                let aliases = arg.get_visible_aliases().unwrap_or_default();
                arg.get_long() == Some(parameter.name) || aliases.contains(&parameter.name)
            });
            let help = flag.and_then(|flag| flag.get_help()).map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with(parameter.help), "{}: {help:?}", parameter.name);
        }
    }

    #[test]
    fn flags_become_settings() {
        let line = "workhours -r hours --from -7d -G 30 --where -tag:home --where user:ada --sort day,-hours";
        let settings = Cli::try_parse_from(line.split(' ')).unwrap().main.settings.0;
        assert_eq!(settings.get(&FROM), Some("-7d"));
        assert_eq!(settings.number::<f64>(&GAPTIME), Some(30.0));
        assert_eq!(settings.all(&WHERE).collect::<Vec<_>>(), ["-tag:home", "user:ada"]);
        assert_eq!(settings.all(&SORT).collect::<Vec<_>>(), ["day", "-hours"]);
        for wrong in ["-G soon", "--limit -1", "--in today --from -7d", "--explain --sensitivity"] {
            assert!(
                Cli::try_parse_from(["workhours"].into_iter().chain(wrong.split(' '))).is_err(),
                "{wrong}"
            );
        }
    }
}
