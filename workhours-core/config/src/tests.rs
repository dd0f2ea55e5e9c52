//! Whole configurations: both formats, the layers, and messages for users.

mod ini;
mod sections;

use super::*;
use std::time::Duration;
use workhours_base::error::ErrorKind;
use workhours_plugin_host::{PluginLimits, RunIn, SandboxLevel};

fn env() -> Environment {
    Environment {
        login: None,
        cwd: Some("/work-dir".into()),
        home: Some("/home/ann".into()),
        data_dir: Some("/home/ann/.local/share".into()),
        data_dirs: vec![],
        config_dir: Some("/home/ann/.config".into()),
        database_password: None,
        index_password: None,
        tz: None,
        system_zone: Some("Europe/Berlin".into()),
    }
}

fn read(text: &str) -> Result<Config> {
    Config::from_text(text, Path::new("/etc/wh/conf"), &Overrides::default(), &env())
}

fn nowhere(mut config: Config) -> Config {
    config.inputs.iter_mut().for_each(|input| input.origin.clear());
    config.warnings.clear();
    config
}

const INI: &str = "\
; as the old tool wrote it
[main]
db_main.url = sqlite:///%(here)s/ev%%20ents.db
fs.url = ~/fs
timezone = America/Chicago
gaptime = 7.5
fs.keep = 30d

[plugins]
dirs = plug
    /srv/p
run = in-process
sandbox = best-effort
cpu_seconds = 60
stall_seconds = 5
memory_mib = 256
event_mib = 2
spool_mib = 64
rejects = 9

[log.http]
web =
    /var/log/access.log*
    # not this one

    old/access=1.log
home: ~/[ab]*.log

[log.shell]
web = file:///srv/100%%25.txt
# the same again
web = %(here)s/hist
";

const TOML: &str = r#"
database = "sqlite:////etc/wh/ev%20ents.db"
filestore = "/home/ann/fs"
timezone = "america/chicago"
gaptime_min = 7.5
fs.keep = 30

[plugins]
dirs = ["plug", "/srv/p"]
run = "in-process"
sandbox = "best-effort"
cpu_seconds = 60
stall_seconds = 5
memory_mib = 256
event_mib = 2
spool_mib = 64
rejects = 9

[[inputs]]
type = "log.http"
label = "web"
path = [
  "/var/log/access.log*",
  "old/access=1.log",
]

[[inputs]]
type = "log.http"
label = "home"
path = "~/[ab]*.log"

[[inputs]]
type = "log.shell"
label = "web"
path = "/srv/100%.txt"

[[inputs]]
type = "log.shell"
label = "web"
path = "hist"
"#;

#[test]
fn both_formats_give_the_same_model() {
    let (ini, toml) = (read(INI).unwrap(), read(TOML).unwrap());
    let origins = |c: &Config| c.inputs.iter().map(|i| i.origin.clone()).collect::<Vec<_>>();
    assert_eq!(
        origins(&ini),
        ["/etc/wh/conf:23", "/etc/wh/conf:26", "/etc/wh/conf:27", "/etc/wh/conf:30", "/etc/wh/conf:32"]
    );
    assert_eq!(
        origins(&toml),
        ["/etc/wh/conf:23", "/etc/wh/conf:24", "/etc/wh/conf:30", "/etc/wh/conf:35", "/etc/wh/conf:40"]
    );
    assert_eq!(nowhere(ini.clone()), nowhere(toml));
    assert!(ini.warnings.is_empty(), "{:?}", ini.warnings);
    assert_eq!(ini.database, DatabaseUri::Sqlite(SqlitePath::File("/etc/wh/ev ents.db".into())));
    assert_eq!(ini.filestore, Path::new("/home/ann/fs"));
    assert_eq!((ini.timezone, ini.gaptime_min), (Tz::America__Chicago, 7.5));
    assert_eq!(ini.fs_keep, Keep::Days(30));
    let limits = PluginLimits {
        cpu: Duration::from_secs(60),
        stall: Duration::from_secs(5),
        memory: 256 << 20,
        event: 2 << 20,
        spool: 64 << 20,
        rejects: 9,
    };
    assert_eq!(ini.plugins.dirs, ["/etc/wh/plug", "/srv/p"].map(PathBuf::from));
    assert_eq!((ini.plugins.run, ini.plugins.sandbox), (RunIn::InProcess, SandboxLevel::BestEffort));
    assert_eq!(ini.plugins.limits, limits);
    let paths: Vec<_> = ini.inputs.iter().map(|i| i.path.display().to_string()).collect();
    assert_eq!(
        paths,
        [
            "/var/log/access.log*",
            "/etc/wh/old/access=1.log",
            "/home/ann/[ab]*.log",
            "/srv/100%.txt",
            "/etc/wh/hist"
        ]
    );
}

