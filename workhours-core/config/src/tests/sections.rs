//! Each section, in both formats: every key is there, and means the same.

use super::{nowhere, read};
use crate::layer::File;
use crate::tree::{REST, Shape, shapes};
use crate::{FormatSpec, formats};

/// A section in TOML and in INI.
const SECTIONS: [(&str, &str); 19] = [
    (
        "database = 'sqlite:///a b.db'\ndatabase_password_file = '/dev/null'\ndatabase_connections = 9\n\
         read_only = true\njobs = 3\nfilestore = 'f'\ntimezone = 'UTC'\ngaptime_min = 7.5\ncolumns = 'never'\n",
        "[main]\neventsdb.uri = sqlite:///a b.db\neventsdb.password_file = /dev/null\neventsdb.connections = 9\n\
         read_only = yes\njobs = 3\nfs.uri = %(here)s/f\ntimezone = utc\ngaptime = 7.5\ncolumns = never\n",
    ),
    ("fs.keep = 30", "[main]\nfs.keep = 30d\n"),
    (
        "[plugins]\ndirs = ['p', '~/q']\nrun = 'in-process'\nsandbox = 'off'\ncpu_seconds = 1\nstall_seconds = 2\n\
         memory_mib = 64\nevent_mib = 4\nspool_mib = 5\nrejects = '6'\n",
        "[plugins]\nDirs = p\n  ~/q\nrun = in-process\nsandbox = off\ncpu_seconds = 1\nstall_seconds = 2\n\
         memory_mib = 64\nevent_mib = 4\nspool_mib = 5\nrejects = 6\n",
    ),
    (
        "[limits]\narchive_files = 1\ndevice_mib = 2\ninput_mib = 3\nrecord_kib = 4\nrecords = 5\n",
        "[main]\n[limits]\narchive_files = 1\ndevice_mib = 2\ninput_mib = 3\nrecord_kib = 4\nrecords = 5\n",
    ),
    (
        "[redaction]\nenabled = false\nticket = ['T-\\d+', 'x%(here)s']\n",
        "[main]\n[redaction]\nenabled = off\nticket = T-\\d+\n  x%(here)s\n",
    ),
    ("[tags]\nacme = ['a', 'b']\nweb = 'c'\n", "[main]\n[tags]\nacme = a\nacme = b\nweb = c\n"),
    (
        "[hours]\nactivity = 'all'\ncurrency = 'EUR'\nday_start = '04:00'\nlongest = 10\npad = 5.5\n\
         rate = [80, { from = 2026-07-01, rate = 90.5 }]\nroots = ['a', 'b']\nround = '15:up:day'\n\
         target = [8, 8, 8, 8, 6, 0, 0]\ntravel = '2026-05-01..2026-05-10 UTC'\n",
        "[main]\n[hours]\nactivity = all\ncurrency = EUR\nday_start = 04:00\nlongest = 10\nPad = 5.5\n\
         rate = 80\n  90.5 from 2026-07-01\nroots = a\n  b\nround = 15:up:day\n\
         target = 8, 8, 8, 8, 6, 0, 0\ntravel = 2026-05-01..2026-05-10 UTC\n",
    ),
    (
        "[projects]\nz = ['url:a', 'host:b']\n\"a b\" = 'url:c'\n[rates]\nz = 95\n\"a b\" = '105 from 2026-01-01'\n",
        "[projects]\nz = url:a\n  host:b\na b = url:c\n[rates]\nz = 95\na b = 105 from 2026-01-01\n",
    ),
    (
        "[me]\nnames = ['A', 'B']\nemail = 'a@b'\nusers = 'a'\nhosts = 'h'\n[people.bo]\nnames = 'Bo'\n\
         [people.\"al x\"]\nemails = 'c,d'\n",
        "[me]\nname = A\nname = B\nEmail = a@b\nusers = a\nhosts = h\n[people.bo]\nnames = Bo\n\
         [people.al x]\nemails = c\n  d\n",
    ),
    ("[reports]\nlast = '-r hours --by 100%'\n", "[reports]\nlast = -r hours\n  --by 100%\n"),
    (
        "[index]\nengine = 'opensearch'\nurl = ['https://a:9200', 'https://b']\nuser = 'u'\npassword_file = 'p'\n\
         api_key_file = 'k'\nca = 'c.pem'\nname = 'wh'\nshards = 2\nreplicas = 1\n",
        "[main]\n[index]\nengine = opensearch\nurl = https://a:9200\n  https://b\nuser = u\n\
         password_file = %(here)s/p\napi_key_file = k\nca = c.pem\nname = wh\nshards = 2\nreplicas = 1\n",
    ),
    (
        "[server]\nlocal_watchers = true\nallow_hosts = ['a', 'b']\nbehind_proxy = true\nhost = '::1'\nport = 1\ntemplates = 't'\n",
        "[server:main]\nlocal_watchers = true\nallow_hosts = a, b\nbehind_proxy = true\nHost = ::1\nport = 1\ntemplates = t\n",
    ),
    (
        "[watch]\nmin_interval = '1s'\nmax_delay = '2s'\ndocument_interval = '1h'\nrescan = '5m'\npoll = '500ms'\nspool_mib = 7\n",
        "[main]\n[watch]\nmin_interval = 1s\nmax_delay = 2s\ndocument_interval = 1h\nrescan = 5m\npoll = 500ms\nspool_mib = 7\n",
    ),
    (
        "[schedules.weekly]\ncron = '0 6 * * mon'\ntimezone = 'UTC'\nrun = ['-r hours', \"--in 'last week'\"]\n\
         [schedules.\"a b\"]\nevery = '15m'\nrun = 'index update'\n",
        "[main]\n[schedules.weekly]\ncron = 0 6 * * mon\ntimezone = utc\nrun = -r hours\n  --in 'last week'\n\
         [schedules.a b]\nevery = 15m\nrun = index update\n",
    ),
    (
        "[retention]\n'log.http' = '90d'\ndefault = '104w'\n",
        "[main]\n[retention]\nlog.http = 90d\ndefault = 104w\n",
    ),
    (
        "[receivers.net]\nlisten = 'udp://127.0.0.1:5514'\nhost = 'gate'\n[receivers.out]\ncommand = 'kubectl logs -f app'\ntype = 'jsonl'\n\
         [receivers.safe]\nlisten = 'tls://127.0.0.1'\ncertificate = 'c.pem'\nkey = 'k.pem'\nclients = 'ca.pem'\n",
        "[main]\n[receivers.net]\nlisten = udp://127.0.0.1:5514\nhost = gate\n[receivers.out]\ncommand = kubectl logs -f app\ntype = jsonl\n\
         [receivers.safe]\nlisten = tls://127.0.0.1\ncertificate = %(here)s/c.pem\nkey = %(here)s/k.pem\nclients = %(here)s/ca.pem\n",
    ),
    (
        "[alerts.errors]\nquery = 'status>=500'\nwindow = '10m'\nthreshold = 20\ncommand = 'mail -s down ada'\n",
        "[main]\n[alerts.errors]\nquery = status>=500\nwindow = 10m\nthreshold = 20\ncommand = mail -s down ada\n",
    ),
    (
        "[[inputs]]\ntype = 'a.b'\nlabel = 'x.y'\npath = ['/p*', 'q']\nhost = 'h'\nuser = 'u'\nscope = 's'\n\
         timezone = 'UTC'\nactivity = 'mixed'\n",
        "[a.b]\nx.y = /p*\n  q\nx.y.host = h\nx.y.user = u\nx.y.Scope = s\nx.y.timezone = UTC\n\
         x.y.activity = mixed\n",
    ),
    (
        "[formats.\"a.b\"]\nkind = 'regex'\nsummary = 's'\nactivity = 'human'\nevent_kind = 'k'\n\
         timezone = 'UTC'\nlocations = ['l', 'm']\npattern = '50%'\n",
        "[format:a.b]\nkind = regex\nsummary = s\nactivity = human\nevent_kind = k\n\
         timezone = UTC\nlocations = l\n  m\npattern = 50%\n",
    ),
];

