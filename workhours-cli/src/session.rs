//! The context of a command: the configuration in effect, and the database and filestore on demand.

use crate::args::{Cli, Command, Common};
use crate::console::{Console, wants_color};
use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::OnceLock;
use workhours_core::config::{Config, Overrides};
use workhours_core::disk::{self, OnDisk, Written};
use workhours_core::environment::Environment;
use workhours_core::error::{Context, Error, Result};
use workhours_core::filestore::Filestore;
use workhours_core::output::{self, Output, Style};
use workhours_core::plugin_host::Plugins;
use workhours_core::registry::Registry;
use workhours_core::report::settings::GAPTIME;
use workhours_core::store::{self, Store, now_us};
use workhours_core::table::{Table, ahead};
use workhours_core::when::parse_when;

/// One run of the program.
pub(crate) struct Session<'a> {
    pub(crate) config: Config,
    pub(crate) console: &'a Console,
    env: Environment,
    registry: OnceLock<Registry>,
    common: &'a Common,
}

impl<'a> Session<'a> {
    /// Reads the configuration and passes on its warnings.
    pub(crate) fn open(cli: &'a Cli, console: &'a Console) -> Result<Self> {
        let of_command = match &cli.command {
            Some(Command::Watch(watch)) => &watch.src[..],
            _ => &[],
        };
        let mut inputs = Vec::new();
        for [kind, path] in [&cli.main.src, of_command].iter().flat_map(|words| words.as_chunks::<2>().0) {
            let kind = kind.to_str().ok_or_else(|| Error::usage("a source type is plain text"))?;
            inputs.push((kind.to_owned(), PathBuf::from(path)));
        }
        let common = &cli.common;
        let serve = match &cli.command {
            Some(Command::Serve(serve)) => Some(serve),
            _ => None,
        };
        let overrides = Overrides {
            database: common.db.clone(),
            read_only: common.read_only,
            jobs: cli.main.jobs,
            filestore: common.fs.clone(),
            timezone: common.timezone.clone(),
            gaptime_min: cli.main.settings.0.number(&GAPTIME),
            fs_keep: common.fs_keep.clone(),
            plugins_dirs: common.plugins_dir.clone(),
            bind: serve.and_then(|s| s.bind.clone()),
            port: serve.and_then(|s| s.port),
            templates: serve.and_then(|s| s.templates.clone()),
            allow_hosts: serve.map(|s| s.allow_host.clone()).unwrap_or_default(),
            behind_proxy: serve.is_some_and(|s| s.behind_proxy),
            inputs,
        };
        let env = Environment::from_system();
        let config = Config::load(common.config.as_deref(), &overrides, &env)?;
        for warning in &config.warnings {
            console.warn(warning);
        }
        Ok(Self { config, console, env, registry: OnceLock::new(), common })
    }

    pub(crate) fn store(&self) -> Result<Store> {
        Store::open_as(&self.config.database, self.config.access())
    }

    /// The filestore; as it is if nothing is written, even if it doesn't exist.
    pub(crate) fn filestore(&self) -> Result<Filestore> {
        match self.writes_nothing() {
            true => Ok(Filestore::for_reading(&self.config.filestore)),
            false => self.filestore_for_writing(),
        }
    }

    /// The filestore, wherever the database is.
    pub(crate) fn filestore_for_writing(&self) -> Result<Filestore> {
        Filestore::open(&self.config.filestore)
    }

    /// Whether the database is only read, so that nothing is written next to it either.
    pub(crate) fn writes_nothing(&self) -> bool {
        self.config.read_only || store::barred(&self.config.database).is_some()
    }

    /// The environment of the process.
    pub(crate) fn environment(&self) -> &Environment {
        &self.env
    }