#[test]
fn formats_are_told_apart_by_content() {
    for (text, want) in [
        (INI, Format::Ini),
        (TOML, Format::Toml),
        ("", Format::Toml),
        ("[main]\ngaptime = 15\n", Format::Ini),
        ("# x\n; y\n[log.shell]\n", Format::Ini),
        ("[[inputs]]", Format::Toml),
        ("[fs]\nkeep = 3", Format::Toml),
        ("broken", Format::Toml),
        ("[plugins]\ndirs = ['a']\n", Format::Toml),
        ("[plugins]\nrejects = 3\ndirs = [\n  'a',\n]\n", Format::Toml),
        ("[plugins]\nrun = worker\n[[inputs]]\n", Format::Toml),
        ("[plugins]\ndirs = 'a'\n[main]\n", Format::Ini),
        ("# x\n[plugins] # y\nrejects = 3\nrun = worker\n", Format::Ini),
        ("[plugins]\ndirs =\n  /a\n  /b\n", Format::Ini),
        ("[plugins]\ndirs: /a\n", Format::Ini),
        ("[plugins]\nrejects = 3\n[log.shell]\n", Format::Ini),
        ("[plugins]\nrejects = 3\n[fs]\n", Format::Toml),
        ("[plugins]\nrejects = 3\n", Format::Toml),
        ("[redaction]\nenabled = false # x\nx = 'a'\n", Format::Toml),
        ("[redaction]\nenabled = false\nx = a\n", Format::Ini),
        ("[limits]\n; x\nrecords = 3\n", Format::Ini),
    ] {
        assert_eq!(detect(text), want, "{text}");
    }
    assert!(read("\u{feff}[main]\r\ngaptime = 3\r\n").unwrap().gaptime_min == 3.0);
}

#[test]
fn defaults() {
    let got = Config::load(None, &Overrides::default(), &env()).unwrap();
    assert_eq!(got.database.to_string(), "sqlite:////home/ann/.local/share/workhours/events.db");
    assert_eq!(got.filestore, Path::new("/home/ann/.local/share/workhours/fs"));
    assert_eq!((got.timezone, got.gaptime_min, got.fs_keep), (Tz::Europe__Berlin, 15.0, Keep::All));
    assert_eq!((got.inputs, got.warnings, got.file), (vec![], vec![], None));
    assert_eq!(got.plugins, PluginSettings::default());
    let lost = Environment { home: None, data_dir: None, config_dir: None, ..env() };
    assert_eq!(Config::load(None, &Overrides::default(), &lost).unwrap_err().kind(), ErrorKind::Failed);
    let flags =
        Overrides { database: Some("sqlite://".into()), filestore: Some("fs".into()), ..Default::default() };
    let got = Config::load(None, &flags, &lost).unwrap();
    assert_eq!(got.filestore, Path::new("/work-dir/fs"));
}

#[test]
fn time_zone_of_the_surroundings() {
    for (tz, system, want, warned) in [
        (None, Some("Asia/Tokyo"), Tz::Asia__Tokyo, false),
        (Some("Asia/Kolkata"), Some("Asia/Tokyo"), Tz::Asia__Kolkata, false),
        (Some(":/usr/share/zoneinfo/Asia/Kolkata"), None, Tz::Asia__Kolkata, false),
        (Some(""), Some("Asia/Tokyo"), Tz::UTC, false),
        (Some("<+03>-3"), Some("Asia/Tokyo"), Tz::UTC, true),
        (None, Some("Mars/Base"), Tz::UTC, true),
        (None, None, Tz::UTC, true),
    ] {
        let env = Environment { tz: tz.map(Into::into), system_zone: system.map(Into::into), ..env() };
        let got = Config::load(None, &Overrides::default(), &env).unwrap();
        assert_eq!((got.timezone, got.warnings.len()), (want, warned.into()), "{tz:?} {system:?}");
        let set = Config::from_text("timezone = 'UTC'", Path::new("c"), &Overrides::default(), &env).unwrap();
        assert_eq!(set.warnings, [] as [&str; 0], "no need to guess");
    }
}

