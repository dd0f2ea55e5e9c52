//! Encrypted connections, with rustls: TLS 1.2 and 1.3.

use crate::tcp::Open;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use workhours_base::error::{Error, Result};
use workhours_config::TlsFiles;

/// How long a connection may take to begin.
const BEGIN: Duration = Duration::from_secs(10);

/// What is shown to senders, and who may send.
pub(crate) struct Tls(Arc<ServerConfig>);

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they can't be read, or don't belong together.
    pub(crate) fn new(files: &TlsFiles) -> Result<Self> {
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| unreadable(&files.key, &e))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::failed("cannot encrypt").with_source(e))?;
        let builder = match &files.clients {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|e| unreadable(path, &e))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|e| unreadable(path, &e))?)
            }
        };
        let config = builder.with_single_cert(certificates(&files.certificate)?, key);
        let config = config.map_err(|e| {
            Error::usage(format!("the certificate {} can't be used", files.certificate.display()))
                .with_source(e)
                .hint(format!("{} must be the key of its first certificate", files.key.display()))
        })?;
        Ok(Self(Arc::new(config)))
    }
}

impl Open for Tls {
    fn open(&self, mut socket: TcpStream) -> std::result::Result<Box<dyn Read>, String> {
        let mut connection = ServerConnection::new(Arc::clone(&self.0)).map_err(|e| e.to_string())?;
        let until = Instant::now() + BEGIN;
        while connection.is_handshaking() {
            match connection.complete_io(&mut socket) {
                Ok(_) => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                // It has sent all and is gone already.
                Err(_) if !connection.is_handshaking() => break,
                Err(e) => return Err(format!("it can't be encrypted: {e}")),
            }
            if Instant::now() > until {
                return Err(format!("it sent no greeting of TLS within {} s", BEGIN.as_secs()));
            }
        }
        Ok(Box::new(StreamOwned::new(connection, socket)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let all =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    match all {
        Ok(all) if all.is_empty() => Err(Error::usage(format!("{} has no certificate", path.display()))
            .hint("it must be in PEM, with lines that say BEGIN CERTIFICATE")),
        Ok(all) => Ok(all),
        Err(e) => Err(unreadable(path, &e)),
    }
}

fn unreadable(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::usage(format!("cannot read {}: {e}", path.display())).hint("it must be in PEM")
}
