//! How a server is made and started, and how it ends: which programs, as whom, with which settings.

use super::{Kind, Server};
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

/// Starts and stops the server on request. A separate process: it reads until we are gone, even if we were killed, and
/// then removes the server and its folder.
const KEEPER: &str = r#"
dir=$1 signal=$2
shift 2
while read -r word; do
  case $word in
    start) "$@" >>"$dir/log" 2>&1 & server=$! ;;
    stop) kill -"$signal" "$server" && wait "$server" ;;
  esac
  echo "$word"
done
kill -"$signal" "$server" && wait "$server"
rm -rf "$dir"
"#;

impl Kind {
    /// One more, for a test that stops it.
    pub(crate) fn start(self) -> Option<Server> {
        // No network leads to it; the socket's name has a number all the same.
        self.start_with(5432, |_, _| Vec::new())
    }

    /// One more, with its own settings. `prepare` gets the server's folder and that of its data, after they are
    /// created.
    pub(super) fn start_with(
        self,
        port: u16,
        prepare: impl FnOnce(&Path, &Path) -> Vec<String>,
    ) -> Option<Server> {
        let [make, run] = self.programs()?;
        let dir = tempfile::Builder::new().prefix("workhours-db-").tempdir().unwrap();
        let user = unprivileged(dir.path());
        let data = dir.path().join("data");
        let mut make = as_user(&user, &make, &self.making(&data));
        let made = make.current_dir(&dir).env("HOME", dir.path()).output().unwrap();
        assert!(made.status.success(), "{make:?}\n{}", String::from_utf8_lossy(&made.stderr));
        let dir = dir.keep();
        let settings = [self.running(&dir, &data, port), prepare(&dir, &data)].concat();
        let run = as_user(&user, &run, &settings);
        let signal = if self == Self::Postgres { "QUIT" } else { "KILL" };
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&dir)
            .arg(signal)
            .arg(run.get_program())
            .args(run.get_args())
            .current_dir(&dir)
            .env("HOME", &dir)
            // A Ctrl-C is for us; it sees that we are gone.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server =
            Server { kind: self, dir, port, keeper: Mutex::new(keeper), databases: AtomicUsize::new(0) };
        server.resume();
        Some(server)
    }

    /// The program that makes a server's folder, and the server. Debian keeps PostgreSQL's out of the path, by version;
    /// one in the path may be a wrapper.
    fn programs(self) -> Option<[PathBuf; 2]> {
        let (names, mut folders) = match self {
            Self::Postgres => (["initdb", "postgres"], versions("/usr/lib/postgresql")),
            Self::Mariadb => (["mariadb-install-db", "mariadbd"], Vec::new()),
        };
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        folders.push("/usr/sbin".into());
        let found = |name: &str, folders: &[PathBuf]| {
            let mut paths = folders.iter().map(|folder| folder.join(name));
            paths.find(|path| path.is_file()).and_then(|path| path.canonicalize().ok())
        };
        let run = found(names[1], &folders)?;
        let beside = [&[run.parent()?.to_owned()][..], &folders].concat();
        Some([found(names[0], &beside)?, run])
    }

    fn making(self, data: &Path) -> Vec<String> {
        let data = data.display();
        match self {
            Self::Postgres => words(format!("-D {data} -U wh -A trust -E UTF8 --locale=C.UTF-8 --no-sync")),
            Self::Mariadb => words(format!(
                "--no-defaults --datadir={data} --auth-root-authentication-method=normal --skip-test-db \
                 --innodb-log-file-size=32M"
            )),
        }
    }

    /// Committed data survives a crash of the server, because the system keeps it; it needn't survive a crash of the
    /// system.
    fn running(self, dir: &Path, data: &Path, port: u16) -> Vec<String> {
        let (dir, data) = (dir.display(), data.display());
        match self {
            Self::Postgres => {
                words(format!("-D {data} -k {dir} -p {port} -c listen_addresses= -c fsync=off"))
            }
            Self::Mariadb => words(format!(
                "--no-defaults --datadir={data} --socket={dir}/socket --pid-file={dir}/pid --skip-networking \
                 --innodb-flush-log-at-trx-commit=2 --innodb-log-file-size=32M"
            )),
        }
    }
}

fn words(text: String) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The `bin` folders below, the latest version first.
fn versions(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> =
        entries.filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin")))).collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

/// The user to run a server as: servers refuse to run as root. Gives that user the folder.
fn unprivileged(dir: &Path) -> Option<[String; 2]> {
    if fs::metadata(dir).unwrap().uid() != 0 {
        return None;
    }
    let id = |option: &str| {
        let output = Command::new("id").args([option, "nobody"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let [user, group] = [id("-u"), id("-g")];
    chown(dir, user.parse().ok(), group.parse().ok()).unwrap();
    Some([user, group])
}

fn as_user(user: &Option<[String; 2]>, program: &Path, args: &[String]) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some([user, group]) => {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"]);
            command.arg(program);
            command
        }
    };
    command.args(args);
    command
}
