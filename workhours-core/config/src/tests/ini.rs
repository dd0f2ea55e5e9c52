//! Features only of the INI format: sections of other programs, lists on several lines, settings of an input.

use super::read;
use std::path::{Path, PathBuf};
use workhours_plugin_host::RunIn;

#[test]
fn ini_sections_of_others_are_passed_over() {
    let got = read(
        "[DEFAULT]\nx = %(y)s\n[server:main]\nport = 8080\n[app:main]\nstray\n[loggers]\nkeys = root\n\
         [logger_root]\nlevel = INFO\n[MAIN]\nesdb.url = http://e:1\nFS.uri = a\nfs.url = b\ntimezone =\n\
         [log.http]\nempty =\n",
    )
    .unwrap();
    assert_eq!(got.inputs, []);
    assert_eq!(got.filestore, Path::new("/etc/wh/b"));
    assert_eq!(
        got.warnings,
        [
            "/etc/wh/conf:1: [DEFAULT] is not used",
            "/etc/wh/conf:5: [app:main] is not used",
            "/etc/wh/conf:7: [loggers] is not used",
            "/etc/wh/conf:9: [logger_root] is not used",
            "/etc/wh/conf:12: esdb.url is not used yet",
            "main.fs.url of /etc/wh/conf:14 beats main.FS.uri of /etc/wh/conf:13",
            "/etc/wh/conf:15: timezone is empty, so its default holds",
            "/etc/wh/conf:17: empty of [log.http] has no path, so it is not read",
        ]
    );
}

#[test]
fn plugins_in_ini_as_settings_elsewhere() {
    let got =
        read("[plugins]\nDIRS = %(here)s/a\n  ~/b\nrejects = 1\nrun =\n[main]\n[plugins]\nrejects = 2\n")
            .unwrap();
    assert_eq!(got.plugins.dirs, ["/etc/wh/a", "/home/ann/b"].map(PathBuf::from));
    assert_eq!((got.plugins.limits.rejects, got.plugins.run), (2, RunIn::Worker));
    assert_eq!(
        got.warnings,
        [
            "/etc/wh/conf:5: run is empty, so its default holds",
            "plugins.rejects of /etc/wh/conf:8 beats plugins.rejects of /etc/wh/conf:4",
        ]
    );
}

#[test]
fn ini_settings_of_inputs() {
    let text = "[log.http]\nweb.host = www1\nweb = /a.log\n    /b.log\nweb.Scope = one\nother = /c.log\n\
                other.user = ada\nother.timezone = america/chicago\nother.activity = machine\nlone.host = /d.log\n\
                [log.auth]\nweb = /e.log\n";
    let config = read(text).unwrap();
    let told: Vec<_> = config
        .inputs
        .iter()
        .map(|i| (i.path.to_str().unwrap(), i.host.as_deref(), i.user.as_deref(), i.scope.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("/a.log", Some("www1"), None, Some("one")),
            ("/b.log", Some("www1"), None, Some("one")),
            ("/c.log", None, Some("ada"), None),
            ("/d.log", None, None, None),
            ("/e.log", None, None, None),
        ]
    );
    assert_eq!(config.inputs[2].timezone, Some(chrono_tz::America::Chicago));
    assert_eq!(config.inputs[2].activity.as_deref(), Some("machine"));
    for (wrong, said) in [
        ("[t]\na = /x\na.timezone = Mars/Olympus\n", "3: "),
        ("[t]\na = /x\na.host = one\n  two\n", "3: a.host takes one value"),
        ("[t]\na = /x\na.scope =\n", "3: a.scope takes one value"),
    ] {
        let error = read(wrong).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