#[test]
fn flags_beat_the_file_and_say_so() {
    let flags = Overrides {
        database: Some("sqlite:///mine.db".into()),
        jobs: Some(3),
        filestore: Some("/home/ann/fs".into()),
        timezone: Some("UTC".into()),
        gaptime_min: Some(20.0),
        fs_keep: Some("none".into()),
        plugins_dirs: vec!["mine".into(), "~/theirs".into()],
        inputs: vec![("log.shell".into(), "~/.bash_history".into()), ("auto".into(), "-".into())],
        ..Overrides::default()
    };
    let got = Config::from_text(INI, Path::new("/etc/wh/conf"), &flags, &env()).unwrap();
    assert_eq!(
        got.warnings,
        [
            "--db on the command line beats main.db_main.url of /etc/wh/conf:3",
            "--timezone on the command line beats main.timezone of /etc/wh/conf:5",
            "--gaptime on the command line beats main.gaptime of /etc/wh/conf:6",
            "--fs-keep on the command line beats main.fs.keep of /etc/wh/conf:7",
        ],
        "and not --fs, which says the same as the file"
    );
    assert_eq!(got.database, DatabaseUri::Sqlite(SqlitePath::File("/work-dir/mine.db".into())));
    assert_eq!((got.timezone, got.gaptime_min, got.fs_keep), (Tz::UTC, 20.0, Keep::None));
    assert_eq!(
        got.plugins.dirs,
        ["/work-dir/mine", "/home/ann/theirs", "/etc/wh/plug", "/srv/p"].map(PathBuf::from)
    );
    assert_eq!(got.inputs.len(), 7);
    assert_eq!(got.inputs[5].path, Path::new("/home/ann/.bash_history"));
    assert_eq!(
        (got.inputs[6].path.as_path(), got.inputs[6].origin.as_str()),
        (Path::new("-"), ON_COMMAND_LINE)
    );
}