    /// The plugins of this user.
    pub(crate) fn plugins(&self) -> Result<Plugins<'_>> {
        let tmp = match self.writes_nothing() {
            true => Filestore::for_reading(&self.config.filestore).tmp(),
            false => self.config.filestore.join("tmp"),
        };
        Plugins::open(&self.config.plugins, &self.env, &tmp)
    }

    /// The sources that can be used, with a warning for each plugin that cannot.
    pub(crate) fn registry(&self) -> Result<&Registry> {
        if let Some(registry) = self.registry.get() {
            return Ok(registry);
        }
        let mut registry = self.plugins()?.registry()?;
        registry.declare(&self.config.formats)?;
        for refusal in registry.refused() {
            self.console.warn(format_args!(
                "plugin {}: {}",
                refusal.file.display(),
                refusal.error.full_message()
            ));
        }
        Ok(self.registry.get_or_init(|| registry))
    }

    /// The current time, or the value of `--now`.
    pub(crate) fn now_us(&self) -> Result<i64> {
        match &self.common.now {
            Some(text) => parse_when(text, now_us(), &self.config.zones(None, None)?),
            None => Ok(now_us()),
        }
    }

    /// The value of `--now`, if given.
    pub(crate) fn fixed_now_us(&self) -> Result<Option<i64>> {
        self.common.now.as_ref().map(|_| self.now_us()).transpose()
    }

    /// Whether results go to a file instead of standard output.
    pub(crate) fn to_file(&self) -> bool {
        self.common.output.as_ref().is_some_and(|o| o.as_os_str() != "-")
    }

    /// The format that was asked for, by `-O` or by the extension of the file it goes to.
    pub(crate) fn format(&self) -> Option<&str> {
        let extension = || self.common.output.as_ref().filter(|_| self.to_file())?.extension()?.to_str();
        self.common.format.as_deref().or_else(extension)
    }

    /// Whether people see the output.
    pub(crate) fn to_terminal(&self) -> bool {
        !self.to_file() && std::io::stdout().is_terminal()
    }

    /// Whether the output may have colours.
    pub(crate) fn colors(&self) -> bool {
        wants_color(self.common.color, self.to_terminal())
    }

    /// The flags that lead another run to the same configuration, database and filestore.
    pub(crate) fn storage_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        let mut add = |flag: &str, value: Option<OsString>| {
            if let Some(value) = value {
                args.extend([OsString::from(flag), value]);
            }
        };
        let common = self.common;
        add("--config", common.config.clone().map(Into::into));
        add("--db", common.db.clone().map(Into::into));
        add("--fs", common.fs.clone().map(Into::into));
        add("--fs-keep", common.fs_keep.clone().map(Into::into));
        add("--timezone", common.timezone.clone().map(Into::into));
        common.plugins_dir.iter().for_each(|dir| add("--plugins-dir", Some(dir.into())));
        args
    }

    /// Whether every column is shown.
    pub(crate) fn wants_all_columns(&self) -> bool {
        self.common.all_columns
    }

    /// Whether a format or a file was given: then output for people is written as data too.
    pub(crate) fn wants_data(&self) -> bool {
        self.common.format.is_some() || self.common.output.is_some()
    }

    /// The output: by `-O`, else by the file's extension, else a table for people and csv for programs.
    pub(crate) fn output(&self) -> Result<&'static dyn Output> {
        if let Some(name) = &self.common.format {
            return output::by_name(name);
        }
        if let Some(file) = self.common.output.as_ref().filter(|_| self.to_file()) {
            let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
            return output::by_extension(&extension).ok_or_else(|| {
                Error::usage(format!("the extension of {} doesn't name a format", file.display()))
                    .hint(format!("choose one with -O: {}", output_names()))
            });
        }
        output::by_name(if std::io::stdout().is_terminal() { "table" } else { "csv" })
    }

    /// Writes a table to the place of `-o`; its totals go to standard error.
    pub(crate) fn print(&self, table: &mut Table<'_>) -> Result<()> {
        let output = self.output()?;
        let mut target = Target::open(self.common.output.as_ref().filter(|_| self.to_file()))?;
        let terminal = target.is_terminal();
        let info = output.info();
        if terminal && info.binary {
            let example = info.extensions.first().copied().unwrap_or(info.name);
            return Err(Error::usage(format!("{} is not for a terminal", info.name))
                .hint(format!("give it a file: -o FILE.{example}, or a pipe")));
        }
        let style = Style {
            zone: self.config.timezone,
            width: terminal.then(columns),
            color: wants_color(self.common.color, terminal),
            all_columns: self.common.all_columns,
        };
        let written = ahead(table, |table| output.write(table, &mut target, &style));
        let written = written.map_err(|e| self.of_output(e))?;
        target.keep()?;
        for note in &written.notes {
            self.console.warn(note);
        }
        for (label, value) in table.rows.totals() {
            self.console.say(format_args!("{label}: {value}"));
        }
        for note in &table.notes {
            self.console.note(note);
        }
        Ok(())
    }

    /// The author of corrections.
    pub(crate) fn user(&self) -> Option<String> {
        let me = &self.config.hours.people.me;
        me.emails.first().or(me.users.first()).cloned()
    }

    /// The error with what is known about the disk of `-o`.
    fn of_output(&self, error: Error) -> Error {
        match self.common.output.as_ref().filter(|_| self.to_file()) {
            Some(file) => disk::explain(error, Written::Output, file),
            None => error,
        }
    }

    /// Writes text to the place of `-o`.
    pub(crate) fn print_text(&self, text: &str) -> Result<()> {
        let mut target = Target::open(self.common.output.as_ref().filter(|_| self.to_file()))?;
        target.write_all(text.as_bytes()).context(|| "cannot write").map_err(|e| self.of_output(e))?;
        target.keep()
    }
}

