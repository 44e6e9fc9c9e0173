//! What the errors of the library mean for whoever runs coredact.

use crate::error::Kind;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::wire::Fault;
use object_store::Error;
use std::error::Error as _;

/// Sorts an error.
pub(super) fn of(error: &Error) -> Fault {
    let text = words(error);
    Fault { kind: kind(error, &text), text: shortened(text) }
}

fn kind(error: &Error, text: &str) -> Kind {
    let has = |word: &str| text.contains(word);
    // Codes of Amazon S3 (API Reference, "List of error codes"), of Azure ("Common REST API error codes") and of Google Cloud
    // Storage ("HTTP status and error codes"); the library does not tell them apart.
    if has("NoSuchBucket") || has("ContainerNotFound") || has("The specified bucket does not exist") {
        return Kind::NoBucket;
    }
    if has("AuthorizationHeaderMalformed") || has("PermanentRedirect") || has("incorrectly configured region")
    {
        return Kind::Region;
    }
    let credentials = [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "AuthenticationFailed",
        "instance metadata",
        "InstanceCredential",
        "/latest/api/token",
        "metadata.google.internal",
        "/metadata/identity",
        "Missing account key",
    ];
    if credentials.iter().any(|code| has(code)) {
        return Kind::Credentials;
    }
    match error {
        Error::NotFound { .. } => Kind::NotFound,
        Error::AlreadyExists { .. } => Kind::Exists,
        Error::Precondition { .. } | Error::NotModified { .. } => Kind::Changed,
        Error::PermissionDenied { .. } => Kind::Permission,
        Error::Unauthenticated { .. } => Kind::Credentials,
        Error::InvalidPath { .. } => Kind::Name,
        Error::UnknownConfigurationKey { .. } => Kind::Settings,
        _ if has("Missing") || has("must be specified") || has("parse") && has("URL") => Kind::Settings,
        _ if has("error sending request") || has("connection") || has("timed out") || has("HTTP error") => {
            Kind::Unreachable
        }
        _ => Kind::Other,
    }
}

/// The error and its causes, each said once, on one line.
fn words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        let more = one.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = one.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(mut text: String) -> String {
    if text.len() > MESSAGE_BYTES_MAX {
        let end = (0..=MESSAGE_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str(" ...");
    }
    text
}