#[test]
fn mistakes_name_line_and_remedy() {
    for (text, message, hint) in [
        ("databse = 'x'", "/etc/wh/conf:1: unknown key \"databse\"", "did you mean database?"),
        ("\n[[inputs]]\ntpye = 'x'", "conf:3: unknown key \"tpye\"", "did you mean type?"),
        ("fs.kep = 1", "conf:1: unknown key \"kep\"", "keep"),
        ("qqq = 1", "conf:1: unknown key \"qqq\"", "the keys here are database, database_password_file"),
        ("database = 'events.db'", "conf:1: \"events.db\" is not", "did you mean sqlite:///events.db?"),
        ("\ndatabase = 3", "conf:2: database is not a text, but the number 3", ""),
        ("gaptime_min = -1", "conf:1: a gap of -1 minutes", "15"),
        ("timezone = 'Berlin'", "conf:1: unknown time zone", "Europe/Berlin"),
        ("timezone = 'Europe/Berln'", "conf:1: unknown time zone", "Europe/Berlin"),
        ("fs.keep = 'some'", "conf:1: \"some\" does not say", "30d"),
        ("fs.keep = -3", "conf:1: \"-3\" does not say", "30d"),
        ("[[inputs]]\ntype = 'a'", "conf:1: missing key \"path\"", "path ="),
        ("[[inputs]]\ntype = 'a'\npath = ''", "conf:3: the path is empty", ""),
        ("[[inputs]]\ntype = 'a'\npath = 7", "conf:3: path is not a text", ""),
        ("[[inputs]]\ntype='a'\npath='b'\nactivity='humna'", "conf:4: unknown activity", "human"),
        (
            "[[inputs]]\ntype='a'\npath='b'\noptions={x=[1]}",
            "conf:4: x is not a single value, but a list",
            "",
        ),
        ("x = = 2", "conf:1: ", ""),
        ("[main]\neventdb.uri = x", "conf:2: unknown key \"eventdb.uri\" in [main]", "eventsdb.uri?"),
        ("[main]\neventsdb.uri = /x.db", "conf:2: \"/x.db\" is not", "sqlite:////x.db?"),
        ("[main]\nfs.uri = a\n  b", "conf:2: fs.uri has more than one value", ""),
        ("[main]\n\nstray\n", "conf:3: \"stray\" has no value", "KEY = VALUE"),
        ("[log.http]\nx = %(home)s/y", "conf:2: unknown variable %(home)s", "%(here)s"),
        ("[log.http]\nx = a\n y\n file://host/z", "conf:4: file://host/z names another host", ""),
        ("plugins.run = 'wroker'", "conf:1: run cannot be \"wroker\"", "did you mean worker?"),
        ("plugins.run = 3", "conf:1: run cannot be \"3\"", "use worker or in-process"),
        ("[plugins]\nsandbox = 'of'", "conf:2: sandbox cannot be \"of\"", "off?"),
        ("[plugins]\nsandbox = 'maybe'", "conf:2: sandbox", "use required, best-effort or off"),
        ("[plugins]\nsandbx = 'off'", "conf:2: unknown key \"sandbx\" in [plugins]", "did you mean sandbox?"),
        ("[plugins]\nqqq = 1", "conf:2: unknown key \"qqq\" in [plugins]", "the keys are dirs, run"),
        ("[plugins]\nmemory_mib = 63", "conf:2: memory_mib cannot be \"63\"", "64 to 16777216, such as 1024"),
        ("[plugins]\nrejects = -1", "conf:2: rejects cannot be \"-1\"", "from 0 on"),
        ("[plugins]\ncpu_seconds = 1.5", "conf:2: cpu_seconds cannot be \"1.5\"", "whole number"),
        ("[plugins]\nstall_seconds = 0", "conf:2: stall_seconds cannot be \"0\"", "from 1"),
        ("[plugins]\nevent_mib = [1, 2]", "conf:2: event_mib has more than one value", ""),
        ("[plugins]\nevent_mib = []", "conf:2: event_mib has no value", ""),
        ("[plugins]\ndirs = [{a = 1}]", "conf:2: dirs is not", ""),
        ("[plugins]\ndirs = ['a', '']", "conf:2: the path is empty", ""),
        ("plugins = 3", "conf:1: plugins is not a table", ""),
        ("[main]\n[plugins]\nrun = wroker", "conf:3: run cannot be", "worker?"),
        ("[main]\n[Plugins]\nqqq = 1", "conf:3: unknown key \"qqq\" in [plugins]", "the keys are dirs"),
        ("[plugins]\ndirs = a\n  %(x)s", "conf:2: unknown variable", "%(here)s"),
        ("[plugins]\nspool_mib = many", "conf:2: spool_mib cannot be", "such as 16384"),
        ("[plugins]\nrun = worker\n off", "conf:2: run has more than one value", ""),
        ("[main", "conf:1: [main is not a section", ""),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(message), "{text}: {error}");
        let got = error.hint_text().unwrap_or_default();
        assert!(got.contains(hint), "{text}: {got}");
    }
}

#[test]
fn a_directory_with_wild_characters_stays_itself() {
    let file = Path::new("/a[1]/50%/conf");
    let text = "[main]\neventsdb.uri = sqlite:///%(here)s/e.db\n[t]\nl = %(here)s/*.log\n  x?.log\n  plain\n \
                %(__file__)s\n";
    let got = Config::from_text(text, file, &Overrides::default(), &env()).unwrap();
    assert_eq!(got.database, DatabaseUri::Sqlite(SqlitePath::File("/a[1]/50%/e.db".into())));
    let paths: Vec<_> = got.inputs.iter().map(|i| i.path.display().to_string()).collect();
    assert_eq!(paths, ["/a[[]1]/50%/*.log", "/a[[]1]/50%/x?.log", "/a[1]/50%/plain", "/a[1]/50%/conf"]);
}

#[test]
fn show_reads_back() {
    let extra = "[[inputs]]\ntype = 'a.b'\npath = ['x\"y', '-']\nhost = 'h'\nuser = 'u'\nscope = 's'\n\
                 timezone = 'UTC'\nactivity = 'mixed'\noptions = { level = 3, strict = true, re = '\\d\\n' }\n";
    for text in [INI.to_owned(), format!("{TOML}{extra}")] {
        let config = read(&text).unwrap();
        let shown = show(&config);
        assert!(shown.contains("# /etc/wh/conf:2"), "{shown}");
        let again = read(&shown).unwrap_or_else(|e| panic!("{e}\n{shown}"));
        assert_eq!(nowhere(again), nowhere(config), "{shown}");
    }
}

