//! A server that is also to be reached over TCP, by a user with a password, and only encrypted.

use super::{Kind, Server};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

/// The user, and a password that must be escaped in a URI.
const USER: &str = "ada";
pub(crate) const PASSWORD: &str = "p@ss:w/rd?";

/// It, the port, and the certificates of its own CA and of another one.
pub(crate) struct Encrypted {
    pub(crate) server: Server,
    pub(crate) port: u16,
    pub(crate) database: String,
    pub(crate) ca: String,
    pub(crate) other_ca: String,
}

impl Encrypted {
    /// `None`, with a message, if the programs are missing.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            crate::kit::skipped(format_args!("there is no openssl to make certificates with"));
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut names = (String::new(), String::new());
        let server = kind.start_with(port, |dir, data| {
            certificates(dir);
            names = (file(dir, "ca.pem"), file(dir, "other.pem"));
            settings(kind, dir, data, port)
        });
        let Some(server) = server else {
            crate::kit::skipped(format_args!("there is no {kind:?} server installed"));
            return None;
        };
        let (database, _) = server.database();
        let statements: &[String] = match kind {
            Kind::Postgres => &[
                format!("CREATE USER {USER} PASSWORD '{PASSWORD}'"),
                format!("ALTER DATABASE {database} OWNER TO {USER}"),
            ],
            Kind::Mariadb => &[
                format!("CREATE USER {USER}@localhost IDENTIFIED BY '{PASSWORD}' REQUIRE SSL"),
                format!("GRANT ALL ON {database}.* TO {USER}@localhost"),
            ],
        };
        for statement in statements {
            server.execute(server.own(), statement).unwrap();
        }
        Some(Self { server, port, database, ca: names.0, other_ca: names.1 })
    }

    /// The database over TCP, without a password.
    pub(crate) fn uri(&self, options: &str) -> String {
        let scheme = if self.server.kind == Kind::Postgres { "postgresql" } else { "mysql" };
        format!("{scheme}://{USER}@127.0.0.1:{}/{}{options}", self.port, self.database)
    }
}

fn file(dir: &Path, name: &str) -> String {
    dir.join(name).to_str().unwrap().to_owned()
}

/// A CA, a certificate it signed for this machine, and a CA that signed nothing.
fn certificates(dir: &Path) {
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1").unwrap();
    let new = "req -newkey rsa:2048 -nodes";
    for command in [
        &format!("{new} -x509 -days 2 -keyout ca.key -out ca.pem -subj /CN=ca"),
        &format!("{new} -x509 -days 2 -keyout other.key -out other.pem -subj /CN=other"),
        &format!("{new} -keyout server.key -out server.csr -subj /CN=localhost"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem -extfile names",
    ] {
        let made = Command::new("openssl").args(command.split(' ')).current_dir(dir).output().unwrap();
        assert!(made.status.success(), "{command}\n{}", String::from_utf8_lossy(&made.stderr));
    }
    // The folder is the server's.
    let whose = fs::metadata(dir).unwrap();
    for name in ["server.key", "server.pem", "ca.pem"] {
        chown(dir.join(name), Some(whose.uid()), Some(whose.gid())).unwrap();
    }
}

fn settings(kind: Kind, dir: &Path, data: &Path, port: u16) -> Vec<String> {
    let [ca, certificate, key] = ["ca.pem", "server.pem", "server.key"].map(|name| file(dir, name));
    let text = match kind {
        Kind::Postgres => {
            // By the socket as the owner; by the network with a password, and only encrypted.
            let who = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
            fs::write(data.join("pg_hba.conf"), who).unwrap();
            format!(
                "-c listen_addresses=127.0.0.1 -c ssl=on -c ssl_cert_file={certificate} -c \
                 ssl_key_file={key}"
            )
        }
        Kind::Mariadb => format!(
            "--skip-networking=0 --bind-address=127.0.0.1 --port={port} --ssl-ca={ca} --ssl-cert={certificate} \
             --ssl-key={key}"
        ),
    };
    text.split_whitespace().map(str::to_owned).collect()
}