#[test]
fn mean_the_same_in_both_formats() {
    for (toml, ini) in SECTIONS {
        let mut configs = [toml, ini].map(|text| read(text).unwrap_or_else(|e| panic!("{e}\n{text}")));
        for config in &mut configs {
            assert_eq!(config.warnings, [""; 0]);
            for format in &mut config.formats {
                format.origin.clear();
                format.options.values_mut().for_each(|(_, origin)| origin.clear());
            }
            config.reports.iter_mut().for_each(|report| report.origin.clear());
            config.schedules.iter_mut().for_each(|schedule| schedule.origin.clear());
            config.alerts.iter_mut().for_each(|alert| alert.origin.clear());
            config.receivers.iter_mut().for_each(|receiver| receiver.origin.clear());
            config.retention.sources.iter_mut().for_each(|(_, _, origin)| origin.clear());
            config.hours.projects.iter_mut().for_each(|project| project.origin.clear());
            config.hours.forget_what_was_written();
        }
        let [toml_config, ini_config] = configs.map(nowhere);
        assert_eq!(toml_config, ini_config, "{toml}\n{ini}");
        assert_ne!(nowhere(read("").unwrap()), toml_config, "{toml}");
    }
}

/// Keys that INI hasn't, or says in another way.
const ONLY_TOML: [&str; 4] = ["label", "options", "path", "type"];

