//! Authentication and encryption of servers: passwords that are never visible, and connections that are encrypted when
//! requested.

use super::on_each_server;
use crate::kit::Home;
use crate::kit::server::{Encrypted, Kind, PASSWORD};

on_each_server! { passwords encryption }

fn passwords(kind: Kind) {
    let Some(server) = Encrypted::start(kind) else { return };
    let home = Home::new();
    let uri = match kind {
        Kind::Postgres => server.uri("?sslmode=require"),
        Kind::Mariadb => server.uri(&format!("?ssl_ca={}", server.ca)),
    };
    let check = ["db", "check"];
    let said = |ran: crate::kit::Ran| {
        assert!(
            !ran.to_string().split("--- stdout").nth(1).unwrap().contains(PASSWORD),
            "it is shown\n{ran}"
        );
        ran
    };
    said(home.run(&["--db", &uri, "db", "check"]).exits(1).says(&["cannot connect", "hint:"]));

    let with = |name: &str, value: &str| {
        let mut command = home.command(&check);
        command.env("WORKHOURS_DB", &uri).env(name, value);
        crate::kit::Ran::of(&mut command)
    };
    said(with("WORKHOURS_DB_PASSWORD", PASSWORD).exits(0));
    said(with("WORKHOURS_DB_PASSWORD", "wrong").exits(1).says(&["cannot connect"]));

    home.write("secret", format!("{PASSWORD}\n"));
    home.write("config.toml", format!("database = \"{uri}\"\ndatabase_password_file = \"secret\"\n"));
    said(home.run(&["-c", "config.toml", "db", "check"]).exits(0));
    home.write(
        "config.ini",
        format!("[main]\neventsdb.uri = {uri}\neventsdb.password_file = %(here)s/secret\n"),
    );
    said(home.run(&["-c", "config.ini", "db", "migrate"]).exits(0).says(&["already at"]));
    let shown = said(home.run(&["-c", "config.toml", "config", "show"]).exits(0));
    assert!(shown.stdout().contains("***"), "{shown}");
    home.run(&["-c", "config.toml", "db", "copy", &uri, "sqlite:///copy.db"]).exits(0);
    home.write("config.toml", format!("database = \"{uri}\"\ndatabase_password_file = \"none\"\n"));
    home.run(&["-c", "config.toml", "db", "check"]).exits(1).says(&["password", "none", "hint:"]);
}

fn encryption(kind: Kind) {
    let Some(server) = Encrypted::start(kind) else { return };
    let home = Home::new();
    let ends = |code: i32, options: &str| {
        let mut command = home.command(&["db", "migrate", "--db", &server.uri(options)]);
        crate::kit::Ran::of(command.env("WORKHOURS_DB_PASSWORD", PASSWORD)).exits(code)
    };
    let (ca, other) = (&server.ca, &server.other_ca);
    match kind {
        Kind::Postgres => {
            ends(1, "?sslmode=disable").says(&["cannot connect"]);
            ends(0, "?sslmode=require");
            ends(0, &format!("?sslmode=verify-full&sslrootcert={ca}"));
            ends(1, &format!("?sslmode=verify-full&sslrootcert={other}")).says(&["certificate"]);
        }
        Kind::Mariadb => {
            // An option that the client library would ignore is an error before a password is sent.
            ends(2, "?ssl_mode=required").says(&["encrypts only when ssl_ca", "hint:"]);
            ends(2, &format!("?ssl_mode=verify_identity&ssl_ca={ca}")).says(&["does not compare", "hint:"]);
            ends(2, "?ssl-mode=required").says(&["unknown option", "did you mean ssl_mode?"]);
            ends(0, &format!("?ssl_mode=verify_ca&ssl_ca={ca}"));
            ends(0, &format!("?ssl_ca={ca}&charset=utf8mb4"));
            ends(1, &format!("?ssl_mode=required&ssl_ca={other}")).says(&["cannot connect", "certificate"]);
            ends(1, "").says(&["Access denied"]);
        }
    }
}
