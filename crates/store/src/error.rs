//! What can go wrong between here and the server.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;

/// What was to be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Its bytes were to be read.
    Read,
    /// The objects below a name were to be listed.
    List,
    /// It was to be stored.
    Write,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
        })
    }
}

/// Kinds of faults that somebody can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// There is no such object.
    NotFound,
    /// There is no such bucket or container.
    NoBucket,
    /// There is an object already.
    Exists,
    /// There are no credentials, or wrong ones.
    Credentials,
    /// The credentials do not allow it.
    Permission,
    /// The bucket lies in another region.
    Region,
    /// The object is not the one that was listed, or that was read before.
    Changed,
    /// No server answers.
    Unreachable,
    /// An environment variable is missing or wrong.
    Settings,
    /// An object has a name that cannot be asked for.
    Name,
    /// The fetcher was asked for what the command line does not name: a fault of coredact, or of whoever took it over.
    Refused,
    /// Anything else.
    Other,
}

impl Kind {
    /// What to do about it.
    #[must_use]
    pub fn next_step(self) -> &'static str {
        match self {
            Self::NotFound => "there is no such object, and none below that name; check the name",
            Self::NoBucket => {
                "there is no such bucket or container; check the name, the account and the endpoint"
            }
            Self::Exists => "it exists; name another object, or replace it with --force",
            Self::Credentials => {
                "there are no valid credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (of a profile, `aws configure \
                 export-credentials --format env` prints them), GOOGLE_APPLICATION_CREDENTIALS, or AZURE_STORAGE_ACCOUNT_NAME and \
                 AZURE_STORAGE_ACCOUNT_KEY, or run where a role gives them"
            }
            Self::Permission => {
                "the credentials do not allow it, or are wrong; reading needs s3:GetObject, folders s3:ListBucket, writing s3:PutObject \
                 and s3:AbortMultipartUpload, or what the other clouds call so"
            }
            Self::Region => "the bucket lies in another region; set AWS_REGION to its own",
            Self::Changed => "it was replaced or removed while it was read; run again",
            Self::Unreachable => {
                "no server answers; check the network, AWS_ENDPOINT and AWS_ALLOW_HTTP (true for http://), or run again"
            }
            Self::Settings => "the environment does not say how to reach it; set what is missing",
            Self::Name => {
                "an object below it has a name that the library which talks to the server cannot ask for (an empty part, '.', '..' or a \
                 control character), so nothing after it was listed; rename it, or name other folders"
            }
            Self::Refused => "it was not named on the command line",
            Self::Other => "the server does not do it; run again, or see what it says",
        }
    }

    /// True if another command line or environment would mend it.
    #[must_use]
    pub fn is_usage(self) -> bool {
        !matches!(self, Self::Changed | Self::Unreachable | Self::Refused | Self::Other)
    }
}

/// A fault of an object or of the way to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server, or the way to it.
    #[error("{action} {name}: {}", kind.next_step())]
    Server {
        /// What was to be done.
        action: Action,
        /// The object, or the place.
        name: String,
        /// What kind of fault.
        kind: Kind,
        /// What the server says.
        source: Said,
    },
    /// The process that has the network is gone, or does not keep to the protocol.
    #[error("{action} {name}: the process that has the network ended; run again")]
    Ended {
        /// What was to be done.
        action: Action,
        /// The object, or the place.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// That process cannot be started.
    #[error("start the process that has the network, which needs /proc and room for one more process")]
    Start(#[source] io::Error),
}

/// The words of a server.
#[derive(Debug)]
pub struct Said(pub(crate) String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Said {}

impl Error {
    /// The fault inside an error of a read or write, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
