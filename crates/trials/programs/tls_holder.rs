//! A holder in Rust: both ends of a TLS 1.3 connection of rustls whose secrets come from X25519MLKEM768 alone
//! (draft-ietf-tls-ecdhe-mlkem), with AWS-LC below.
#![forbid(unsafe_code)]

use anyhow::{Context, Result, ensure};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, KeyLogFile, NamedGroup, ServerConfig,
    ServerConnection, SignatureScheme,
};
use std::io::{Read, Write};
use std::sync::Arc;

/// Trusts one certificate.
#[derive(Debug)]
struct Only {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Only {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match *end_entity == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::General("another certificate".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn main() -> Result<()> {
    let provider = Arc::new(CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384],
        ..aws_lc_rs::default_provider()
    });
    let certificate = CertificateDer::from_pem_file("key.crt").context("read the certificate")?;
    let key = PrivateKeyDer::from_pem_file("key.pem").context("read the key")?;
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Only { certificate, provider }))
        .with_no_client_auth();
    client.key_log = Arc::new(KeyLogFile::new());
    // A server keeps its key for the next connection.
    let config = Arc::new(config);
    let mut server = ServerConnection::new(Arc::clone(&config))?;
    let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from("localhost")?)?;
    while client.is_handshaking() || server.is_handshaking() {
        to_server(&mut client, &mut server)?;
        to_client(&mut server, &mut client)?;
    }
    client.writer().write_all(b"hello from the trial")?;
    to_server(&mut client, &mut server)?;
    let mut heard = [0; 20];
    server.reader().read_exact(&mut heard)?;
    ensure!(heard == *b"hello from the trial");
    let group = client.negotiated_key_exchange_group().map(|group| group.name());
    ensure!(group == Some(NamedGroup::X25519MLKEM768), "negotiated {group:?}");
    let mut out = std::io::stdout();
    writeln!(out, "READY")?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop((client, server, config));
    Ok(())
}

fn to_server(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<()> {
    let mut bytes = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut bytes)?;
    }
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        server.read_tls(&mut rest)?;
        server.process_new_packets()?;
    }
    Ok(())
}

fn to_client(server: &mut ServerConnection, client: &mut ClientConnection) -> Result<()> {
    let mut bytes = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut bytes)?;
    }
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        client.read_tls(&mut rest)?;
        client.process_new_packets()?;
    }
    Ok(())
}
