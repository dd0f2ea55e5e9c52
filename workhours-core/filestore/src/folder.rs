//! A folder as one input: the bytes are what a program prints about it. The program is one that a built-in source
//! names, never one from a plugin or from the folder.

use super::Extract;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use workhours_base::error::{Error, Result};
use workhours_plugin_api::FolderReader;

/// Characters of the program's complaint that are shown.
const COMPLAINT: u64 = 2_000;

/// Whether the folder is one that this reader reads.
pub fn is_input(reader: &FolderReader, folder: &Path) -> bool {
    folder.is_dir() && reader.markers.iter().any(|marker| folder.join(marker).exists())
}

/// Runs the reader's program on a folder.
///
/// # Errors
/// When it cannot be started. That it failed comes up where reading ends.
pub fn open_folder(reader: &FolderReader, folder: &Path) -> Result<Extract> {
    // Absolute, so that no name is taken for an option.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let [program, args @ ..] = reader.command else {
        return Err(Error::failed(format!("nothing is known to read the folder {}", folder.display())));
    };
    let mut command = Command::new(program);
    for arg in args {
        match *arg {
            "{}" => command.arg(&folder),
            other if other.contains("{name}") => {
                command.arg(other.replace("{name}", &(reader.name)(&folder)))
            }
            other => command.arg(other),
        };
    }
    let started =
        command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|e| {
        let error = Error::failed(format!("cannot run {program} to read {}: {e}", folder.display()));
        if e.kind() == io::ErrorKind::NotFound { error.hint(reader.hint) } else { error }
    })?;
    let Some(output) = child.stdout.take() else {
        return Err(Error::failed(format!("{program} has no output")));
    };
    let name = format!("{program} on {}", folder.display());
    let printed = Printed { child, output, name, complaint: None };
    Extract::from_reader(Box::new(printed))
        .map_err(|e| Error::failed(format!("cannot read {}", folder.display())).with_source(e))
}

/// A program's output, which only counts if it succeeds.
struct Printed {
    child: Child,
    output: ChildStdout,
    name: String,
    /// Read in parallel, so that a program with many error messages doesn't block.
    complaint: Option<std::thread::JoinHandle<String>>,
}

impl Read for Printed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.complaint.is_none()
            && let Some(mut stderr) = self.child.stderr.take()
        {
            self.complaint = Some(std::thread::spawn(move || {
                let mut first = Vec::new();
                let _ = stderr.by_ref().take(COMPLAINT).read_to_end(&mut first);
                let _ = io::copy(&mut stderr, &mut io::sink());
                String::from_utf8_lossy(&first).trim().replace('\n', "; ")
            }));
        }
        let n = self.output.read(buf)?;
        if n > 0 || buf.is_empty() {
            return Ok(n);
        }
        let status = self.child.wait()?;
        if status.success() {
            return Ok(0);
        }
        let complaint = self.complaint.take().and_then(|c| c.join().ok()).unwrap_or_default();
        Err(io::Error::other(format!("{} failed ({status}): {complaint}", self.name)))
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