#[test]
fn are_tested_with_every_key() {
    // Whether a line sets the key, in INI perhaps of an input: `label.key = …`.
    let sets = |line: &str, key: &str| {
        let (name, _) = line.split_once(" = ").unwrap_or_default();
        name.eq_ignore_ascii_case(key) || name.to_ascii_lowercase().ends_with(&format!(".{key}"))
    };
    for (table, shape) in shapes::<File>() {
        let headers =
            [format!("[{table}]"), format!("[[{table}]]"), format!("[{table}."), format!("{table}.")];
        let found = SECTIONS.iter().find(|(toml, _)| match shape {
            Shape::Value => toml.lines().any(|line| sets(line, table)),
            _ => {
                headers.iter().any(|header| toml.starts_with(header) || toml.contains(&format!("\n{header}")))
            }
        });
        let (toml, ini) = found.unwrap_or_else(|| panic!("{table}"));
        let Shape::Struct(keys) = shape else { continue };
        for key in keys.iter().filter(|key| **key != REST) {
            let missing = [toml, ini].map(|text| !text.lines().any(|line| sets(line, key)));
            let only_toml = ONLY_TOML.contains(key);
            assert!(only_toml || missing == [false, false], "{table}.{key} is missing: {missing:?}");
        }
    }
}

#[test]
fn keys_of_formats_are_known_to_the_registry() {
    let keys = shapes::<formats::Keys>().into_iter().map(|(key, _)| key).filter(|key| *key != REST);
    let (mut keys, mut known) = (keys.collect::<Vec<_>>(), FormatSpec::KEYS.to_vec());
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(keys, known);
}

#[test]
fn repeated_keys_of_ini_keep_the_last_or_add_up() {
    let got = read(
        "[main]\njobs = 2\nJobs = 3\n[limits]\nrecords = 1\nrecords = 2\n[hours]\npad = 3\n[HOURS]\nPAD = 4\n\
         [redaction]\nenabled = no\nenabled = yes\nt = a\nt = b\n[projects]\np = url:a\np = url:b\n\
         [people.bo]\nnames = A\n[people.bo]\nname = B\n",
    )
    .unwrap();
    assert_eq!((got.jobs, got.limits.records, got.hours.pad_min), (3, Some(2), 4.0));
    assert!(got.redaction.enabled && got.redaction.rules.len() == 2 && got.hours.projects.len() == 2);
    assert_eq!(got.hours.people.others[0].names, ["A", "B"]);
    assert_eq!(
        got.warnings,
        [
            "main.Jobs of /etc/wh/conf:3 beats main.jobs of /etc/wh/conf:2",
            "limits.records of /etc/wh/conf:6 beats limits.records of /etc/wh/conf:5",
            "hours.PAD of /etc/wh/conf:10 beats hours.pad of /etc/wh/conf:8",
        ]
    );
}

#[test]
fn wrong_values_name_key_and_line() {
    for (text, want, hint) in [
        ("jobs = 'x'", "1: jobs is not a whole number, but the text \"x\"", ""),
        ("gaptime_min = true", "1: gaptime_min is not a number, but true", ""),
        ("read_only = 1", "1: read_only is not true or false, but the number 1", ""),
        ("database = 2026-01-01", "1: database is not a text, but the date 2026-01-01", ""),
        ("timezone = 99999999999999999999", "1: the number 99999999999999999999 is too large", ""),
        ("inputs = 3", "1: inputs is not a list, but the number 3", ""),
        ("[[inputs]]\npath = 'x'", "1: missing key \"type\"", "type ="),
        ("[tags]\nx = { titel = 'a' }", "2: unknown key \"titel\" in [tags.x]", "title?"),
        ("[[inputs]]\ntype = 't'\npath = ['a',\n3]", "4: path is not a text, but the number 3", ""),
        ("[limits]\nrecords = [1]", "2: records is not a single value, but a list", ""),
        ("[hours]\ntarget = []", "2: target has no value", ""),
        ("[hours]\npad = [1, 2]", "2: pad has more than one value", ""),
        ("[people.\"b o\"]\nage = 3", "2: unknown key \"age\" in [people.\"b o\"]", "names"),
        ("[main]\njobs = many", "2: \"many\" is not a number", "4"),
        ("[main]\nread_only = maybe", "2: \"maybe\" is neither true nor false", ""),
        ("[main]\nfs.keep = 3\n  4", "2: fs.keep has more than one value", "indented"),
        ("[main]\n[hours]\npad =", "3: pad has no value", ""),
        ("[main]\n[limits]\nrecord = 3", "3: unknown key \"record\" in [limits]", "records?"),
        ("[main]\n[people.bo]\nage = 3", "3: unknown key \"age\" in [people.\"bo\"]", "names"),
        ("[main]\n[t]\na = /x\na.activity = humna", "4: unknown activity", "human?"),
        ("[main]\n[server:main]\nport =\n", "3: port has no value", ""),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.to_string().starts_with(&format!("/etc/wh/conf:{want}")), "{text}: {error}");
        assert!(error.hint_text().unwrap_or_default().contains(hint), "{text}: {error:?}");
    }
}