/// The outputs there are, for people.
fn output_names() -> String {
    let mut names: Vec<_> = output::outputs().into_iter().map(|o| o.info().name).collect();
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

/// Columns of the terminal; some have no size.
fn columns() -> usize {
    const USUAL: usize = 100;
    terminal_size::terminal_size().map(|(w, _)| usize::from(w.0)).filter(|w| *w > 0).unwrap_or(USUAL)
}

/// The destination of results. A file appears complete or not at all.
enum Target {
    Stdout(std::io::Stdout),
    Device(File),
    File { file: File, tmp: PathBuf, name: PathBuf, kept: bool },
}

impl Target {
    fn open(file: Option<&PathBuf>) -> Result<Self> {
        let Some(name) = file else { return Ok(Self::Stdout(std::io::stdout())) };
        // A device or a pipe is written to; it must not be replaced by a file.
        if name.metadata().is_ok_and(|there| !there.is_file()) {
            let device = File::options().write(true).open(name);
            return device
                .map(Self::Device)
                .on_disk(Written::Output, name, || format!("cannot write {}", name.display()));
        }
        let mut tmp = name.clone().into_os_string();
        tmp.push(format!(".{}.tmp", std::process::id()));
        let tmp = PathBuf::from(tmp);
        let file = File::create(&tmp)
            .on_disk(Written::Output, name, || format!("cannot write {}", name.display()))?;
        Ok(Self::File { file, tmp, name: name.clone(), kept: false })
    }

    fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout(out) if out.is_terminal())
    }

    fn keep(&mut self) -> Result<()> {
        match self {
            Self::Stdout(out) => out.flush().context(|| "cannot write"),
            Self::Device(file) => file.flush().context(|| "cannot write"),
            Self::File { file, tmp, name, kept } => {
                // Some disks say only now that they are full.
                let written = file.sync_all().and_then(|()| std::fs::rename(&*tmp, &*name));
                written.on_disk(Written::Output, name, || format!("cannot write {}", name.display()))?;
                *kept = true;
                Ok(())
            }
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::File { tmp, kept: false, .. } = self {
            let _ = std::fs::remove_file(tmp);
        }
    }
}

impl Write for Target {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(buf),
            Self::Device(file) | Self::File { file, .. } => file.write(buf),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Device(file) | Self::File { file, .. } => file.flush(),
        }
    }
}