#[test]
#[cfg(unix)]
fn show_keeps_names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let odd = PathBuf::from(std::ffi::OsString::from_vec(b"/od\xffd/50%.log".to_vec()));
    let file = odd.with_file_name("conf");
    let flags = Overrides { inputs: vec![("t".into(), odd.clone())], ..Default::default() };
    let text = "[main]\neventsdb.uri = sqlite:///%(here)s/e.db\nfs.uri = %(here)s/fs\n[t]\na = b\n";
    let config = Config::from_text(text, &file, &flags, &env()).unwrap();
    assert_eq!(config.inputs[1].path, odd);
    assert_eq!(config.inputs[0].path, odd.with_file_name("b"));
    let again = Config::from_text(&show(&config), &file, &Overrides::default(), &env()).unwrap();
    assert_eq!(again.database, config.database);
    assert_eq!(again.filestore, config.filestore);
    assert_eq!(again.inputs[1].path, odd);
}

#[test]
fn secrets_are_not_shown() {
    let config = read(
        "database = 'postgresql://ann:s3cret@db/w?sslpassword=s3cret'\n[[inputs]]\ntype = 't'\npath = 'x'\n\
         options = { api_token = 's3cret', url = 'https://ann:s3cret@h/' }\n",
    )
    .unwrap();
    let shown = show(&config);
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("postgresql://ann:***@db/w?sslpassword=***"), "{shown}");
    assert!(read(&shown).is_ok());
    assert!(!format!("{:?}", config.database).contains("s3cret"));
}

#[test]
fn files_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let env = Environment { config_dir: Some(dir.path().to_owned()), ..env() };
    let flags = Overrides::default();
    assert_eq!(Config::load(None, &flags, &env).unwrap().file, None);
    std::fs::create_dir(dir.path().join("workhours")).unwrap();
    let default = env.default_config_file().unwrap();
    std::fs::write(&default, "gaptime_min = 30").unwrap();
    let got = Config::load(None, &flags, &env).unwrap();
    assert_eq!((got.gaptime_min, got.file), (30.0, Some(default.clone())));
    std::fs::write(&default, b"[main]\n# \xe9\n").unwrap();
    let error = Config::load(None, &flags, &env).unwrap_err().to_string();
    assert!(error.ends_with("config.toml:2: this is not UTF-8"), "{error}");
    let missing = Config::load(Some(Path::new("/no/such.ini")), &flags, &env).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Usage);
    assert_eq!(Config::load(Some(dir.path()), &flags, &env).unwrap_err().kind(), ErrorKind::Failed);
}

#[test]
fn where_the_site_is_served() {
    let toml = read(
        "[server]\nhost = \"::1\"\nport = 8080\nallow_hosts = [\"a.example\", \"b.example\"]\ntemplates = \"own\"\n\
         behind_proxy = true\n",
    )
    .unwrap();
    let ini = read(
        "[server:main]\nuse = egg:Paste#http\nhost = ::1\nport = 8080\nallow_hosts = a.example, b.example\n\
         templates = %(here)s/own\nbehind_proxy = true\n",
    )
    .unwrap();
    assert_eq!(toml.server, ini.server);
    assert_eq!(toml.server.templates.as_deref(), Some(Path::new("/etc/wh/own")));
    assert_eq!(ini.warnings, ["/etc/wh/conf:2: use of [server:main] is not used"]);
    assert_eq!(nowhere(read(&show(&toml)).unwrap()).server, toml.server);
    let usual = read("").unwrap().server;
    assert_eq!((usual.host().to_string().as_str(), usual.port()), ("127.0.0.1", 8037));
    for (text, hint) in [("prot = 1", "port"), ("host = \"here\"", "127.0.0.1"), ("port = \"x\"", "")] {
        let error = read(&format!("[server]\n{text}\n")).unwrap_err();
        assert!(error.to_string().starts_with("/etc/wh/conf:2: "), "{error}");
        assert!(error.hint_text().unwrap_or_default().contains(hint), "{error:?}");
    }
}
