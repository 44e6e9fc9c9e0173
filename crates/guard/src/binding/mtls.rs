//! Certificate-bound tokens (RFC 8705, section 3).

use crate::key::Thumbprint;
use crate::reason::Reason;

/// The connection's certificate is the one that the token is bound to (`cnf.x5t#S256`).
pub(super) fn check(certificate: Option<&[u8]>, wanted: Thumbprint) -> Result<(), Reason> {
    let der = certificate.ok_or(Reason::CertificateMissing)?;
    if Thumbprint::of(der) == wanted { Ok(()) } else { Err(Reason::CertificateWrong) }
}
